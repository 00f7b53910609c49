// Who may do what: every cell of the table that can be reached, asked of the Worker in each way it can be asked.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Connection, UpgradeRefused, createPeople, expect, message, uniqueName } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const golden = JSON.parse(readFileSync(new URL("../../protocol/golden/permissions.json", import.meta.url), "utf8"));
const ROLES = ["guest", "member", "admin", "owner"];
/** In this order each finds what it needs: who joins or leaves does it last. */
const ACTIONS = [
  ...["read", "mark_read", "send", "edit_own", "edit_others", "react", "delete_own", "delete_others", "update"],
  ...["add_member", "remove_member", "archive"],
];

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Why a cell cannot be reached, or nothing. */
function unreachable({ action, kind, membership }, state) {
  if (kind === "direct" && membership === "owner") return "a direct has no owner";
  if (kind === "direct" && state === "archived") return "a direct is never archived";
  if (kind === "direct" && membership === null && action.endsWith("_own")) return "nobody wrote in a direct they were never in";
  return undefined;
}

/** Cells whose wire answer says more than the table, and why. */
function exempt({ action, membership }, state) {
  return action === "join" && membership !== null && state === "archived" ? "who is in already joins as often as they like" : undefined;
}

const fail = (where) => (error) => {
  throw new Error(`${where}: ${error.message}`, { cause: error });
};
const codeOf = ({ status, body }) => (status < 300 ? "ok" : body.code);

async function commandCode(socket, op, fields) {
  const { ok, error } = await socket.reply(socket.post(op, fields), `reply to ${op}`);
  return ok ? "ok" : error.code;
}

async function upgradeCode(person, channel) {
  try {
    const socket = await Connection.open(server, { token: person.token, path: `/channels/${channel}/socket` });
    await socket.drop();
    return "ok";
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    return error.answer.body.code;
  }
}

/**
 * A channel in which `person` is `membership`, with messages of theirs and of the founder's to do things to; `ren` is in it,
 * `sam` is not. Everybody is a plain member of the workspace meanwhile.
 */
async function createStage({ founder, ren, sam }, person, { kind, membership, archived }) {
  const stage = { founder, ren, sam, person, kind, membership, archived };
  if (kind === "direct") {
    const users = membership === null ? [ren.user] : [person.user];
    stage.channel = expect(await founder.post("/directs", { users }), 200, 201).channel.id;
    stage.ren = founder;
  } else {
    const creator = membership === "owner" ? person : founder;
    stage.channel = await creator.createChannel({ kind });
    for (const other of [founder, person, ren]) if (other !== creator) await creator.add(stage.channel, other);
  }
  const say = async (who) => (await who.say(stage.channel, "x")).seq;
  stage.others = [await say(founder), await say(founder)];
  stage.own = kind === "direct" && membership === null ? [] : [await say(person), await say(person)];
  if (kind !== "direct" && membership === null) {
    expect(await person.post(`/channels/${stage.channel}/leave`, {}), 200);
  }
  if (archived) expect(await founder.call("PATCH", `/channels/${stage.channel}`, { body: { archived } }), 200);
  return stage;
}

/** Asks for an action in each way it can be asked; gives the codes. What was done is taken back, where the next one needs it. */
async function ask(action, stage) {
  const { founder, ren, sam, person, socket, channel, own, others, archived } = stage;
  const at = `/channels/${channel}`;
  const patch = (who, body) => who.call("PATCH", at, { body });
  switch (action) {
    case "read":
      return [
        codeOf(await person.get(`${at}/messages?after=0`)),
        codeOf(await person.get(`${at}/members`)),
        await commandCode(socket, "history", { channel, after: 0 }),
        await upgradeCode(person, channel),
      ];
    case "mark_read":
      return [await commandCode(socket, "read", { channel, seq: 1 }), await commandCode(socket, "mark_unread", { channel, seq: 1 })];
    case "send":
      return [codeOf(await person.post(`${at}/messages`, message("x"))), await commandCode(socket, "send", { channel, ...message("x") })];
    case "edit_own":
      return [await commandCode(socket, "edit", { channel, seq: own[0], text: "y" })];
    case "edit_others":
      return [await commandCode(socket, "edit", { channel, seq: others[0], text: "y" })];
    case "react":
      return [
        await commandCode(socket, "react", { channel, seq: others[0], emoji: "x" }),
        await commandCode(socket, "unreact", { channel, seq: others[0], emoji: "x" }),
      ];
    case "delete_own":
    case "delete_others": {
      const fields = { channel, seq: (action === "delete_own" ? own : others)[1] };
      return [await commandCode(socket, "delete", fields), await commandCode(socket, "delete", fields)];
    }
    case "update":
      return [codeOf(await patch(person, { topic: uniqueName("topic") })), codeOf(await patch(person, { name: uniqueName("name") }))];
    case "add_member":
      return [codeOf(await person.post(`${at}/members`, { user: sam.user }))];
    case "remove_member":
      return [codeOf(await person.call("DELETE", `${at}/members/${ren.user}`))];
    case "archive": {
      const codes = [codeOf(await patch(person, { archived: !archived })), codeOf(await patch(person, { archived: !archived }))];
      if (codes[0] === "ok") expect(await patch(founder, { archived }), 200);
      return codes;
    }
    case "join":
      return [codeOf(await person.post(`${at}/join`, {}))];
    case "leave":
      return [codeOf(await person.post(`${at}/leave`, {}))];
  }
  throw new Error(`there is no way to ask for ${action}`);
}

test("every_reachable_cell_of_the_table_is_answered_as_it_says", { timeout: 180_000 }, async (t) => {
  const [founder, ren, sam, ...people] = await createPeople(server, 3 + ROLES.length);
  const stages = [];
  await Promise.all(
    people.map(async (person, n) => {
      for (const kind of ["public", "private", "direct"]) {
        for (const membership of [null, "member", "owner"]) {
          for (const archived of [false, true]) {
            if (kind === "direct" && (membership === "owner" || archived)) continue;
            const stage = await createStage({ founder, ren, sam }, person, { kind, membership, archived });
            stages.push({ ...stage, role: ROLES[n] });
          }
        }
      }
    }),
  );
  const sockets = new Map();
  for (const [n, person] of people.entries()) {
    expect(await founder.call("PATCH", `/users/${person.user}`, { body: { role: ROLES[n] } }), 200);
    const socket = await person.connect({ channels: [person.user] });
    sockets.set(person, socket);
    assert.equal((await person.boot()).user.role, ROLES[n]);
  }

  const cells = new Map(golden.channel.map((cell) => [`${cell.action} ${cell.role} ${cell.kind} ${cell.membership}`, cell]));
  const left = new Set([...cells.keys()].flatMap((key) => [`${key} open`, `${key} archived`]));
  const wrong = [];
  const reasons = new Map();
  const note = (reason) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  let walked = 0;
  await Promise.all(
    people.map(async (person) => {
      for (const stage of stages.filter((stage) => stage.person === person)) {
        const last = stage.membership === null ? ["leave", "join"] : ["join", "leave"];
        for (const action of [...ACTIONS, ...last]) {
          const cell = cells.get(`${action} ${stage.role} ${stage.kind} ${stage.membership}`);
          const state = stage.archived ? "archived" : "open";
          const name = `${action} ${stage.role} ${stage.kind} ${stage.membership} ${state}`;
          if (unreachable(cell, state)) continue;
          assert.ok(left.delete(name), name);
          const reason = exempt(cell, state);
          const expected = reason ? "ok" : cell[state];
          if (reason) note(reason);
          const codes = await ask(action, { ...stage, socket: sockets.get(person) }).catch(fail(name));
          walked++;
          if (codes.some((code) => code !== expected)) wrong.push(`${name}: ${expected} in the table, ${codes} over the wire`);
        }
      }
    }),
  );
  for (const name of left) {
    const [action, , kind, membership, state] = name.split(" ");
    const reason = unreachable({ action, kind, membership: membership === "null" ? null : membership }, state);
    assert.ok(reason, `${name} was not walked`);
    note(reason);
  }
  t.diagnostic(`${walked} of ${2 * cells.size} cells walked, ${left.size} not to be reached`);
  for (const [reason, count] of reasons) t.diagnostic(`${count} cells: ${reason}`);
  assert.deepEqual(wrong, []);
  assert.equal(walked + left.size, 2 * golden.channel.length);
  for (const socket of sockets.values()) await socket.close();
});

test("what_each_role_may_do_in_the_workspace_is_as_the_table_says", { timeout: 120_000 }, async (t) => {
  const people = await createPeople(server, 2 + ROLES.length);
  const [founder, target, ...givers] = people;
  const channel = await founder.createChannel();
  for (const [n, giver] of givers.entries()) {
    expect(await founder.call("PATCH", `/users/${giver.user}`, { body: { role: ROLES[n] } }), 200);
  }
  const giverOf = Object.fromEntries(ROLES.map((role, n) => [role, givers[n]]));
  const give = (person, role) => person.call("PATCH", `/users/${target.user}`, { body: { role } });
  const wrong = [];
  let now = "member";
  // In this order the target is seldom made something else first.
  const cells = golden.workspace.toSorted((one, other) => ROLES.indexOf(one.from) - ROLES.indexOf(other.from));
  for (const { action, role, from, to, may } of cells) {
    const person = giverOf[role];
    let done;
    if (action === "create_channel") {
      done = codeOf(await person.post("/channels", { name: uniqueName("new"), kind: "public" }));
    } else if (action === "invite") {
      done = codeOf(await person.post("/invites", { max_uses: 1, expires_in_s: 60, role: "guest" }));
    } else if (action === "browse") {
      const { channels } = expect(await person.get("/channels?limit=200"), 200);
      done = channels.some(({ id }) => id === channel) ? "ok" : "forbidden";
    } else {
      if (now !== from) expect(await give(founder, from), 200);
      done = codeOf(await give(person, to));
      now = done === "ok" ? to : from;
    }
    const expected = may ? "ok" : "forbidden";
    if (done !== expected) wrong.push(`${[action, role, from, to]}: ${expected} in the table, ${done} over the wire`);
  }
  t.diagnostic(`${cells.length} of ${golden.workspace.length} cells walked`);
  assert.deepEqual(wrong, []);
});
