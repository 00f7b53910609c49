// Reactions: one per message, person and emoji.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRoom, createWorkspace, expect, uniqueName } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const MAX_EMOJI_BYTES = 64;
const MAX_EMOJI_PER_MESSAGE = 50;

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const rest = ({ event, channel, seq, at, user, ...more }) => more;

/** A room with so many people, a gateway socket of each, and a message of the first. */
async function createScene(t, count = 3, { kind = "public" } = {}) {
  const { people, channel } = await createRoom(server, count, { kind });
  const sockets = await Promise.all(people.map((person) => person.connect({ channels: [channel, person.user] })));
  t.after(async () => {
    for (const socket of sockets) {
      socket.assertWhole();
      if (!socket.closed) await socket.close();
    }
  });
  const { seq } = await sockets[0].send(channel, "react to me");
  return { people, sockets, channel, seq };
}

/** The reactions to a message as a person sees them. */
async function reactionsFor(person, channel, seq) {
  const { messages: [message] } = await person.history(channel, { around: seq, limit: 1 });
  assert.equal(message.seq, seq);
  return message.reactions ?? [];
}

describe("react and unreact", () => {
  test("give_the_seq_of_an_event_that_every_socket_gets", async (t) => {
    const { people: [ada, ben], sockets, channel, seq } = await createScene(t);
    const direct = await ada.connectDirectly(channel);
    const added = await sockets[1].ok("react", { channel, seq, emoji: "👍" });
    assert.deepEqual(added, { seq: seq + 1, duplicate: false });
    const removed = await sockets[1].ok("unreact", { channel, seq, emoji: "👍" });
    assert.deepEqual(removed, { seq: seq + 2, duplicate: false });
    for (const socket of [...sockets, direct]) {
      const events = [
        await socket.event("reaction_added", { channel, seq: added.seq }),
        await socket.event("reaction_removed", { channel, seq: removed.seq }),
      ];
      for (const event of events) {
        assert.equal(event.user, ben.user);
        assert.deepEqual(rest(event), { target: seq, emoji: "👍" });
      }
    }
    assert.deepEqual(await reactionsFor(ada, channel, seq), []);
    await direct.close();
  });

  test("twice_are_once_with_the_seq_that_made_it_so", async (t) => {
    const { sockets: [a, b], channel, seq } = await createScene(t);
    assert.deepEqual(await b.ok("unreact", { channel, seq, emoji: "👍" }), { seq, duplicate: true }, "never was");
    const first = await b.ok("react", { channel, seq, emoji: "👍" });
    assert.deepEqual(await b.ok("react", { channel, seq, emoji: "👍" }), { seq: first.seq, duplicate: true });
    assert.deepEqual(await a.ok("react", { channel, seq, emoji: "👍" }), { seq: first.seq + 1, duplicate: false });
    const gone = await b.ok("unreact", { channel, seq, emoji: "👍" });
    assert.deepEqual(await b.ok("unreact", { channel, seq, emoji: "👍" }), { seq: gone.seq, duplicate: true });
    const again = await b.ok("react", { channel, seq, emoji: "👍" });
    assert.deepEqual(again, { seq: gone.seq + 1, duplicate: false });
    assert.equal((await a.send(channel, "next")).seq, again.seq + 1, "duplicates are no events");
  });

  test("are_counted_in_history_in_the_order_in_which_emoji_came_with_whose_they_are", async (t) => {
    const { people: [ada, ben, cy], sockets: [a, b, c], channel, seq } = await createScene(t);
    await b.ok("react", { channel, seq, emoji: "🎉" });
    await c.ok("react", { channel, seq, emoji: "👍" });
    await a.ok("react", { channel, seq, emoji: "🎉" });
    await c.ok("react", { channel, seq, emoji: "+1" });
    const expected = (mine) => [
      { emoji: "🎉", count: 2, users: [ben.user, ada.user], mine: mine.includes("🎉") },
      { emoji: "👍", count: 1, users: [cy.user], mine: mine.includes("👍") },
      { emoji: "+1", count: 1, users: [cy.user], mine: mine.includes("+1") },
    ];
    assert.deepEqual(await reactionsFor(ada, channel, seq), expected(["🎉"]));
    assert.deepEqual(await reactionsFor(cy, channel, seq), expected(["👍", "+1"]));
    const direct = await ben.connectDirectly(channel);
    for (const socket of [b, direct]) {
      const { messages: [message] } = await socket.ok("history", { channel, around: seq, limit: 1 });
      assert.deepEqual(message.reactions, expected(["🎉"]));
    }
    await c.ok("unreact", { channel, seq, emoji: "👍" });
    assert.deepEqual(await reactionsFor(ada, channel, seq), expected(["🎉"]).filter(({ emoji }) => emoji !== "👍"));
    await direct.close();
  });

  test("are_told_for_each_message_of_a_page_alone", async (t) => {
    const { people: [ada], sockets: [a, b], channel, seq } = await createScene(t);
    const other = await a.send(channel, "another");
    const reply = await a.send(channel, "reply", { thread: seq });
    await b.ok("react", { channel, seq, emoji: "1" });
    await b.ok("react", { channel, seq: other.seq, emoji: "2" });
    await b.ok("react", { channel, seq: reply.seq, emoji: "3" });
    const emoji = ({ messages }) => messages.map(({ seq, reactions = [] }) => [seq, ...reactions.map(({ emoji }) => emoji)]);
    assert.deepEqual(emoji(await ada.history(channel, { after: 0 })), [[seq, "1"], [other.seq, "2"]]);
    assert.deepEqual(emoji(await ada.history(channel, { after: 0, thread: seq })), [[seq, "1"], [reply.seq, "3"]]);
  });

  test("take_1_to_64_bytes_without_spaces_and_control_characters", async (t) => {
    const { sockets: [a], channel, seq } = await createScene(t, 1);
    for (const emoji of ["👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "tada", "x", "x".repeat(MAX_EMOJI_BYTES), "é".repeat(MAX_EMOJI_BYTES / 2)]) {
      await a.ok("react", { channel, seq, emoji });
    }
    for (const emoji of ["", " ", "a b", "a\n", "\t", "\0", "\u007f", "\u00a0", "x".repeat(MAX_EMOJI_BYTES + 1), "é".repeat(33), 7, null, ["x"]]) {
      for (const op of ["react", "unreact"]) await a.refused(op, { channel, seq, emoji }, "invalid_frame");
    }
    for (const fields of [{ channel, seq }, { channel, emoji: "x" }, { seq, emoji: "x" }, { channel, seq: 0, emoji: "x" }, { channel, seq: "1", emoji: "x" }]) {
      for (const op of ["react", "unreact"]) await a.refused(op, fields, "invalid_frame");
    }
  });

  test("end_at_50_different_emoji_on_a_message", async (t) => {
    const { people: [ada], sockets: [a, b], channel, seq } = await createScene(t, 2);
    await Promise.all(Array.from({ length: MAX_EMOJI_PER_MESSAGE }, (_, n) => a.ok("react", { channel, seq, emoji: `e${n}` })));
    await b.refused("react", { channel, seq, emoji: "one-more" }, "too_large");
    await b.ok("react", { channel, seq, emoji: "e7" });
    await a.ok("unreact", { channel, seq, emoji: "e7" });
    await a.refused("react", { channel, seq, emoji: "one-more" }, "too_large");
    await b.ok("unreact", { channel, seq, emoji: "e7" });
    await b.ok("react", { channel, seq, emoji: "one-more" });
    const reactions = await reactionsFor(ada, channel, seq);
    assert.equal(reactions.length, MAX_EMOJI_PER_MESSAGE);
    assert.deepEqual(reactions.at(-1).emoji, "one-more");
    const other = await a.send(channel, "has room of its own");
    await a.ok("react", { channel, seq: other.seq, emoji: "one-more" });
  });

  test("want_a_message_that_stands", async (t) => {
    const { sockets: [a, b], channel, seq } = await createScene(t);
    await b.ok("react", { channel, seq, emoji: "👍" });
    const gone = await a.ok("delete", { channel, seq });
    for (const op of ["react", "unreact"]) {
      for (const target of [1, seq, seq + 1, gone.seq, gone.seq + 1, 2 ** 32 + seq, 2 ** 53 - 1]) {
        await b.refused(op, { channel, seq: target, emoji: "👍" }, "not_found");
      }
    }
  });

  test("are_for_members_and_not_in_archived_channels", async (t) => {
    const stranger = await createWorkspace(server);
    for (const kind of ["public", "private"]) {
      const { people: [ada, ben], sockets: [a, b], channel, seq } = await createScene(t, 2, { kind });
      await b.ok("react", { channel, seq, emoji: "👍" });
      expect(await ada.call("PATCH", `/channels/${channel}`, { body: { archived: true } }), 200);
      await b.refused("react", { channel, seq, emoji: "👎" }, "archived");
      await b.refused("unreact", { channel, seq, emoji: "👍" }, "archived");
      expect(await ada.call("PATCH", `/channels/${channel}`, { body: { archived: false } }), 200);
      expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
      await b.event("left", { subject: channel });
      const code = kind === "public" ? "not_a_member" : "not_found";
      for (const op of ["react", "unreact"]) await b.refused(op, { channel, seq, emoji: "👍" }, code);
      const foreign = await stranger.connect({});
      await foreign.refused("react", { channel, seq, emoji: "👍" }, "not_found");
      await foreign.close();
      assert.equal((await reactionsFor(ada, channel, seq))[0].count, 1, "what one who left gave stays");
      await a.ok("react", { channel, seq, emoji: uniqueName("mine") });
    }
  });

  test("are_unknown_to_single_channel_sockets", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const direct = await ada.connectDirectly(channel);
    const { seq } = await direct.send(channel, "x");
    await direct.refused("react", { channel, seq, emoji: "👍" }, "unknown_op");
    await direct.refused("unreact", { channel, seq, emoji: "👍" }, "unknown_op");
    await direct.close();
  });

  test("at_once_from_many_connections_are_counted_once_each", async (t) => {
    const { people: [ada], sockets, channel, seq } = await createScene(t, 4);
    const twice = [...sockets, ...sockets];
    const replies = await Promise.all(twice.map((socket) => socket.ok("react", { channel, seq, emoji: "🎉" })));
    assert.equal(replies.filter(({ duplicate }) => duplicate).length, sockets.length);
    const [reaction] = await reactionsFor(ada, channel, seq);
    assert.equal(reaction.count, sockets.length);
    assert.equal(new Set(reaction.users).size, sockets.length);
  });
});
