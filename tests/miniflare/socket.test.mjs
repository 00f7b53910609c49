// Both kinds of sockets: hello, sync marks, frames, commands and events.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  Connection,
  accept,
  assertGapFree,
  call,
  createPeople,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  idOf,
  invite,
  message,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const texts = (events) => events.map(({ text }) => text);

describe("hello", () => {
  test("is_answered_with_who_and_where_one_is", async () => {
    const ada = await createWorkspace(server);
    const socket = await ada.connect();
    const { connection, user, workspace, region, gateway, heartbeat_ms, server_ms } = socket.hello;
    assert.equal(idOf(user), ada.user);
    assert.equal(idOf(workspace), ada.workspace);
    for (const value of [connection, region, gateway]) assert.ok(typeof value === "string" && value !== "", String(value));
    assert.ok(heartbeat_ms > 0);
    assert.ok(Math.abs(server_ms - Date.now()) < 60_000);
    assert.equal(socket.protocol, "heliograph.v1");
    await socket.close();
  });

  test("has_to_come_first_or_the_connection_is_closed_with_4501", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    for (const line of [
      JSON.stringify({ id: 1, op: "send", channel, ...message("too early") }),
      JSON.stringify({ id: 1, op: "history", channel, after: 0 }),
      JSON.stringify({ id: 1, op: "frobnicate" }),
    ]) {
      const socket = await Connection.open(server, { token: ada.token });
      socket.sendFrame(line);
      assert.equal((await socket.untilClosed()).code, 4501);
    }
    assert.deepEqual(await ada.wholeHistory(channel), []);
  });

  test("subscribes_to_every_channel_the_user_and_the_workspace_each_with_a_sync_mark", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channels = [
      await ada.createChannel({ kind: "public" }),
      await ada.createChannel({ kind: "private" }),
      expect(await ada.post("/directs", { users: [ben.user] }), 201).channel.id,
    ];
    const { epoch, seq } = await ada.say(channels[0], "before hello");
    for (const channel of channels) await untilInBoot(ada, channel);
    const socket = await ada.connect({ channels: [...channels, ada.user, ada.workspace] });
    const marks = socket.lines.filter(({ sync }) => sync);
    for (const mark of marks) {
      assert.equal(mark.recovered, false, "without resume a channel starts at head");
      assert.ok(typeof mark.epoch === "string" && Number.isInteger(mark.seq));
    }
    const expected = new Set([...(await ada.boot()).channels.map(({ id }) => id), ada.user, ada.workspace]);
    assert.deepEqual(new Set(marks.map(({ sync }) => sync)), expected);
    const head = marks.find(({ sync }) => sync === channels[0]);
    assert.deepEqual([head.epoch, head.seq], [epoch, seq]);
    await socket.ping();
    assert.deepEqual(socket.logged(channels[0]), [], "what came before hello is not sent");
    await socket.close();
  });

  test("leads_to_a_socket_by_the_url_that_boot_gives", async () => {
    const ada = await createWorkspace(server);
    const { socket: { url } } = await ada.boot();
    const absolute = new URL(url, server.origin.replace("http", "ws")).href.replace(/^http/, "ws");
    const socket = await Connection.open(server, { token: ada.token, path: absolute });
    assert.equal(idOf((await socket.ok("hello")).user), ada.user);
    await socket.close();
  });

  test("boots_epoch_and_seq_are_a_resume_point", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    await ada.say(channel, "before boot");
    const { epoch, seq } = await eventually("boot is up to date", async () => {
      const entry = await untilInBoot(ada, channel);
      return entry.seq === (await ada.wholeHistory(channel)).at(-1).seq && entry;
    });
    await ada.say(channel, "after boot");
    const socket = await ada.connect({ channels: [channel], resume: { [channel]: { epoch, seq } } });
    assert.deepEqual(texts(socket.messages(channel)), ["after boot"]);
    assert.equal((await socket.sync(channel)).recovered, true);
    await socket.close();
  });

  test("on_a_plain_GET_is_no_socket", async () => {
    const ada = await createWorkspace(server);
    const answer = await ada.get("/socket");
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  });
});

describe("send", () => {
  test("is_acknowledged_and_seen_by_every_member_as_the_same_event", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const [from, to] = [await ada.connect({ channels: [channel] }), await ben.connect({ channels: [channel] })];
    const body = message("Hello");
    const ack = await from.ok("send", { channel, ...body });
    assert.equal(ack.duplicate, false);
    assert.equal(typeof ack.epoch, "string");
    const [own, theirs] = await Promise.all([from, to].map((socket) => socket.event("message", { channel, seq: ack.seq })));
    assert.deepEqual(own, theirs);
    const { event, user, text, client_message_id, at, mentions } = theirs;
    assert.deepEqual(
      { event, user, text, client_message_id, at, mentions },
      { event: "message", user: ada.user, text: "Hello", client_message_id: body.client_message_id, at: ack.at, mentions: [] },
    );
    await Promise.all([from.close(), to.close()]);
  });

  test("over_HTTP_is_seen_on_sockets_too", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const socket = await ben.connect({ channels: [channel] });
    const { seq, at } = await ada.say(channel, "by post");
    const event = await socket.event("message", { channel, seq });
    assert.deepEqual([event.user, event.text, event.at], [ada.user, "by post", at]);
    await socket.close();
  });

  test("promise_1_what_is_acknowledged_is_in_the_history_at_once", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const socket = await ada.connect({ channels: [channel] });
    for (let n = 0; n < 10; n++) {
      const { seq } = await socket.send(channel, `${n}`);
      assert.equal((await ben.history(channel, { after: seq - 1, limit: 1 })).messages[0].text, `${n}`);
    }
    await socket.close();
  });

  test("promise_2_everybody_sees_one_gap_free_order_whoever_sends_and_by_whichever_way", async () => {
    const { people, channel } = await createRoom(server, 4);
    const sockets = await Promise.all(people.map((person) => person.connect({ channels: [channel] })));
    const direct = await people[3].connectDirectly(channel);
    const acks = await Promise.all([
      ...sockets.flatMap((socket, who) => Array.from({ length: 25 }, (_, n) => socket.send(channel, `${who}:${n}`))),
      ...Array.from({ length: 25 }, (_, n) => direct.send(channel, `direct:${n}`)),
      ...Array.from({ length: 25 }, (_, n) => people[2].say(channel, `http:${n}`)),
    ]);
    const head = Math.max(...acks.map(({ seq }) => seq));
    const logs = await Promise.all([...sockets, direct].map(async (socket) => {
      await socket.reaches(channel, head);
      socket.assertWhole();
      return socket.logged(channel);
    }));
    assert.equal(logs[0].length, 150);
    assertGapFree(logs[0]);
    for (const log of logs.slice(1)) assert.deepEqual(log, logs[0]);
    assert.deepEqual(texts(await people[0].wholeHistory(channel)), texts(logs[0]));
    await Promise.all([...sockets, direct].map((socket) => socket.close()));
  });

  test("what_one_connection_sends_to_one_channel_is_taken_in_the_order_sent", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const acks = await Promise.all(Array.from({ length: 100 }, (_, n) => socket.send(channel, `${n}`)));
    assertGapFree(acks);
    assert.deepEqual(texts(await ada.wholeHistory(channel)), Array.from({ length: 100 }, (_, n) => `${n}`));
    await socket.close();
  });

  test("to_a_public_channel_one_has_not_joined_is_not_a_member", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    const socket = await ben.connect();
    await socket.refused("send", { channel, ...message("hi") }, "not_a_member");
    await socket.close();
  });
});

describe("promise_3_a_message_is_stored_once", () => {
  test("when_it_comes_by_socket_twice", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const body = message("once");
    const first = await socket.ok("send", { channel, ...body });
    const second = await socket.ok("send", { channel, ...body });
    assert.deepEqual(second, { ...first, duplicate: true });
    const { seq } = await socket.send(channel, "after");
    assert.equal(seq, first.seq + 1);
    await socket.reaches(channel, seq);
    assert.deepEqual(texts(socket.messages(channel)), ["once", "after"]);
    await socket.close();
  });

  test("when_it_comes_by_HTTP_by_gateway_and_by_direct_socket", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const direct = await ada.connectDirectly(channel);
    const [byHttp, bySocket, byDirect] = [message("http first"), message("socket first"), message("direct first")];

    const http = expect(await ada.post(`/channels/${channel}/messages`, byHttp), 201);
    for (const other of [socket, direct]) {
      const ok = await other.ok("send", { channel, ...byHttp });
      assert.deepEqual(ok, { seq: http.seq, at: http.at, epoch: http.epoch, duplicate: true });
    }
    const viaSocket = await socket.ok("send", { channel, ...bySocket });
    assert.equal(expect(await ada.post(`/channels/${channel}/messages`, bySocket), 200).seq, viaSocket.seq);
    assert.equal((await direct.ok("send", { channel, ...bySocket })).seq, viaSocket.seq);
    const viaDirect = await direct.ok("send", { channel, ...byDirect });
    assert.equal(expect(await ada.post(`/channels/${channel}/messages`, byDirect), 200).seq, viaDirect.seq);
    assert.equal((await socket.ok("send", { channel, ...byDirect })).seq, viaDirect.seq);

    assert.deepEqual(texts(await ada.wholeHistory(channel)), ["http first", "socket first", "direct first"]);
    await Promise.all([socket.close(), direct.close()]);
  });

  test("and_with_another_body_it_is_a_conflict_on_every_way", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const direct = await ada.connectDirectly(channel);
    const body = message("original");
    await socket.ok("send", { channel, ...body });
    await socket.refused("send", { channel, ...body, text: "other" }, "conflict");
    await direct.refused("send", { channel, ...body, text: "other" }, "conflict");
    expectRefused(await ada.post(`/channels/${channel}/messages`, { ...body, text: "other" }), "conflict");
    assert.deepEqual(texts(await ada.wholeHistory(channel)), ["original"]);
    await Promise.all([socket.close(), direct.close()]);
  });
});

describe("frames", () => {
  test("hold_several_commands_a_line_each_and_empty_lines_are_ignored", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const commands = ["a", "b", "c"].map((text) => socket.number("send", { channel, ...message(text) }));
    socket.sendFrame(`\n${commands.map(({ line }) => line).join("\n\n")}\n\n`);
    const replies = await Promise.all(commands.map(({ id }) => socket.reply(id)));
    assertGapFree(replies.map(({ ok }) => ok));
    assert.deepEqual(texts(await ada.wholeHistory(channel)), ["a", "b", "c"]);
    assert.equal(socket.lines.filter(({ re }) => re === 0).length, 0);
    await socket.close();
  });

  test("with_a_bad_line_between_good_ones_lose_only_the_bad_one", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const socket = await ada.connect({ channels: [channel] });
    const first = socket.number("send", { channel, ...message("first") });
    const second = socket.number("send", { channel, ...message("second") });
    socket.sendFrame(`${first.line}\nnot json\n${second.line}`);
    const [bad, ...good] = await Promise.all([0, first.id, second.id].map((id) => socket.reply(id)));
    assert.equal(bad.error.code, "invalid_frame");
    assertGapFree(good.map(({ ok }) => ok));
    await socket.close();
  });

  test("ping_is_answered_by_pong_before_and_after_hello_and_on_direct_sockets", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const silent = await Connection.open(server, { token: ada.token });
    await silent.ping();
    const gateway = await ada.connect();
    await gateway.ping();
    const direct = await ada.connectDirectly(channel);
    await direct.ping();
    await Promise.all([silent.close(), gateway.close(), direct.close()]);
  });
});

describe("commands", () => {
  test("history_answers_as_the_HTTP_call", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    for (let n = 0; n < 5; n++) await ada.say(channel, `${n}`);
    const head = (await ada.wholeHistory(channel)).at(-1).seq;
    const socket = await ada.connect();
    const direct = await ada.connectDirectly(channel);
    for (const query of [
      { after: 0, limit: 2 },
      { before: head, limit: 2 },
      { around: head - 2, limit: 3 },
      { after: head },
      { after: 0, limit: 200 },
    ]) {
      const expected = await ada.history(channel, query);
      assert.deepEqual(await socket.ok("history", { channel, ...query }), expected);
      assert.deepEqual(await direct.ok("history", { channel, ...query }), expected);
    }
    await Promise.all([socket.close(), direct.close()]);
  });

  test("history_of_a_public_channel_is_open_to_the_workspace", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    await ada.say(channel, "open");
    const socket = await ben.connect();
    assert.deepEqual(texts((await socket.ok("history", { channel, after: 0 })).messages), ["open"]);
    await socket.close();
  });

  test("read_moves_the_marker_forward_only_and_tells_all_of_the_users_devices", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const [first, second, third] = [await ada.say(channel, "1"), await ada.say(channel, "2"), await ada.say(channel, "3")];
    const [phone, laptop] = [await ben.connect({ channels: [ben.user] }), await ben.connect({ channels: [ben.user] })];
    assert.deepEqual(await phone.ok("read", { channel, seq: second.seq }), {});
    const wanted = { channel: ben.user, subject: channel, last_read_seq: second.seq };
    const [here, there] = await Promise.all([phone, laptop].map((socket) => socket.event("read", wanted)));
    assert.deepEqual(here, there);
    assert.deepEqual([here.unread, here.mentions], [1, 0]);
    assert.deepEqual(await laptop.ok("read", { channel, seq: first.seq }), {});
    const entry = await untilInBoot(ben, channel);
    assert.deepEqual([entry.last_read_seq, entry.unread], [second.seq, 1], "never backward");
    await laptop.ok("read", { channel, seq: third.seq });
    await phone.event("read", { channel: ben.user, last_read_seq: third.seq, unread: 0 });
    assert.equal(phone.lines.filter(({ event, last_read_seq }) => event === "read" && last_read_seq === first.seq).length, 0);
    await Promise.all([phone.close(), laptop.close()]);
  });

  test("typing_is_told_to_the_others_has_no_reply_no_seq_and_is_not_stored", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const [from, to] = [await ada.connect({ channels: [channel] }), await ben.connect({ channels: [channel] })];
    const direct = await ben.connectDirectly(channel);
    const typingId = from.post("typing", { channel });
    for (const socket of [to, direct]) {
      const event = await socket.event("typing", { channel, user: ada.user });
      assert.equal("seq" in event, false);
    }
    const { seq } = await from.send(channel, "done typing");
    await to.reaches(channel, seq);
    assert.equal(from.lines.filter(({ re }) => re === typingId).length, 0);
    assert.deepEqual(texts(to.logged(channel)), ["done typing"]);
    const later = await ben.connect({ channels: [channel], resume: { [channel]: { ...to.resumePoint(channel)[channel], seq: seq - 1 } } });
    assert.deepEqual(later.lines.filter(({ event, channel: of }) => event && of === channel).map(({ event }) => event), ["message"]);
    await Promise.all([from, to, direct, later].map((socket) => socket.close()));
  });

  test("typing_over_a_direct_socket_reaches_gateways", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const [direct, gateway] = [await ada.connectDirectly(channel), await ben.connect({ channels: [channel] })];
    direct.post("typing", { channel });
    await gateway.event("typing", { channel, user: ada.user });
    await Promise.all([direct.close(), gateway.close()]);
  });

  test("of_an_unknown_name_are_unknown_op_and_the_connection_goes_on", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    for (const socket of [await ada.connect(), await ada.connectDirectly(channel)]) {
      await socket.refused("frobnicate", {}, "unknown_op");
      await socket.refused("", {}, "unknown_op", "invalid_frame");
      await socket.send(channel, "still here");
      await socket.close();
    }
  });
});

describe("the direct socket of a channel", () => {
  test("starts_at_head_with_a_sync_mark_and_takes_send_without_hello", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const { epoch, seq } = await ada.say(channel, "before");
    const direct = await ben.connectDirectly(channel);
    const mark = await direct.sync(channel);
    assert.deepEqual([mark.epoch, mark.seq, mark.recovered], [epoch, seq, false]);
    assert.equal(direct.protocol, "heliograph.v1");
    const gateway = await ada.connect({ channels: [channel] });
    const ack = await direct.send(channel, "straight");
    assert.deepEqual(await gateway.event("message", { channel, seq: ack.seq }), await direct.event("message", { channel, seq: ack.seq }));
    assert.deepEqual(new Set(direct.lines.map((line) => line.sync ?? line.channel).filter(Boolean)), new Set([channel]));
    await Promise.all([direct.close(), gateway.close()]);
  });

  test("promise_4_starts_with_exactly_the_missed_events_from_since_and_epoch", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const { epoch, seq } = await ada.say(channel, "seen");
    for (let n = 0; n < 5; n++) await ada.say(channel, `missed ${n}`);
    const direct = await ben.connectDirectly(channel, { epoch, since: seq });
    const mark = await direct.sync(channel);
    assert.deepEqual([mark.recovered, mark.seq], [true, seq + 5]);
    assert.deepEqual(direct.lines.slice(0, direct.lines.indexOf(mark)).map((event) => event.text), [0, 1, 2, 3, 4].map((n) => `missed ${n}`));
    direct.assertWhole();
    await direct.close();
  });

  test("promise_4_with_another_epoch_gives_nothing_and_says_not_recovered", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const { epoch, seq } = await ada.say(channel, "seen");
    const direct = await ada.connectDirectly(channel, { epoch: `${epoch}x`, since: seq - 1 });
    const mark = await direct.sync(channel);
    assert.deepEqual([mark.recovered, mark.seq], [false, seq]);
    await direct.ping();
    assert.deepEqual(direct.logged(channel), []);
    await direct.close();
  });

  test("serves_its_own_channel_only", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const other = await ada.createChannel();
    const direct = await ada.connectDirectly(channel);
    const id = direct.post("send", { channel: other, ...message("astray") });
    assert.ok((await direct.reply(id)).error, "a send to another channel is refused");
    assert.deepEqual(await ada.wholeHistory(other), []);
    await direct.close();
  });
});

describe("a workspace", () => {
  test("hears_of_nothing_in_another_one", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const stranger = await createWorkspace(server);
    const socket = await stranger.connect({ channels: [stranger.user, stranger.workspace] });
    await ada.say(channel, "ours");
    await accept(server, await invite(ada), "Ben");
    await ada.createChannel();
    await socket.send(await stranger.createChannel(), "barrier");
    for (const id of [ada.workspace, ada.user, channel]) assert.ok(!JSON.stringify(socket.lines).includes(id));
    assert.equal((await call(server, "GET", "/boot", { token: stranger.token })).body.workspace.id, stranger.workspace);
    await socket.close();
  });
});
