// What evictions and kills must not do: lose, double or reorder anything that was acknowledged.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Connection, Follower, assertGapFree, createRoom, eventually, expect, expectRefused, message } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** Everybody's log of the channel is the history: all of it, in one order, nothing twice, and every ack is kept. */
async function assertNothingLostOrDoubled({ followers, people, channel, sent }) {
  const history = await people[0].wholeHistory(channel);
  const head = history.at(-1).seq;
  await Promise.all(followers.map((follower) => follower.reaches(channel, head)));
  assert.deepEqual(history.map(({ text }) => text).sort(), [...sent].sort(), "each message is there once");
  assertGapFree(history);
  for (const follower of followers) {
    follower.assertWhole();
    const messages = follower.log(channel).filter(({ event }) => event === "message");
    assert.deepEqual(
      messages.map(({ seq, at, user, text }) => ({ seq, at, user, text })),
      history.map(({ seq, at, user, text }) => ({ seq, at, user, text })),
    );
    for (const [id, { seq, at }] of follower.acked) {
      const stored = messages.find(({ client_message_id }) => client_message_id === id);
      assert.deepEqual(stored && [stored.seq, stored.at], [seq, at], `the acknowledged ${id} kept its place`);
    }
  }
}

/** A room whose people all follow it until the test ends. */
async function createFollowedRoom(t, server, count) {
  const room = await createRoom(server, count);
  const followers = await Promise.all(room.people.map((person) => Follower.start(t, person, [room.channel])));
  return { ...room, followers, sent: [] };
}

async function talk({ followers, channel, sent }, rounds, what) {
  for (let n = 0; n < rounds; n++) {
    const texts = followers.map((_, who) => `${what} ${who}:${n}`);
    sent.push(...texts);
    await Promise.all(followers.map((follower, who) => follower.send(channel, texts[who])));
  }
}

describe("eviction", () => {
  let server;
  before(async () => {
    server = await startServer({ env: { GATEWAY_SLOTS: "1" } });
    server.oneUpgradeAtATime = true;
  });
  after(() => server.stop());

  // A Gateway that holds links is in use to workerd and cannot be evicted: it gives them up first, see the tests of sleep.
  for (const className of ["ChannelServer", "RingKeeper"]) {
    for (const webSockets of ["hibernate", "close"]) {
      test(`promises_1_2_4_of_every_${className}_with_its_sockets_${webSockets === "close" ? "closed" : "kept_open"}_loses_and_doubles_nothing`, async (t) => {
        const room = await createFollowedRoom(t, server, 3);
        await talk(room, 5, "before");
        for (let round = 0; round < 3; round++) {
          const evicted = await server.evict(className, { webSockets });
          if (className === "ChannelServer") assert.ok(evicted > 0, `${className} objects were there to evict`);
          await talk(room, 5, `after ${round}`);
        }
        await assertNothingLostOrDoubled(room);
      });

      test(`promises_1_2_4_of_every_${className}_with_its_sockets_${webSockets === "close" ? "closed" : "kept_open"}_while_messages_fly_loses_and_doubles_nothing`, async (t) => {
        const room = await createFollowedRoom(t, server, 3);
        const talking = talk(room, 60, "flying");
        for (let round = 0; round < 4; round++) {
          const reached = room.followers[0].acked.size + 10;
          await room.followers[0].until(`${reached} acks`, () => room.followers[0].acked.size >= Math.min(reached, 60));
          await server.evict(className, { webSockets });
        }
        await talking;
        await assertNothingLostOrDoubled(room);
      });
    }
  }

  test("promise_3_of_a_ChannelServer_does_not_make_it_forget_a_client_message_id", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const body = message("once");
    const first = expect(await ada.post(`/channels/${channel}/messages`, body), 201);
    await server.evict("ChannelServer");
    assert.deepEqual(expect(await ada.post(`/channels/${channel}/messages`, body), 200), first);
    expectRefused(await ada.post(`/channels/${channel}/messages`, { ...body, text: "other" }), "conflict");
  });

  test("promise_4_of_a_ChannelServer_leaves_direct_sockets_subscribed_or_to_be_resumed", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const direct = await ben.connectDirectly(channel);
    const { seq: before } = await ada.say(channel, "before");
    await direct.reaches(channel, before);
    await server.evict("ChannelServer", { webSockets: "hibernate" });
    const { seq: after } = await ada.say(channel, "after");
    await direct.reaches(channel, after);
    direct.assertWhole();
    const { epoch, seq: since } = direct.resumePoint(channel)[channel];
    await server.evict("ChannelServer", { webSockets: "close" });
    await direct.untilClosed();
    await ada.say(channel, "missed");
    const again = await ben.connectDirectly(channel, { epoch, since });
    assert.equal((await again.sync(channel)).recovered, true);
    assert.deepEqual(again.messages(channel).map(({ text }) => text), ["missed"]);
    await again.close();
  });

  test("promise_5_of_everything_does_not_bring_a_removed_user_back", async (t) => {
    const { people: [ada, ben, cy], channel } = await createRoom(server, 3);
    const removed = await ben.connect({ channels: [channel, ben.user] });
    const direct = await ben.connectDirectly(channel);
    const witness = await Follower.start(t, cy, [channel]);
    expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
    await removed.event("left", { channel: ben.user, subject: channel });
    for (const className of ["ChannelServer", "RingKeeper"]) {
      await server.evict(className, { webSockets: "hibernate" });
      const { seq } = await ada.say(channel, `without ben, ${className}`);
      await witness.reaches(channel, seq);
      for (const socket of [removed, direct]) {
        if (!socket.closed) await socket.ping().catch(() => assert.ok(socket.closed));
        assert.ok(!socket.messages(channel).some(({ text }) => text.startsWith("without ben")));
      }
    }
    witness.assertWhole();
  });

  test("of_everything_leaves_sessions_and_the_signed_out_signed_out", async () => {
    const { people: [ada, ben] } = await createRoom(server, 2);
    assert.equal((await ben.post("/sign-out", {})).status, 204);
    for (const className of ["ChannelServer", "RingKeeper"]) await server.evict(className, { webSockets: "close" });
    await ada.boot();
    expectRefused(await ben.get("/boot"), "not_authenticated");
  });
});

describe("eviction of a Gateway before it holds links", () => {
  /** A server for one test: a link, once dialled, would keep the Gateway of the next test from being evicted. */
  async function startServerFor(t) {
    const server = await startServer({ env: { GATEWAY_SLOTS: "1" } });
    server.oneUpgradeAtATime = true;
    t.after(() => server.stop());
    return server;
  }

  test("promise_4_with_sockets_kept_open_before_hello_serves_them_or_sends_them_away_to_resume", async (t) => {
    const server = await startServerFor(t);
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const { epoch, seq } = await ada.say(channel, "seen");
    await ada.say(channel, "missed");
    const resume = { [channel]: { epoch, seq } };
    const opened = [];
    for (const person of [ada, ben]) opened.push(await Connection.open(server, { token: person.token }));
    assert.ok((await server.evict("Gateway", { webSockets: "hibernate" })) > 0, "Gateway objects were there to evict");

    const sockets = [];
    for (const [n, socket] of opened.entries()) {
      socket.expectFrom(resume);
      const id = socket.post("hello", { resume });
      await eventually("a reply or a close", () => socket.closed ?? socket.lines.find(({ re }) => re === id));
      if (socket.closed) assert.ok(socket.closed.code >= 4000 && socket.closed.code < 4500, JSON.stringify(socket.closed));
      sockets.push(socket.closed ? await [ada, ben][n].connect({ channels: [channel], resume }) : socket);
    }
    for (const socket of sockets) {
      assert.equal((await socket.sync(channel)).recovered, true);
      assert.deepEqual(socket.messages(channel).map(({ text }) => text), ["missed"]);
    }
    const { seq: live } = await sockets[0].send(channel, "live");
    for (const socket of sockets) {
      await socket.reaches(channel, live);
      socket.assertWhole();
      await socket.close();
    }
  });

  test("with_its_sockets_closed_lets_everybody_connect_again", async (t) => {
    const server = await startServerFor(t);
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await Connection.open(server, { token: ada.token });
    assert.ok((await server.evict("Gateway", { webSockets: "close" })) > 0, "Gateway objects were there to evict");
    const { code } = await socket.untilClosed();
    assert.ok(code < 4500, `${code} allows to come back`);
    const again = await ada.connect({ channels: [channel] });
    await again.send(channel, "back");
    await again.close();
  });
});

describe("a panic, which makes every object of both tiers forget while its sockets stay open", () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  test("promises_1_2_3_4_while_messages_fly_lose_and_double_nothing", async (t) => {
    const room = await createFollowedRoom(t, server, 3);
    const talking = talk(room, 60, "flying");
    for (let round = 0; round < 3; round++) {
      const reached = Math.min(room.followers[0].acked.size + 10, 60);
      await room.followers[0].until(`${reached} acks`, () => room.followers[0].acked.size >= reached);
      await server.panic();
    }
    await talking;
    await assertNothingLostOrDoubled(room);
    for (const follower of room.followers) assert.ok(follower.reconnects > 0, "a gateway that forgot sends its browsers away");
  });

  test("promise_5_does_not_bring_a_removed_user_back", async (t) => {
    const { people: [ada, ben, cy], channel } = await createRoom(server, 3);
    const removed = await Follower.start(t, ben, [channel]);
    const witness = await Follower.start(t, cy, [channel]);
    expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
    await server.panic();
    const { seq } = await ada.say(channel, "without ben");
    await witness.reaches(channel, seq);
    assert.ok(!removed.log(channel).some(({ text }) => text === "without ben"));
    witness.assertWhole();
  });
});

describe("SIGKILL of workerd and a restart on the same folder", () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  test("promises_1_2_3_4_under_load_keep_every_acknowledged_message_once_in_one_order", { timeout: 180_000 }, async (t) => {
    const room = await createFollowedRoom(t, server, 4);
    for (let kill = 0; kill < 3; kill++) {
      const enough = room.followers[0].acked.size + 20;
      const talking = talk(room, 60, `around kill ${kill}`);
      await room.followers[0].until(`${enough} acks`, () => room.followers[0].acked.size >= enough);
      const ackedBefore = room.followers.map((follower) => new Map(follower.acked));
      await server.kill();
      await server.start();
      // What was acknowledged before the kill is there before any client could have sent it again.
      const stored = new Map((await room.people[0].wholeHistory(room.channel)).map((found) => [found.seq, found]));
      for (const acked of ackedBefore) {
        for (const { seq, at } of acked.values()) assert.equal(stored.get(seq)?.at, at, `seq ${seq} survived`);
      }
      await talking;
    }
    for (const follower of room.followers) assert.ok(follower.reconnects >= 3);
    await assertNothingLostOrDoubled(room);
  });

  test("leaves_accounts_channels_memberships_and_client_message_ids_as_they_were", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2, { kind: "private" });
    const body = message("before the kill");
    const first = expect(await ada.post(`/channels/${channel}/messages`, body), 201);
    const before = (await ben.boot()).channels.find(({ id }) => id === channel);
    await server.kill();
    await server.start();
    const afterwards = (await ben.boot()).channels.find(({ id }) => id === channel);
    assert.deepEqual([afterwards.name, afterwards.kind, afterwards.epoch], [before.name, before.kind, before.epoch]);
    assert.deepEqual(expect(await ada.post(`/channels/${channel}/messages`, body), 200), first);
    const { seq } = await ben.say(channel, "after the kill");
    assert.equal(seq, first.seq + 1);
  });

  test("promise_1_a_message_acknowledged_right_before_the_kill_is_there", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const { seq } = await socket.send(channel, "last words");
    await server.kill();
    await socket.untilClosed();
    await server.start();
    assert.deepEqual((await ada.wholeHistory(channel)).map(({ seq, text }) => [seq, text]), [[seq, "last words"]]);
  });

  test("promise_5_a_removed_user_who_resumes_after_the_kill_gets_nothing_more", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2, { kind: "private" });
    const socket = await ben.connect({ channels: [channel, ben.user] });
    const resume = socket.resumePoint(channel);
    expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
    await socket.event("left", { channel: ben.user, subject: channel });
    await ada.say(channel, "without ben");
    await server.kill();
    await server.start();
    const again = await ben.connect({ channels: [ben.user, ben.workspace], resume });
    await ada.say(channel, "still without ben");
    await again.ping();
    assert.deepEqual(again.logged(channel), []);
    expectRefused(await ben.get(`/channels/${channel}/messages?after=0`), "not_found");
    await again.close();
  });

  test("leaves_the_signed_out_signed_out", async () => {
    const { people: [ada, ben] } = await createRoom(server, 2);
    assert.equal((await ben.post("/sign-out", {})).status, 204);
    await server.kill();
    await server.start();
    await ada.boot();
    expectRefused(await ben.get("/boot"), "not_authenticated");
  });
});
