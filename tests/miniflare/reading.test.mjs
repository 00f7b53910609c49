// Read markers: what is unread, on every device.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRoom, eventually, expect, untilInBoot } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Ada who writes and Ben who reads on two devices. */
async function createScene(t, { kind = "public" } = {}) {
  const { people: [ada, ben], channel } = await createRoom(server, 2, { kind });
  const a = await ada.connect({ channels: [channel] });
  const b = await ben.connect({ channels: [channel, ben.user] });
  const phone = await ben.connect({ channels: [channel, ben.user], path: "/socket?region=enam" });
  const sockets = [a, b, phone];
  t.after(async () => {
    for (const socket of sockets) {
      socket.assertWhole();
      await socket.close();
    }
  });
  const said = [];
  for (let n = 0; n < 4; n++) said.push((await a.send(channel, `${n}`)).seq);
  return { ada, ben, a, b, phone, channel, said };
}

async function untilBoot(person, channel, wanted) {
  let found;
  return eventually(`${JSON.stringify(wanted)}`, async () => {
    const { last_read_seq, unread, mentions } = await untilInBoot(person, channel);
    found = { last_read_seq, unread, mentions };
    return Object.entries(wanted).every(([key, value]) => found[key] === value);
  }).catch((error) => assert.fail(`${error.message}, but ${JSON.stringify(found)}`));
}

/** The `read` event that a marker at `last_read_seq` made, from index `from` on. */
const readEvent = (socket, ben, channel, last_read_seq, from = 0) =>
  socket.event("read", { channel: ben.user, subject: channel, last_read_seq }, { from });

describe("read", () => {
  test("is_told_to_every_device_with_what_is_left_and_what_was_counted", async (t) => {
    const { ben, a, b, phone, channel, said } = await createScene(t);
    await a.send(channel, `<@${ben.user}>`);
    const head = (await a.send(channel, "<!here>")).seq;
    assert.deepEqual(await b.ok("read", { channel, seq: said[2] }), {});
    for (const socket of [b, phone]) {
      const { event, channel: log, seq, at, user, ...fields } = await readEvent(socket, ben, channel, said[2]);
      assert.equal(user, ben.user);
      assert.ok(Number.isInteger(seq) && Number.isInteger(at));
      assert.deepEqual(fields, { subject: channel, last_read_seq: said[2], unread: 3, mentions: 2, counted_seq: head });
    }
    await untilBoot(ben, channel, { last_read_seq: said[2], unread: 3, mentions: 2 });
  });

  test("goes_only_forward", async (t) => {
    const { ben, b, phone, channel, said } = await createScene(t);
    await b.ok("read", { channel, seq: said[2] });
    await phone.ok("read", { channel, seq: said[0] });
    await phone.ok("read", { channel, seq: said[2] });
    await phone.ok("read", { channel, seq: said[3] });
    for (const socket of [b, phone]) {
      await readEvent(socket, ben, channel, said[3]);
      const markers = socket.logged(ben.user).filter(({ event }) => event === "read").map(({ last_read_seq }) => last_read_seq);
      assert.deepEqual(markers, [said[2], said[3]]);
    }
    await untilBoot(ben, channel, { last_read_seq: said[3], unread: 0, mentions: 0 });
  });

  test("wants_a_seq_of_the_channel_and_a_member", async (t) => {
    const { ada, ben, a, b, channel, said } = await createScene(t);
    for (const op of ["read", "mark_unread"]) {
      for (const fields of [{ channel }, { seq: 1 }, { channel, seq: 0 }, { channel, seq: -1 }, { channel, seq: "1" }, { channel, seq: 1.5 }, { channel, seq: null }]) {
        await b.refused(op, fields, "invalid_frame");
      }
      for (const seq of [said[3] + 1, 2 ** 32 + 1, 2 ** 53 - 1]) await b.refused(op, { channel, seq }, "invalid_frame");
      await b.refused(op, { channel: "C0000000000000000000000000", seq: 1 }, "not_found");
      const elsewhere = await ada.createChannel();
      await b.refused(op, { channel: elsewhere, seq: 1 }, "not_a_member");
      const hidden = await ada.createChannel({ kind: "private" });
      await b.refused(op, { channel: hidden, seq: 1 }, "not_found");
    }
    const direct = await ben.connectDirectly(channel);
    for (const op of ["read", "mark_unread"]) await direct.refused(op, { channel, seq: said[0] }, "unknown_op");
    await direct.close();
    // In an archived channel one still reads.
    expect(await ada.call("PATCH", `/channels/${channel}`, { body: { archived: true } }), 200);
    await b.ok("read", { channel, seq: said[3] });
    await b.ok("mark_unread", { channel, seq: said[1] });
    await untilBoot(ben, channel, { last_read_seq: said[1] - 1, unread: 3 });
    await a.ok("read", { channel, seq: said[0] });
  });
});

describe("mark_unread", () => {
  test("puts_the_marker_right_before_the_message_on_every_device", async (t) => {
    const { ben, b, phone, channel, said } = await createScene(t);
    await b.ok("read", { channel, seq: said[3] });
    await readEvent(phone, ben, channel, said[3]);
    assert.deepEqual(await phone.ok("mark_unread", { channel, seq: said[1] }), {});
    for (const socket of [b, phone]) {
      const { unread, mentions, counted_seq } = await readEvent(socket, ben, channel, said[1] - 1);
      assert.deepEqual([unread, mentions, counted_seq], [3, 0, said[3]]);
    }
    await untilBoot(ben, channel, { last_read_seq: said[1] - 1, unread: 3 });
    const from = b.lines.length;
    await b.ok("read", { channel, seq: said[2] });
    await readEvent(b, ben, channel, said[2], from);
    await untilBoot(ben, channel, { last_read_seq: said[2], unread: 1 });
  });

  test("of_the_first_event_makes_everything_of_others_unread", async (t) => {
    const { ben, b, channel, said } = await createScene(t);
    await b.send(channel, "my own");
    await b.ok("mark_unread", { channel, seq: 1 });
    await readEvent(b, ben, channel, 0);
    await untilBoot(ben, channel, { last_read_seq: 0, unread: said.length });
  });

  test("counts_mentions_from_before_one_joined_as_those_that_name_the_user", async (t) => {
    const { ada, ben, a, b, channel } = await createScene(t);
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    await b.event("left", { subject: channel });
    const named = await a.send(channel, `<@${ben.user}>, come back`);
    const edited = await a.send(channel, "plain");
    await a.ok("edit", { channel, seq: edited.seq, text: `<@${ben.user}>!` });
    await ben.joinChannel(channel);
    await untilBoot(ben, channel, { unread: 0, mentions: 0 });
    await b.ok("mark_unread", { channel, seq: named.seq });
    await untilBoot(ben, channel, { last_read_seq: named.seq - 1, unread: 2, mentions: 2 });
    await a.ok("delete", { channel, seq: named.seq });
    await untilBoot(ben, channel, { unread: 1, mentions: 1 });
    await a.ok("edit", { channel, seq: edited.seq, text: "plain again" });
    await untilBoot(ben, channel, { unread: 1, mentions: 0 });
    assert.equal((await untilInBoot(ada, channel)).unread, 0);
  });
});

describe("what is unread", () => {
  test("begins_where_one_joined_and_counts_neither_ones_own_nor_what_is_deleted", async (t) => {
    const { ada, ben, a, b, channel, said } = await createScene(t);
    await untilBoot(ada, channel, { unread: 0 });
    await untilBoot(ben, channel, { unread: 4, mentions: 0 });
    await b.send(channel, `<@${ben.user}> <!channel>, my own`);
    await untilBoot(ben, channel, { unread: 4, mentions: 0 });
    await untilBoot(ada, channel, { unread: 1, mentions: 1 });
    await a.ok("delete", { channel, seq: said[1] });
    await untilBoot(ben, channel, { unread: 3 });
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    await b.event("left", { subject: channel });
    await a.send(channel, "meanwhile");
    await ben.joinChannel(channel);
    const entry = await untilBoot(ben, channel, { unread: 0, mentions: 0 }) && (await untilInBoot(ben, channel));
    assert.equal(entry.last_read_seq, entry.seq);
  });

  test("counts_whom_a_message_names_now_everybody_with_here_and_channel_and_nobody_in_code", async (t) => {
    const { ben, a, channel, b, said } = await createScene(t);
    await b.ok("read", { channel, seq: said[3] });
    const { seq } = await a.send(channel, `<@${ben.user}> <!here>`);
    assert.equal((await b.event("message", { channel, seq })).everyone, true);
    await untilBoot(ben, channel, { unread: 1, mentions: 1 });
    for (const [text, mentions] of [
      [`\`<@${ben.user}>\` and \`<!channel>\``, 0],
      ["<!channel>", 1],
      ["```\n<!here>\n```", 0],
      [`**<@${ben.user}>**`, 1],
      [`<@${ben.user} and <@U>`, 0],
    ]) {
      await a.ok("edit", { channel, seq, text });
      await untilBoot(ben, channel, { unread: 1, mentions });
    }
  });

  test("is_counted_in_directs_too", async (t) => {
    const { ada, ben, a, b } = await createScene(t);
    const { channel: { id } } = expect(await ada.post("/directs", { users: [ben.user] }), 201);
    await untilInBoot(ben, id);
    const first = await a.send(id, "psst");
    await a.send(id, `<@${ben.user}>`);
    await untilBoot(ben, id, { unread: 2, mentions: 1 });
    await b.ok("read", { channel: id, seq: first.seq });
    await untilBoot(ben, id, { unread: 1, mentions: 1 });
    await b.ok("mark_unread", { channel: id, seq: first.seq });
    await untilBoot(ben, id, { unread: 2, mentions: 1 });
  });
});
