// Channels and directs: making, finding, joining, leaving, members and who may do what.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  accept,
  createPeople,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  invite,
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

/** Every channel that `GET /channels` gives a person, read in pages of `limit`. */
async function listChannels(person, limit = 100) {
  const channels = [];
  let cursor;
  do {
    const query = new URLSearchParams({ limit, ...(cursor && { cursor }) });
    const page = expect(await person.get(`/channels?${query}`), 200);
    assert.ok(page.channels.length <= limit, `${page.channels.length} in a page of ${limit}`);
    channels.push(...page.channels);
    cursor = page.next_cursor;
  } while (cursor);
  return channels;
}

const lists = async (person, channel) => (await listChannels(person)).some(({ id }) => id === channel);

describe("creating a channel", () => {
  test("gives_its_id_name_and_kind_and_makes_the_creator_a_member", async () => {
    const ada = await createWorkspace(server);
    for (const kind of ["public", "private"]) {
      const name = uniqueName(kind);
      const { channel } = expect(await ada.post("/channels", { name, kind, topic: "Talk" }), 201);
      assert.match(channel.id, /^C[A-Za-z0-9_-]{0,63}$/);
      assert.equal(channel.name, name);
      assert.equal(channel.kind, kind);
      assert.equal((await ada.say(channel.id, "first")).seq > 0, true);
      const entry = await untilInBoot(ada, channel.id);
      assert.equal(entry.name, name);
      assert.equal(entry.kind, kind);
      assert.equal(typeof entry.epoch, "string");
      for (const number of ["seq", "last_read_seq", "unread", "mentions"]) assert.equal(typeof entry[number], "number", number);
    }
  });

  test("wants_a_name_and_a_known_kind", async () => {
    const ada = await createWorkspace(server);
    for (const body of [
      {},
      { name: "x" },
      { kind: "public" },
      { name: "", kind: "public" },
      { name: "x", kind: "secret" },
      { name: "x", kind: "direct" },
      { name: 7, kind: "public" },
      { name: "x", kind: "public", topic: 7 },
    ]) {
      expectRefused(await ada.post("/channels", body), "invalid_request");
    }
  });

  test("tells_the_workspace_of_public_channels_and_never_of_private_ones", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const socket = await ben.connect({ channels: [ben.workspace] });
    const hidden = await ada.createChannel({ kind: "private" });
    const open = await ada.createChannel({ kind: "public" });
    await socket.event("channel_created", { channel: ada.workspace, subject: open });
    await socket.ping();
    assert.ok(!JSON.stringify(socket.lines).includes(hidden));
    await socket.close();
  });
});

describe("the list of channels", () => {
  test("pages_through_everything_once", async () => {
    const ada = await createWorkspace(server);
    const made = [];
    for (let n = 0; n < 7; n++) made.push(await ada.createChannel());
    await eventually("all are listed", async () => {
      const ids = (await listChannels(ada, 3)).map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, "none is listed twice");
      return made.every((id) => ids.includes(id));
    });
  });

  test("holds_public_channels_and_the_callers_own_private_ones", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const open = await ada.createChannel({ kind: "public" });
    const hidden = await ada.createChannel({ kind: "private" });
    await ada.add(hidden, ben);
    for (const person of [ada, ben]) {
      await eventually(`${person.user} sees both`, async () => (await lists(person, open)) && (await lists(person, hidden)));
    }
    await eventually("cy sees the public one", () => lists(cy, open));
    assert.equal(await lists(cy, hidden), false);
  });

  test("holds_nothing_of_another_workspace", async () => {
    const ada = await createWorkspace(server);
    const stranger = await createWorkspace(server);
    const open = await ada.createChannel({ kind: "public" });
    await eventually("ada sees it", () => lists(ada, open));
    assert.equal(await lists(stranger, open), false);
  });

  test("wants_a_sane_limit_and_a_cursor_it_gave_out", async () => {
    const ada = await createWorkspace(server);
    for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1.5"]) {
      expectRefused(await ada.get(`/channels?${query}`), "invalid_request");
    }
  });
});

describe("joining and leaving", () => {
  test("a_public_channel_is_joined_by_whoever_wants", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    expectRefused(await ben.post(`/channels/${channel}/messages`, message("not yet")), "not_a_member");
    await ben.joinChannel(channel);
    await ben.say(channel, "now");
    await untilInBoot(ben, channel);
  });

  test("joining_twice_is_joining_once", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    const socket = await ada.connect({ channels: [channel] });
    await ben.joinChannel(channel);
    await ben.joinChannel(channel);
    const { seq } = await ben.say(channel, "here");
    await socket.reaches(channel, seq);
    assert.deepEqual(socket.logged(channel).map(({ event, subject }) => [event, subject]), [
      ["member_joined", ben.user],
      ["message", undefined],
    ]);
    await socket.close();
  });

  test("one_who_left_may_read_a_public_channel_but_not_send", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    expectRefused(await ben.post(`/channels/${channel}/messages`, message("gone")), "not_a_member");
    await ada.say(channel, "for all to read");
    assert.equal((await ben.history(channel, { after: 0 })).messages.at(-1).text, "for all to read");
    await eventually("the channel has left the boot list", async () =>
      (await ben.boot()).channels.every(({ id }) => id !== channel));
  });

  test("one_who_left_a_private_channel_finds_it_no_more", async () => {
    const { people: [, ben], channel } = await createRoom(server, 2, { kind: "private" });
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    expectRefused(await ben.get(`/channels/${channel}/messages?after=0`), "not_found");
    expectRefused(await ben.post(`/channels/${channel}/messages`, message("gone")), "not_found");
    expectRefused(await ben.post(`/channels/${channel}/join`, {}), "not_found");
  });

  test("members_hear_member_joined_and_member_left_and_the_user_joined_and_left", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    const watching = await ada.connect({ channels: [channel] });
    const own = await ben.connect({ channels: [ben.user] });
    await ben.joinChannel(channel);
    await watching.event("member_joined", { channel, subject: ben.user });
    await own.event("joined", { channel: ben.user, subject: channel });
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    await watching.event("member_left", { channel, subject: ben.user });
    await own.event("left", { channel: ben.user, subject: channel });
    watching.assertWhole();
    own.assertWhole();
    await Promise.all([watching.close(), own.close()]);
  });
});

describe("members", () => {
  test("are_added_by_any_member", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2, { kind: "private" });
    const cy = await accept(server, await invite(ada), "Cy");
    await ben.add(channel, cy);
    await cy.say(channel, "thanks");
  });

  test("are_not_added_by_one_who_is_none", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const open = await ada.createChannel({ kind: "public" });
    const hidden = await ada.createChannel({ kind: "private" });
    expectRefused(await ben.post(`/channels/${open}/members`, { user: cy.user }), "not_a_member", "forbidden");
    expectRefused(await ben.post(`/channels/${hidden}/members`, { user: cy.user }), "not_found");
    expectRefused(await cy.post(`/channels/${open}/messages`, message("hi")), "not_a_member");
  });

  test("of_another_workspace_are_not_found", async () => {
    const ada = await createWorkspace(server);
    const stranger = await createWorkspace(server);
    const channel = await ada.createChannel();
    expectRefused(await ada.post(`/channels/${channel}/members`, { user: stranger.user }), "not_found");
    expectRefused(await ada.post(`/channels/${channel}/members`, { user: "Unobody" }), "not_found");
  });

  test("are_removed_by_the_owner_and_not_by_a_mere_member", async () => {
    const { people: [ada, ben, cy], channel } = await createRoom(server, 3);
    expectRefused(await ben.call("DELETE", `/channels/${channel}/members/${cy.user}`), "forbidden");
    await cy.say(channel, "still in");
    expect(await ada.call("DELETE", `/channels/${channel}/members/${cy.user}`), 204);
    expectRefused(await cy.post(`/channels/${channel}/messages`, message("out")), "not_a_member");
  });
});

describe("a private channel", () => {
  test("does_not_exist_for_whoever_is_no_member", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const stranger = await createWorkspace(server);
    const channel = await ada.createChannel({ kind: "private" });
    const { seq } = await ada.say(channel, "among ourselves");
    for (const outsider of [ben, stranger]) {
      expectRefused(await outsider.get(`/channels/${channel}/messages?after=0`), "not_found");
      expectRefused(await outsider.post(`/channels/${channel}/messages`, message("hello?")), "not_found");
      expectRefused(await outsider.post(`/channels/${channel}/join`, {}), "not_found");
      expectRefused(await outsider.post(`/channels/${channel}/leave`, {}), "not_found");
      expectRefused(await outsider.post(`/channels/${channel}/members`, { user: outsider.user }), "not_found");
      expectRefused(await outsider.call("DELETE", `/channels/${channel}/members/${ada.user}`), "not_found");
      expectRefused(await refusedUpgrade(server, { token: outsider.token, path: `/channels/${channel}/socket` }), "not_found");
      const socket = await outsider.connect();
      await socket.refused("send", { channel, ...message("hello?") }, "not_found");
      await socket.refused("history", { channel, after: 0 }, "not_found");
      await socket.refused("read", { channel, seq }, "not_found");
      await socket.close();
    }
  });

  test("is_answered_just_like_one_that_does_not_exist", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel({ kind: "private" });
    const hidden = await ben.get(`/channels/${channel}/messages?after=0`);
    const absent = await ben.get("/channels/Cdoesnotexist/messages?after=0");
    expectRefused(hidden, "not_found");
    assert.equal(hidden.text.replaceAll(channel, "C"), absent.text.replaceAll("Cdoesnotexist", "C"));
  });
});

describe("a public channel of another workspace", () => {
  test("is_not_found", async () => {
    const ada = await createWorkspace(server);
    const stranger = await createWorkspace(server);
    const channel = await ada.createChannel({ kind: "public" });
    await ada.say(channel, "ours");
    expectRefused(await stranger.get(`/channels/${channel}/messages?after=0`), "not_found");
    expectRefused(await stranger.post(`/channels/${channel}/messages`, message("hi")), "not_found");
    expectRefused(await stranger.post(`/channels/${channel}/join`, {}), "not_found");
    expectRefused(await refusedUpgrade(server, { token: stranger.token, path: `/channels/${channel}/socket` }), "not_found");
  });
});

describe("directs", () => {
  test("are_the_same_for_the_same_people_in_any_order_with_or_without_the_caller", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const first = expect(await ada.post("/directs", { users: [ben.user, cy.user] }), 201).channel.id;
    assert.match(first, /^D[A-Za-z0-9_-]{0,63}$/);
    for (const [person, users] of [
      [ada, [cy.user, ben.user]],
      [ada, [ada.user, ben.user, cy.user]],
      [ben, [ada.user, cy.user]],
      [cy, [cy.user, ben.user, ada.user]],
      [cy, [ada.user, ben.user, ada.user]],
    ]) {
      const again = expect(await person.post("/directs", { users }), 200, 201).channel.id;
      assert.equal(again, first);
    }
    const pair = expect(await ada.post("/directs", { users: [ben.user] }), 200, 201).channel.id;
    assert.notEqual(pair, first);
  });

  test("made_by_all_sides_at_once_are_still_one", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const answers = await Promise.all(
      [ada, ben, ada, ben].map((person) => person.post("/directs", { users: [person === ada ? ben.user : ada.user] })),
    );
    assert.equal(new Set(answers.map((answer) => expect(answer, 200, 201).channel.id)).size, 1);
  });

  test("carry_messages_between_their_people_and_nobody_else", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const direct = expect(await ada.post("/directs", { users: [ben.user] }), 201).channel.id;
    await untilInBoot(ben, direct);
    const socket = await ben.connect({ channels: [direct] });
    const { seq } = await ada.say(direct, "psst");
    const event = await socket.event("message", { channel: direct, seq });
    assert.deepEqual([event.user, event.text], [ada.user, "psst"]);
    expectRefused(await cy.get(`/channels/${direct}/messages?after=0`), "not_found");
    expectRefused(await cy.post(`/channels/${direct}/messages`, message("me too")), "not_found");
    assert.equal(await lists(cy, direct), false);
    await socket.close();
  });

  test("appear_on_a_socket_that_is_already_open", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const socket = await ben.connect({ channels: [ben.user] });
    const direct = expect(await ada.post("/directs", { users: [ben.user] }), 201).channel.id;
    await socket.sync(direct);
    const { seq } = await ada.say(direct, "hello");
    await socket.event("message", { channel: direct, seq });
    await socket.close();
  });

  test("want_people_of_this_workspace", async () => {
    const [ada] = await createPeople(server, 2);
    const stranger = await createWorkspace(server);
    expectRefused(await ada.post("/directs", { users: [stranger.user] }), "not_found");
    expectRefused(await ada.post("/directs", { users: ["Unobody"] }), "not_found");
    for (const body of [{}, { users: "U1" }, { users: [1] }, { users: [null] }]) {
      expectRefused(await ada.post("/directs", body), "invalid_request");
    }
  });
});
