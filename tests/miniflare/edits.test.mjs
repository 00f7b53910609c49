// Messages that are edited and deleted: by whom, what everybody is told, and what is left.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  MAX_TEXT_BYTES,
  createPeople,
  createRoom,
  eventually,
  expect,
  expectRefused,
  message,
  uniqueName,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const archive = async (person, channel, archived = true) =>
  expect(await person.call("PATCH", `/channels/${channel}`, { body: { archived } }), 200);
const remove = async (person, channel, other) =>
  expect(await person.call("DELETE", `/channels/${channel}/members/${other.user}`), 204);

/** The message `seq` as each way of reading gives it; asserts that they agree. */
async function messageAsRead(person, socket, direct, channel, seq) {
  const query = { around: seq, limit: 1 };
  const pages = [
    await person.history(channel, query),
    await socket.ok("history", { channel, ...query }),
    await direct.ok("history", { channel, ...query }),
  ];
  const found = pages.map(({ messages }) => messages.find((message) => message.seq === seq));
  assert.deepEqual(found[1], found[0]);
  assert.deepEqual(found[2], found[0]);
  return found[0];
}

/** Ada, who owns the channel, Ben and Cy in it, with a gateway socket each; Cy also sits at the channel server itself. */
async function createScene(t, { kind = "public" } = {}) {
  const { people: [ada, ben, cy], channel } = await createRoom(server, 3, { kind });
  const [a, b, c] = await Promise.all([ada, ben, cy].map((person) => person.connect({ channels: [channel, person.user] })));
  const direct = await cy.connectDirectly(channel);
  const sockets = [a, b, c, direct];
  t.after(async () => {
    for (const socket of sockets) {
      socket.assertWhole();
      if (!socket.closed) await socket.close();
    }
  });
  return { ada, ben, cy, a, b, c, direct, channel, sockets };
}

const rest = ({ event, channel, seq, at, user, ...more }) => more;

describe("edit", () => {
  test("gives_the_seq_of_an_event_that_everybody_gets_and_history_the_new_text", async (t) => {
    const { ben, cy, a, b, c, direct, channel, sockets } = await createScene(t);
    const { seq } = await b.send(channel, "frist");
    const ok = await b.ok("edit", { channel, seq, text: "first" });
    assert.deepEqual(ok, { seq: seq + 1, duplicate: false });
    for (const socket of sockets) {
      const event = await socket.event("message_edited", { channel, seq: ok.seq });
      assert.equal(event.user, ben.user);
      assert.equal(typeof event.at, "number");
      assert.deepEqual(rest(event), { target: seq, text: "first", mentions: [] });
    }
    const { at } = await a.event("message_edited", { channel, seq: ok.seq });
    const read = await messageAsRead(cy, c, direct, channel, seq);
    assert.deepEqual([read.text, read.edited_at, read.user], ["first", at, ben.user]);
  });

  test("to_the_text_it_has_is_a_duplicate_with_the_seq_that_made_it_so", async (t) => {
    const { b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "one");
    assert.deepEqual(await b.ok("edit", { channel, seq, text: "one" }), { seq, duplicate: true });
    const two = await b.ok("edit", { channel, seq, text: "two" });
    assert.deepEqual(await b.ok("edit", { channel, seq, text: "two" }), { seq: two.seq, duplicate: true });
    const one = await b.ok("edit", { channel, seq, text: "one" });
    assert.deepEqual(one, { seq: two.seq + 1, duplicate: false });
    const next = await b.send(channel, "next");
    assert.equal(next.seq, one.seq + 1, "a duplicate is no event");
    await b.reaches(channel, next.seq);
    assert.equal(b.logged(channel).filter(({ event }) => event === "message_edited").length, 2);
  });

  test("says_whom_the_message_names_now_and_named_before_and_tells_only_those_who_are_new", async (t) => {
    const { ada, ben, cy, a, b, c, channel } = await createScene(t);
    const { seq } = await b.send(channel, `<@${ada.user}> look`);
    await a.event("mentioned", { channel: ada.user, subject: channel, target: seq });
    const ok = await b.ok("edit", { channel, seq, text: `<@${cy.user}> and <@${ada.user}>, <!here>` });
    const mentioned = await c.event("mentioned", { channel: cy.user, subject: channel, target: seq });
    assert.equal(mentioned.user, ben.user);
    const edited = await c.event("message_edited", { channel, seq: ok.seq });
    assert.deepEqual(edited.mentions, [cy.user, ada.user]);
    assert.equal(edited.everyone, true);
    assert.deepEqual(edited.mentions_before, [ada.user]);
    assert.ok(!edited.everyone_before);
    const nobody = await b.ok("edit", { channel, seq, text: "nobody" });
    const last = await c.event("message_edited", { channel, seq: nobody.seq });
    assert.deepEqual([last.mentions, last.everyone ?? false], [[], false]);
    assert.deepEqual([last.mentions_before, last.everyone_before], [[cy.user, ada.user], true]);
    const { messages: [read] } = await ben.history(channel, { around: seq, limit: 1 });
    assert.deepEqual([read.mentions, read.everyone ?? false], [[], false]);
    await a.reaches(channel, nobody.seq);
    // What Ada's own log got meanwhile has come before this.
    await b.send(channel, `<@${ada.user}> again`);
    await a.until((line) => line.event === "mentioned" && line.target > seq, "the later mention");
    assert.equal(a.logged(ada.user).filter(({ event, target }) => event === "mentioned" && target === seq).length, 1);
  });

  test("names_nobody_in_code", async (t) => {
    const { ada, a, b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "plain");
    const ok = await b.ok("edit", { channel, seq, text: `\`<@${ada.user}>\` and\n\`\`\`\n<!channel>\n\`\`\`` });
    const edited = await a.event("message_edited", { channel, seq: ok.seq });
    assert.deepEqual([edited.mentions, edited.everyone ?? false], [[], false]);
    assert.equal((await untilInBoot(ada, channel)).mentions, 0);
  });

  test("of_a_reply_says_which_thread_and_whether_it_stands_in_the_channel", async (t) => {
    const { a, b, channel } = await createScene(t);
    const root = await a.send(channel, "root");
    const inside = await b.send(channel, "inside", { thread: root.seq });
    const both = await b.send(channel, "both", { thread: root.seq, also_to_channel: true });
    const first = await b.ok("edit", { channel, seq: inside.seq, text: "still inside" });
    const second = await b.ok("edit", { channel, seq: both.seq, text: "still both" });
    const events = [await a.event("message_edited", { seq: first.seq }), await a.event("message_edited", { seq: second.seq })];
    assert.deepEqual(events.map(({ thread, also_to_channel }) => [thread, also_to_channel ?? false]), [
      [root.seq, false],
      [root.seq, true],
    ]);
  });

  test("takes_a_text_like_send_and_nothing_else", async (t) => {
    const { b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "short");
    await b.ok("edit", { channel, seq, text: "x".repeat(MAX_TEXT_BYTES) });
    await b.refused("edit", { channel, seq, text: "x".repeat(MAX_TEXT_BYTES + 1) }, "too_large");
    for (const fields of [
      { channel, seq },
      { channel, seq, text: "" },
      { channel, seq, text: " \n" },
      { channel, seq, text: "a\0b" },
      { channel, seq, text: 7 },
      { channel, seq, text: null },
      { channel, text: "x" },
      { channel, seq: 0, text: "x" },
      { channel, seq: -1, text: "x" },
      { channel, seq: 1.5, text: "x" },
      { channel, seq: "1", text: "x" },
      { seq, text: "x" },
      { channel: "X1", seq, text: "x" },
      { channel: b.hello.user, seq, text: "x" },
    ]) {
      await b.refused("edit", fields, "invalid_frame");
    }
  });

  test("is_for_the_author_alone", async (t) => {
    const { ada, cy, a, b, c, channel } = await createScene(t);
    const { seq } = await b.send(channel, "mine");
    await a.refused("edit", { channel, seq, text: "the owner's" }, "forbidden");
    await c.refused("edit", { channel, seq, text: "anybody's" }, "forbidden");
    const { messages } = await ada.history(channel, { around: seq, limit: 1 });
    assert.deepEqual(messages.map(({ text, edited_at }) => [text, edited_at]), [["mine", undefined]]);
    await remove(ada, channel, cy);
    await c.event("left", { subject: channel });
    await c.refused("edit", { channel, seq, text: "from outside" }, "not_a_member");
  });

  test("of_what_is_no_message_is_not_found", async (t) => {
    const { b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "gone soon");
    const edited = await b.ok("edit", { channel, seq, text: "gone very soon" });
    await b.refused("edit", { channel, seq: edited.seq, text: "an edit" }, "not_found");
    await b.refused("edit", { channel, seq: 1, text: "a member who joined" }, "not_found");
    for (const far of [edited.seq + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + seq, 2 ** 53 - 1]) {
      await b.refused("edit", { channel, seq: far, text: "not there yet" }, "not_found");
    }
    await b.ok("delete", { channel, seq });
    await b.refused("edit", { channel, seq, text: "back again" }, "not_found");
    await b.refused("edit", { channel: "C0000000000000000000000000", seq, text: "nowhere" }, "not_found");
  });

  test("is_not_for_authors_who_are_gone_nor_in_archived_channels", async (t) => {
    const { ada, ben, b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "here");
    await archive(ada, channel);
    await b.refused("edit", { channel, seq, text: "late" }, "archived");
    await b.refused("delete", { channel, seq }, "archived");
    await archive(ada, channel, false);
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    await b.event("left", { subject: channel });
    await b.refused("edit", { channel, seq, text: "from outside" }, "not_a_member");
    await b.refused("delete", { channel, seq }, "not_a_member");
    const hidden = await createScene(t, { kind: "private" });
    const sent = await hidden.b.send(hidden.channel, "here");
    await remove(hidden.ada, hidden.channel, hidden.ben);
    await hidden.b.event("left", { subject: hidden.channel });
    await hidden.b.refused("edit", { channel: hidden.channel, seq: sent.seq, text: "late" }, "not_found");
    await hidden.b.refused("delete", { channel: hidden.channel, seq: sent.seq }, "not_found");
  });

  test("edit_and_delete_are_unknown_to_single_channel_sockets", async (t) => {
    const { c, direct, channel } = await createScene(t);
    const { seq } = await direct.send(channel, "direct");
    await direct.refused("edit", { channel, seq, text: "x" }, "unknown_op");
    await direct.refused("delete", { channel, seq }, "unknown_op");
    assert.deepEqual(await c.ok("edit", { channel, seq, text: "by gateway" }), { seq: seq + 1, duplicate: false });
    await direct.event("message_edited", { channel, seq: seq + 1 });
  });
});

describe("delete", () => {
  test("takes_the_text_away_for_everybody_and_says_so_once", async (t) => {
    const { ada, ben, cy, b, c, direct, channel, sockets } = await createScene(t);
    const { seq, at } = await b.send(channel, `<@${ada.user}> oops`);
    await b.ok("edit", { channel, seq, text: `<@${ada.user}> oops!` });
    await c.ok("react", { channel, seq, emoji: "👀" });
    const ok = await b.ok("delete", { channel, seq });
    assert.deepEqual(ok, { seq: seq + 3, duplicate: false });
    for (const socket of sockets) {
      const event = await socket.event("message_deleted", { channel, seq: ok.seq });
      assert.equal(event.user, ben.user);
      assert.deepEqual(rest(event), { target: seq, mentions_before: [ada.user] });
    }
    const { mentions, reactions, ...read } = await messageAsRead(cy, c, direct, channel, seq);
    assert.deepEqual(read, { seq, at, user: ben.user, deleted: true });
    assert.deepEqual([mentions ?? [], reactions ?? []], [[], []]);
    assert.deepEqual(await b.ok("delete", { channel, seq }), { seq: ok.seq, duplicate: true });
    const next = await b.send(channel, "next");
    assert.equal(next.seq, ok.seq + 1);
  });

  test("by_the_owner_names_the_author_and_twice_is_once_whoever_says_it", async (t) => {
    const { ada, ben, a, b, c, channel } = await createScene(t);
    const { seq } = await b.send(channel, "off topic");
    await c.refused("delete", { channel, seq }, "forbidden");
    const ok = await a.ok("delete", { channel, seq });
    const event = await c.event("message_deleted", { channel, seq: ok.seq });
    assert.deepEqual([event.user, event.subject, event.target], [ada.user, ben.user, seq]);
    assert.deepEqual(await b.ok("delete", { channel, seq }), { seq: ok.seq, duplicate: true });
    assert.deepEqual(await a.ok("delete", { channel, seq }), { seq: ok.seq, duplicate: true });
    await c.refused("delete", { channel, seq }, "forbidden");
  });

  test("of_what_is_no_message_is_not_found_and_wants_a_seq", async (t) => {
    const { a, channel } = await createScene(t);
    const { seq } = await a.send(channel, "x");
    const ok = await a.ok("delete", { channel, seq });
    for (const far of [1, ok.seq, ok.seq + 1, 2 ** 32 + seq, 2 ** 53 - 1]) {
      await a.refused("delete", { channel, seq: far }, "not_found");
    }
    for (const fields of [{ channel }, { seq }, { channel, seq: 0 }, { channel, seq: "1" }, { channel, seq: null }, { channel, seq: [1] }]) {
      await a.refused("delete", fields, "invalid_frame");
    }
  });

  test("leaves_the_text_nowhere_not_in_resumes_of_any_socket_nor_in_any_history", async (t) => {
    const { ada, ben, cy, a, b, c, direct, channel } = await createScene(t);
    const east = await ben.connect({ path: "/socket?region=enam", channels: [channel] });
    const secret = uniqueName("secret");
    const root = await a.send(channel, "root");
    await Promise.all([b, c, direct, east].map((socket) => socket.reaches(channel, root.seq)));
    const resume = c.resumePoint(channel);
    const plain = await b.send(channel, `${secret} 1`);
    await b.ok("edit", { channel, seq: plain.seq, text: `${secret} 2 <@${ada.user}>` });
    await b.ok("edit", { channel, seq: plain.seq, text: `${secret} 3` });
    const reply = await b.send(channel, `${secret} 4`, { thread: root.seq, also_to_channel: true });
    const untouched = await b.send(channel, "stays");
    for (const { seq } of [plain, reply]) await b.ok("delete", { channel, seq });
    const head = (await b.send(channel, "last")).seq;
    await Promise.all([a, c, east].map((socket) => socket.reaches(channel, head)));
    await c.drop();
    const { epoch, seq: since } = resume[channel];

    const again = [
      await cy.connect({ channels: [channel], resume }),
      await ada.connect({ path: "/socket?region=enam", channels: [channel, ada.user], resume: { ...resume, ...a.resumePoint(ada.user) } }),
      await cy.connectDirectly(channel, { epoch, since }),
    ];
    for (const socket of again) {
      assert.equal((await socket.sync(channel)).recovered, true);
      const events = socket.logged(channel);
      assert.equal(events.length, head - since);
      const blanked = events.filter(({ seq, target }) => [plain.seq, reply.seq].includes(seq) || [plain.seq, reply.seq].includes(target));
      assert.deepEqual(
        blanked.map(({ event, deleted }) => [event, deleted ?? false]),
        [["message", true], ["message_edited", true], ["message_edited", true], ["message", true], ["message_deleted", false], ["message_deleted", false]],
      );
      for (const event of blanked) {
        assert.ok(!("text" in event), JSON.stringify(event));
        assert.ok(!("client_message_id" in event), JSON.stringify(event));
      }
      assert.equal(events.find(({ seq }) => seq === untouched.seq).text, "stays");
      assert.ok(!JSON.stringify(socket.lines).includes(secret));
      socket.assertWhole();
    }
    const pages = [
      await ada.history(channel, { after: 0 }),
      await ada.history(channel, { after: 0, thread: root.seq }),
      await again[0].ok("history", { channel, after: 0 }),
      await again[2].ok("history", { channel, after: 0, thread: root.seq }),
      await ada.boot(),
    ];
    assert.ok(!JSON.stringify(pages).includes(secret));
    for (const socket of [...again, east]) await socket.close();
  });

  test("does_not_make_room_for_the_same_client_message_id", async (t) => {
    const { ben, b, channel } = await createScene(t);
    const body = message("once");
    const first = expect(await ben.post(`/channels/${channel}/messages`, body), 201);
    await b.ok("delete", { channel, seq: first.seq });
    assert.deepEqual(expect(await ben.post(`/channels/${channel}/messages`, body), 200), first);
    const { seq, duplicate } = await b.ok("send", { channel, ...body });
    assert.deepEqual([seq, duplicate], [first.seq, true]);
    expectRefused(await ben.post(`/channels/${channel}/messages`, { ...body, text: "other" }), "conflict");
    assert.deepEqual((await ben.wholeHistory(channel)).map(({ seq, deleted }) => [seq, deleted]), [[first.seq, true]]);
  });

  test("makes_unread_and_mentions_fewer", async (t) => {
    const { ada, b, channel } = await createScene(t);
    const first = await b.send(channel, `<@${ada.user}>`);
    const second = await b.send(channel, "<!channel>");
    const counts = async (unread, mentions) =>
      eventually(`${unread} unread, ${mentions} mentions`, async () => {
        const entry = await untilInBoot(ada, channel);
        return entry.unread === unread && entry.mentions === mentions;
      });
    await counts(2, 2);
    await b.ok("delete", { channel, seq: first.seq });
    await counts(1, 1);
    await b.ok("edit", { channel, seq: second.seq, text: "nobody" });
    await counts(1, 0);
    await b.ok("delete", { channel, seq: second.seq });
    await counts(0, 0);
  });
});

describe("what one connection sends", () => {
  test("is_taken_in_order_also_within_one_frame", async (t) => {
    const { b, channel } = await createScene(t);
    const { seq } = await b.send(channel, "0");
    const commands = [
      b.number("edit", { channel, seq, text: "1" }),
      b.number("react", { channel, seq, emoji: "1" }),
      b.number("edit", { channel, seq, text: "2" }),
      b.number("delete", { channel, seq }),
      b.number("edit", { channel, seq, text: "3" }),
      b.number("react", { channel, seq, emoji: "2" }),
    ];
    b.sendFrame(commands.map(({ line }) => line).join("\n"));
    const replies = [];
    for (const { id } of commands) replies.push(await b.reply(id));
    assert.deepEqual(
      replies.map(({ ok, error }) => ok?.seq ?? error.code),
      [seq + 1, seq + 2, seq + 3, seq + 4, "not_found", "not_found"],
    );
  });

  test("is_done_once_when_it_is_repeated_after_a_dropped_connection", async () => {
    const [ben] = await createPeople(server, 1);
    const channel = await ben.createChannel();
    const sent = await ben.say(channel, "a");
    const other = await ben.say(channel, "b");
    const steps = [
      ["edit", { channel, seq: sent.seq, text: "A" }],
      ["react", { channel, seq: sent.seq, emoji: "👍" }],
      ["unreact", { channel, seq: sent.seq, emoji: "👍" }],
      ["delete", { channel, seq: other.seq }],
    ];
    const seqs = [];
    for (const [op, fields] of steps) {
      const lost = await ben.connect({ channels: [channel] });
      lost.post(op, fields);
      await lost.ping();
      await lost.drop();
      const socket = await ben.connect({ channels: [channel] });
      const { seq } = await socket.ok(op, fields);
      seqs.push(seq);
      assert.deepEqual(await socket.ok(op, fields), { seq, duplicate: true });
      await socket.close();
    }
    assert.deepEqual(seqs, [1, 2, 3, 4].map((n) => other.seq + n), "each was stored once");
    const { messages } = await ben.history(channel, { after: 0 });
    assert.deepEqual(messages.map(({ text, deleted }) => [text, deleted ?? false]), [["A", false], [undefined, true]]);
  });
});
