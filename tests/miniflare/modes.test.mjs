// One story told on a server that is left in peace, on one whose tiers are put out of memory again and again, on one whose objects
// forget everything they had in memory, and on one that is killed: all answers, and all that is read back, are the same.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError, Follower, createRoom, eventually, expect } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** A gateway gives its links up when nothing has come in for so long; only then workerd can evict it. */
const ASLEEP_MS = 5_000;

/** What happens to the server between the steps of the story. */
const MODES = {
  fresh: async () => {},
  evicted: async (server) => {
    await delay(ASLEEP_MS);
    for (const className of ["Gateway", "ChannelServer"]) {
      assert.ok((await server.evict(className, { webSockets: "hibernate" })) > 0, `${className} objects were there to evict`);
    }
  },
  made_to_forget: (server) => server.panic(),
  killed: async (server) => {
    await server.kill();
    await server.start();
  },
};

/** Replaces what differs from run to run: ids by names; times and epochs go. */
function normalised(value, names) {
  const strip = (thing) => {
    if (Array.isArray(thing)) return thing.map(strip);
    if (thing === null || typeof thing !== "object") return thing;
    const entries = Object.entries(thing).filter(([key]) => !["at", "epoch", "connection", "client_message_id"].includes(key));
    return Object.fromEntries(entries.map(([key, inner]) => [key, /^(edited|last_reply)_at$/.test(key) ? typeof inner : strip(inner)]));
  };
  let json = JSON.stringify(strip(value));
  for (const [id, name] of Object.entries(names)) json = json.replaceAll(id, name);
  return JSON.parse(json);
}

/** Tells the story; gives the answers to every step and what is read back at the end. */
async function tell(t, server, disturb) {
  const { people, channel } = await createRoom(server, 4);
  const [ada, ben, cy, dee] = people;
  const names = { [channel]: "C", [ada.workspace]: "T", [ada.user]: "Uada", [ben.user]: "Uben", [cy.user]: "Ucy", [dee.user]: "Udee" };
  const followers = new Map();
  for (const person of people) followers.set(person, await Follower.start(t, person, [channel, person.user, person.workspace]));
  const answers = [];
  let head = 0;
  const command = async (person, op, fields = {}) => {
    const answer = await followers
      .get(person)
      .ok(op, { channel, ...fields })
      .catch((error) => {
        if (!(error instanceof CommandError)) throw error;
        return { refused: error.code };
      });
    answers.push([op, answer]);
    head = Math.max(head, answer.seq ?? 0);
    return answer;
  };
  let sends = 0;
  const say = async (person, text, more = {}) =>
    (await command(person, "send", { client_message_id: `m${++sends}`, text, ...more })).seq;
  const http = async (person, method, path, body) => {
    const { status, body: answer } = await person.call(method, path, { body });
    answers.push([`${method} ${path.replace(/^.*\//, "")}`, status, answer?.code ?? null]);
  };
  /** Once everybody has heard everything, the server is disturbed. */
  const interlude = async (...absent) => {
    for (const [person, follower] of followers) if (!absent.includes(person)) await follower.reaches(channel, head);
    await disturb(server);
  };

  const first = await say(ben, `<@${ada.user}> hello`);
  const second = await say(cy, "<!channel> \`<@U1>\`");
  await command(ada, "react", { seq: first, emoji: "👍" });
  await command(ben, "edit", { seq: first, text: `<@${cy.user}> hello <!here>` });
  await interlude();

  await command(ben, "edit", { seq: first, text: `<@${cy.user}> hello <!here>` });
  await command(ada, "react", { seq: first, emoji: "👍" });
  const inside = await say(cy, "inside", { thread: first });
  const both = await say(dee, `both <@${ben.user}>`, { thread: first, also_to_channel: true });
  await command(cy, "react", { seq: inside, emoji: "🎉" });
  await command(dee, "react", { seq: first, emoji: "🎉" });
  await command(dee, "react", { seq: first, emoji: "👍" });
  await command(ada, "unreact", { seq: first, emoji: "👍" });
  await interlude();

  await command(ada, "unreact", { seq: first, emoji: "👍" });
  await command(dee, "edit", { seq: both, text: "both, edited" });
  const third = await say(dee, "third in the thread", { thread: first });
  await command(ada, "delete", { seq: both });
  await command(ada, "read", { seq: second });
  await command(dee, "read", { seq: third });
  await command(dee, "mark_unread", { seq: second });
  await command(ben, "delete", { seq: second });
  await http(ada, "PATCH", `/users/${cy.user}`, { role: "admin" });
  await http(ada, "PATCH", `/users/${dee.user}`, { role: "guest" });
  await eventually("cy is an admin", async () => (await cy.boot()).user.role === "admin");
  await followers.get(cy).until("role", () => followers.get(cy).log(cy.user).some(({ event }) => event === "role_given"));
  await interlude();

  await command(ada, "delete", { seq: both });
  await command(cy, "delete", { seq: first });
  await say(ben, "a reply to what is deleted", { thread: first });
  await command(ada, "edit", { seq: first, text: "not there" });
  await command(ada, "react", { seq: first, emoji: "👍" });
  await http(ben, "POST", `/channels/${channel}/leave`, {});
  await followers.get(ben).until("left", () => followers.get(ben).log(ben.user).some(({ event }) => event === "left"));
  const unheard = await say(cy, "ben does not hear this");
  await command(cy, "edit", { seq: unheard, text: `nor this, <@${ben.user}>` });
  await http(dee, "POST", "/channels", { name: "dees", kind: "public" });
  await http(ada, "PATCH", `/channels/${channel}`, { archived: true });
  head += 1;
  await interlude(ben);

  await command(cy, "edit", { seq: unheard, text: "archived" });
  await command(cy, "react", { seq: unheard, emoji: "👍" });
  await command(cy, "read", { seq: unheard });
  await http(ada, "PATCH", `/channels/${channel}`, { archived: false });
  await command(ben, "read", { seq: unheard });
  await http(ben, "POST", `/channels/${channel}/join`, {});
  await followers.get(ben).until("the sync mark", () => followers.get(ben).follows(channel));
  const last = await say(cy, people.map(({ user }) => `<@${user}>`).join(" "));
  await command(ben, "mark_unread", { seq: unheard });
  await command(ada, "delete", { seq: unheard });
  await interlude();

  // What was caused in other logs has arrived when what was caused last has.
  for (const person of [ada, ben, dee]) {
    const follower = followers.get(person);
    await follower.until("the last mention", () => follower.log(person.user).some(({ event, target }) => event === "mentioned" && target === last));
  }
  await followers.get(ben).until("the marker", () => followers.get(ben).log(ben.user).some((line) => line.last_read_seq === unheard - 1));
  for (const follower of followers.values()) {
    await follower.reaches(channel, head);
    follower.assertWhole();
  }
  const readBack = {};
  const withoutSeq = (events) => events.map(({ seq, ...event }) => event);
  for (const person of people) {
    const name = names[person.user];
    const point = { [channel]: { epoch: (await person.history(channel, { after: 0, limit: 1 })).epoch, seq: 0 } };
    const late = await person.connect({ channels: [channel], resume: point });
    const direct = await person.connectDirectly(channel, { epoch: point[channel].epoch, since: first });
    const { channels, user } = await person.boot();
    const { last_read_seq, unread, mentions, seq, member_count } = channels.find(({ id }) => id === channel);
    readBack[name] = {
      counts: { last_read_seq, unread, mentions, seq, member_count },
      role: user.role,
      history: await person.history(channel, { after: 0 }),
      thread: await person.history(channel, { after: 0, thread: first }),
      members: expect(await person.get(`/channels/${channel}/members`), 200).members.toSorted((a, b) => (names[a.user] < names[b.user] ? -1 : 1)),
      followed: followers.get(person).log(channel),
      resumed: late.logged(channel),
      resumedDirectly: direct.logged(channel),
      // Between the logs that cause events in one of these there is no order.
      own: withoutSeq(followers.get(person).log(person.user)),
      workspace: withoutSeq(followers.get(person).log(person.workspace)),
    };
    await late.close();
    await direct.close();
  }
  const story = normalised({ answers, readBack }, names);
  for (const person of Object.values(story.readBack)) {
    for (const log of ["own", "workspace"]) person[log] = person[log].map((event) => JSON.stringify(event)).sort();
  }
  return story;
}

// Told at the same time, as most of it is waiting.
describe("everything that changes messages, reading, threads, roles and members", { concurrency: 6 }, () => {
  const stories = {};
  const servers = [];
  before(async () => {
    for (const mode of Object.keys(MODES)) {
      stories[mode] = startServer({ env: { GATEWAY_SLOTS: "1" } }).then((server) => {
        servers.push(server);
        server.oneUpgradeAtATime = true;
        return server;
      });
    }
    await Promise.all(Object.values(stories));
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  for (const [mode, disturb] of Object.entries(MODES)) {
    before(() => {
      stories[mode] = stories[mode].then(async (server) => {
        const cleanups = [];
        const story = await tell({ after: (cleanup) => cleanups.push(cleanup) }, server, disturb);
        for (const cleanup of cleanups) await cleanup();
        return story;
      });
      stories[mode].catch(() => {});
    });
  }

  test("is_as_the_contract_says_on_a_server_left_in_peace", { timeout: 120_000 }, async () => {
    const { readBack, answers } = await stories.fresh;
    const codes = answers.filter(([, answer, code]) => answer.refused || (code !== undefined && code !== null));
    assert.deepEqual(
      codes.map(([op, answer, code]) => [op, answer.refused ?? code]),
      [
        ["delete", "forbidden"],
        ["edit", "not_found"],
        ["react", "not_found"],
        ["POST channels", "forbidden"],
        ["edit", "archived"],
        ["react", "archived"],
        ["read", "not_a_member"],
      ],
    );
    assert.deepEqual(
      readBack.Uada.history.messages.map(({ text, deleted }) => text ?? deleted),
      [true, "<!channel> `<@U1>`", true, true, "<@Uada> <@Uben> <@Ucy> <@Udee>"],
    );
    assert.deepEqual(
      readBack.Uada.thread.messages.map(({ text, deleted }) => text ?? deleted),
      [true, "inside", true, "third in the thread", "a reply to what is deleted"],
    );
    const root = readBack.Uada.thread.messages[0];
    assert.deepEqual([root.reply_count, root.reply_users], [3, ["Uben", "Udee", "Ucy"]]);
    assert.deepEqual([readBack.Ucy.role, readBack.Udee.role], ["admin", "guest"]);
    assert.deepEqual([readBack.Uben.counts.unread, readBack.Uben.counts.mentions], [1, 1]);
    assert.equal(answers.filter(([, { duplicate }]) => duplicate).length, 4);
  });

  for (const mode of Object.keys(MODES).slice(1)) {
    test(`is_the_same_on_one_that_is_${mode}_between_the_steps`, { timeout: 180_000 }, async () => {
      const [fresh, other] = await Promise.all([stories.fresh, stories[mode]]);
      assert.deepEqual(other.answers, fresh.answers);
      for (const [name, expected] of Object.entries(fresh.readBack)) {
        for (const [what, value] of Object.entries(expected)) {
          assert.deepEqual(other.readBack[name][what], value, `${what} of ${name}`);
        }
      }
    });
  }

  for (const mode of ["made_to_forget", "killed"]) {
    test(`that_flies_while_the_server_is_${mode}_is_done_and_once`, { timeout: 120_000 }, async (t) => {
      const server = await startServer();
      t.after(() => server.stop());
      const { people, channel } = await createRoom(server, 2);
      const [ben, cy] = await Promise.all(people.map((person) => Follower.start(t, person, [channel])));
      const sent = [];
      for (let n = 0; n < 40; n++) sent.push(await ben.send(channel, `${n}`));
      const replies = [];
      const change = async (follower, op, fields) => {
        const { seq } = await follower.ok(op, { channel, ...fields });
        replies.push({ op, target: fields.seq, seq });
      };
      const changing = sent.map(async ({ seq }, n) => {
        // A few at a time, so that some are done and some are not when it happens.
        await delay(n * 10);
        await Promise.all([change(ben, "edit", { seq, text: `${n}!` }), change(cy, "react", { seq, emoji: "👍" })]);
        if (n % 4 === 0) await change(ben, "delete", { seq });
      });
      for (let round = 0; round < 2; round++) {
        const enough = replies.length + 10;
        await ben.until(`${enough} replies`, () => replies.length >= enough || replies.length >= 70);
        await MODES[mode](server);
      }
      await Promise.all(changing);
      const head = Math.max(...replies.map(({ seq }) => seq));
      for (const follower of [ben, cy]) {
        await follower.reaches(channel, head);
        follower.assertWhole();
        assert.ok(follower.reconnects > 0, "it happened while they were connected");
        const changes = follower.log(channel).filter(({ seq }) => seq > sent.at(-1).seq);
        const ofOp = { edit: "message_edited", react: "reaction_added", delete: "message_deleted" };
        assert.deepEqual(
          changes.map(({ event, target, seq }) => [event, target, seq]),
          replies.toSorted((one, other) => one.seq - other.seq).map(({ op, target, seq }) => [ofOp[op], target, seq]),
        );
      }
      const messages = await people[0].wholeHistory(channel);
      assert.deepEqual(
        messages.map(({ text, deleted, reactions = [] }) => [text ?? deleted, reactions.length]),
        sent.map((_, n) => (n % 4 === 0 ? [true, 0] : [`${n}!`, 1])),
      );
    });
  }
});
