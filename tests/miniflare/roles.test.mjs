// What people are in a workspace: how they become it, who is told, and what guests may not know of.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  accept,
  createPeople,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  message,
  refusedUpgrade,
  uniqueName,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const give = (giver, person, role) => giver.call("PATCH", `/users/${person.user}`, { body: { role } });
const roleOf = async (person) => (await person.boot()).user.role;

/** Somebody who came by an invite for this role. */
async function invited(owner, role, name = role) {
  const { code } = expect(await owner.post("/invites", { max_uses: 1, expires_in_s: 600, role }), 201);
  return accept(server, code, name);
}

describe("invites", () => {
  test("make_members_where_nothing_is_said_and_guests_where_it_is", async () => {
    const ada = await createWorkspace(server);
    assert.equal(await roleOf(ada), "owner");
    const ben = await invited(ada, undefined);
    assert.equal(await roleOf(ben), "member");
    assert.equal(await roleOf(await invited(ada, "member")), "member");
    const witness = await ada.connect({ channels: [ada.workspace] });
    const gil = await invited(ada, "guest", "Gil");
    assert.equal(await roleOf(gil), "guest");
    const joined = await witness.event("user_joined", { channel: ada.workspace, subject: gil.user });
    assert.deepEqual([joined.display_name, joined.role], ["Gil", "guest"]);
    const { users } = expect(await ada.get(`/users?ids=${gil.user},${ben.user}`), 200);
    assert.deepEqual(Object.fromEntries(users.map(({ id, role }) => [id, role])), { [gil.user]: "guest", [ben.user]: "member" });
    await witness.close();
  });

  test("make_nothing_else_and_are_not_for_guests_to_give", async () => {
    const ada = await createWorkspace(server);
    for (const role of ["admin", "owner", "bot", "", 7, ["guest"], "Guest"]) {
      expectRefused(await ada.post("/invites", { max_uses: 1, expires_in_s: 600, role }), "invalid_request");
    }
    const gil = await invited(ada, "guest");
    for (const role of [undefined, "guest", "member"]) {
      expectRefused(await gil.post("/invites", { max_uses: 1, expires_in_s: 600, role }), "forbidden");
    }
    const mia = await invited(ada, "member");
    assert.equal(await roleOf(await invited(mia, "guest")), "guest");
  });
});

describe("PATCH /users/{id}", () => {
  test("gives_the_user_tells_them_and_the_workspace_and_is_in_force_at_once", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const b = await ben.connect({ channels: [ben.user, ben.workspace] });
    const c = await cy.connect({ channels: [cy.workspace] });
    for (const role of ["admin", "guest", "owner", "member"]) {
      const { user } = expect(await give(ada, ben, role), 200);
      assert.deepEqual([user.id, user.role, user.display_name], [ben.user, role, "Guest 1"]);
      const given = await b.event("role_given", { channel: ben.user, role });
      assert.equal(given.user, ada.user);
      for (const socket of [b, c]) {
        const updated = await socket.event("user_updated", { channel: ada.workspace, subject: ben.user, role });
        assert.deepEqual([updated.user, updated.display_name], [ada.user, "Guest 1"]);
      }
      await eventually(`${role} in boot`, async () => (await roleOf(ben)) === role);
    }
    const [before, from] = [c.logged(ada.workspace).length, c.lines.length];
    expect(await give(ada, ben, "member"), 200);
    expect(await give(ada, ben, "admin"), 200);
    await c.until((line) => line.event === "user_updated" && line.role === "admin", "the next change", { from });
    assert.equal(c.logged(ada.workspace).length, before + 1, "what one is already is no event");
    for (const socket of [b, c]) {
      socket.assertWhole();
      await socket.close();
    }
  });

  test("wants_a_role_and_somebody_of_the_workspace", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const stranger = await createWorkspace(server);
    for (const body of [{}, { role: "boss" }, { role: null }, { role: 7 }, { role: "Owner" }, [], "owner"]) {
      expectRefused(await ada.call("PATCH", `/users/${ben.user}`, { body }), "invalid_request");
    }
    expectRefused(await give(ada, stranger, "admin"), "not_found");
    expectRefused(await give(stranger, ben, "guest"), "not_found", "forbidden");
    expectRefused(await give(ada, { user: "U0000000000000000000000000" }, "admin"), "not_found");
    assert.equal(await roleOf(ben), "member");
  });

  test("leaves_the_workspace_an_owner", async () => {
    const [ada, ben] = await createPeople(server, 2);
    for (const role of ["admin", "member", "guest"]) expectRefused(await give(ada, ada, role), "conflict");
    expect(await give(ada, ada, "owner"), 200);
    expect(await give(ada, ben, "owner"), 200);
    expect(await give(ada, ada, "member"), 200);
    expectRefused(await give(ada, ben, "member"), "forbidden");
    await eventually("ben is told", async () => (await roleOf(ben)) === "owner");
    expectRefused(await give(ben, ben, "admin"), "conflict");
  });

  test("of_both_owners_at_once_leaves_one", async () => {
    const [ada, ben] = await createPeople(server, 2);
    expect(await give(ada, ben, "owner"), 200);
    const answers = await Promise.all([give(ada, ada, "member"), give(ben, ben, "member")]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  });
});

describe("a guest", () => {
  /** Ada, Gil who is a guest, and a public and a private channel that Gil is in or not. */
  async function createScene() {
    const ada = await createWorkspace(server);
    const gil = await invited(ada, "guest");
    const [inside, outside] = [await ada.createChannel(), await ada.createChannel()];
    const hidden = await ada.createChannel({ kind: "private" });
    await ada.add(inside, gil);
    await untilInBoot(gil, inside);
    for (const channel of [inside, outside, hidden]) await ada.say(channel, `<@${gil.user}> in ${channel}`);
    return { ada, gil, inside, outside, hidden };
  }

  test("knows_only_of_the_channels_they_are_in", async () => {
    const { ada, gil, inside, outside, hidden } = await createScene();
    const { channels } = expect(await gil.get("/channels"), 200);
    assert.deepEqual(channels.map(({ id }) => id), [inside]);
    assert.deepEqual((await gil.boot()).channels.map(({ id }) => id), [inside]);
    const socket = await gil.connect({ channels: [inside, gil.user, gil.workspace], resume: { [outside]: { epoch: "x", seq: 0 } } });
    for (const channel of [outside, hidden]) {
      expectRefused(await gil.get(`/channels/${channel}/messages?after=0`), "not_found");
      expectRefused(await gil.get(`/channels/${channel}/members`), "not_found");
      expectRefused(await gil.post(`/channels/${channel}/join`, {}), "not_found");
      expectRefused(await gil.post(`/channels/${channel}/leave`, {}), "not_found");
      expectRefused(await gil.post(`/channels/${channel}/messages`, message("hi")), "not_found");
      expectRefused(await gil.call("PATCH", `/channels/${channel}`, { body: { topic: "mine" } }), "not_found");
      expectRefused(await refusedUpgrade(server, { token: gil.token, path: `/channels/${channel}/socket` }), "not_found");
      await socket.refused("history", { channel, after: 0 }, "not_found");
      await socket.refused("send", { channel, ...message("hi") }, "not_found");
      await socket.refused("react", { channel, seq: 2, emoji: "x" }, "not_found");
      await socket.refused("delete", { channel, seq: 2 }, "not_found");
      await socket.refused("read", { channel, seq: 1 }, "not_found");
      await ada.say(channel, "unheard");
    }
    const { seq } = await ada.say(inside, "heard");
    await socket.reaches(inside, seq);
    await socket.ping();
    const foreign = socket.lines.filter((line) => [line.channel, line.sync].some((id) => id === outside || id === hidden));
    assert.deepEqual(foreign, []);
    assert.ok(!socket.lines.some(({ event, subject }) => event === "mentioned" && subject !== inside));
    await socket.close();
  });

  test("takes_part_where_they_are_and_manages_nothing", async () => {
    const { ada, gil, inside } = await createScene();
    const mia = await invited(ada, "member");
    const socket = await gil.connect({ channels: [inside] });
    const { seq } = await socket.send(inside, "hello");
    await socket.ok("edit", { channel: inside, seq, text: "hello!" });
    await socket.ok("react", { channel: inside, seq, emoji: "👋" });
    await socket.refused("delete", { channel: inside, seq: 3 }, "forbidden");
    await socket.ok("delete", { channel: inside, seq });
    expectRefused(await gil.post("/channels", { name: uniqueName("mine"), kind: "public" }), "forbidden");
    expectRefused(await gil.post("/channels", { name: uniqueName("mine"), kind: "private" }), "forbidden");
    expectRefused(await gil.post(`/channels/${inside}/members`, { user: mia.user }), "forbidden");
    expectRefused(await gil.call("PATCH", `/channels/${inside}`, { body: { topic: "mine" } }), "forbidden");
    expectRefused(await gil.call("DELETE", `/channels/${inside}/members/${ada.user}`), "forbidden");
    expectRefused(await give(gil, gil, "owner"), "forbidden");
    expect(await gil.post(`/channels/${inside}/leave`, {}), 200);
    expectRefused(await gil.get(`/channels/${inside}/messages?after=0`), "not_found");
    await socket.close();
  });

  test("who_becomes_a_member_reads_public_channels_on_the_sockets_they_have_and_the_other_way_round", async () => {
    const { ada, gil, inside, outside } = await createScene();
    const socket = await gil.connect({ channels: [inside, gil.user] });
    await socket.refused("history", { channel: outside, after: 0 }, "not_found");
    expect(await give(ada, gil, "member"), 200);
    await socket.event("role_given", { role: "member" });
    assert.equal((await socket.ok("history", { channel: outside, after: 0 })).messages.length, 1);
    assert.equal((await gil.history(outside, { after: 0 })).messages.length, 1);
    const [reader, inner] = [await gil.connectDirectly(outside), await gil.connectDirectly(inside)];
    expect(await give(ada, gil, "guest"), 200);
    await socket.event("role_given", { role: "guest" });
    await socket.refused("history", { channel: outside, after: 0 }, "not_found");
    expectRefused(await gil.get(`/channels/${outside}/messages?after=0`), "not_found");
    await reader.untilClosed();
    await inner.ping();
    expectRefused(await refusedUpgrade(server, { token: gil.token, path: `/channels/${outside}/socket` }), "not_found");
    const { seq } = await ada.say(inside, "for guests too");
    await inner.reaches(inside, seq);
    await inner.close();
    await socket.close();
  });
});

describe("an admin", () => {
  test("manages_public_channels_they_are_not_in_until_they_are_none_any_more", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const channel = await ada.createChannel();
    await cy.joinChannel(channel);
    const said = [];
    for (let n = 0; n < 3; n++) said.push((await cy.say(channel, `${n}`)).seq);
    const socket = await ben.connect({ channels: [ben.user] });
    await socket.refused("delete", { channel, seq: said[0] }, "not_a_member");
    expect(await give(ada, ben, "admin"), 200);
    await socket.event("role_given", { role: "admin" });
    await socket.ok("delete", { channel, seq: said[0] });
    await socket.refused("edit", { channel, seq: said[1], text: "x" }, "not_a_member");
    expect(await ben.call("PATCH", `/channels/${channel}`, { body: { topic: "managed" } }), 200);
    expect(await ben.call("DELETE", `/channels/${channel}/members/${cy.user}`), 204);
    expect(await give(ada, ben, "member"), 200);
    await socket.event("role_given", { role: "member" });
    await socket.refused("delete", { channel, seq: said[2] }, "not_a_member");
    expectRefused(await ben.call("PATCH", `/channels/${channel}`, { body: { topic: "mine" } }), "not_a_member");
    await socket.close();
  });
});

describe("GET /channels/{id}/members", () => {
  test("gives_everybody_with_their_role_in_the_channel_page_by_page", async () => {
    const people = await createPeople(server, 5);
    const [ada, ben, ...others] = people;
    const channel = await ben.createChannel();
    for (const person of [ada, ...others]) await person.joinChannel(channel);
    const expected = people
      .map(({ user }) => ({ user, role: user === ben.user ? "owner" : "member" }))
      .sort((one, other) => (one.user < other.user ? -1 : 1));
    assert.deepEqual(expect(await ada.get(`/channels/${channel}/members`), 200), { members: expected, next_cursor: null });
    const found = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = expect(await ada.get(`/channels/${channel}/members?limit=2${cursor && `&cursor=${cursor}`}`), 200);
      assert.ok(page.members.length <= 2);
      found.push(...page.members);
      cursor = page.next_cursor;
    }
    assert.deepEqual(found, expected);
    expect(await others[0].post(`/channels/${channel}/leave`, {}), 200);
    const { members } = expect(await others[0].get(`/channels/${channel}/members`), 200);
    assert.deepEqual(members, expected.filter(({ user }) => user !== others[0].user));
    for (const query of ["limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=nobody"]) {
      expectRefused(await ada.get(`/channels/${channel}/members?${query}`), "invalid_request");
    }
    const hidden = await ben.createChannel({ kind: "private" });
    expectRefused(await ada.get(`/channels/${hidden}/members`), "not_found");
    expectRefused(await (await createWorkspace(server)).get(`/channels/${channel}/members`), "not_found");
  });
});
