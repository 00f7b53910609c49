// Threads: what stands at a root, what a reply is, and what becomes of both when they are deleted.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRoom, expectRefused, message, untilInBoot } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const MAX_REPLY_USERS = 5;

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A room, a gateway socket of each, and the root of a thread. */
async function createScene(t, count = 3) {
  const { people, channel } = await createRoom(server, count);
  const sockets = await Promise.all(people.map((person) => person.connect({ channels: [channel, person.user] })));
  t.after(async () => {
    for (const socket of sockets) {
      socket.assertWhole();
      await socket.close();
    }
  });
  const { seq: root } = await sockets[0].send(channel, "root");
  return { people, sockets, channel, root };
}

/** What stands at a root. */
async function atRoot(person, channel, root) {
  const { messages: [message] } = await person.history(channel, { around: root, limit: 1 });
  assert.equal(message.seq, root);
  return [message.reply_count ?? 0, message.last_reply_at ?? null, message.reply_users ?? []];
}

describe("what stands at a root", () => {
  test("is_how_many_replied_when_last_and_who_last_first", async (t) => {
    const { people: [ada, ben, cy], sockets: [a, b, c], channel, root } = await createScene(t);
    assert.deepEqual(await atRoot(ada, channel, root), [0, null, []]);
    const replies = [];
    for (const [n, socket] of [b, c, b, a].entries()) {
      replies.push(await socket.send(channel, `${n}`, { thread: root, also_to_channel: n === 1 }));
    }
    assert.deepEqual(await atRoot(ben, channel, root), [4, replies[3].at, [ada.user, ben.user, cy.user]]);
    const { messages: [inThread] } = await a.ok("history", { channel, thread: root, after: 0, limit: 1 });
    assert.deepEqual([inThread.seq, inThread.reply_count], [root, 4], "also where the thread is read");
  });

  test("names_five_people_at_most", async (t) => {
    const { people, sockets, channel, root } = await createScene(t, 7);
    for (const socket of sockets) await socket.send(channel, "me too", { thread: root });
    const [count, , users] = await atRoot(people[0], channel, root);
    assert.equal(count, 7);
    assert.deepEqual(users, people.map(({ user }) => user).reverse().slice(0, MAX_REPLY_USERS));
  });

  test("goes_back_with_replies_that_are_deleted", async (t) => {
    const { people: [ada, ben, cy], sockets: [a, b, c], channel, root } = await createScene(t);
    const first = await b.send(channel, "first", { thread: root });
    const second = await c.send(channel, "second", { thread: root });
    const third = await b.send(channel, "third", { thread: root, also_to_channel: true });
    const deleted = await b.ok("delete", { channel, seq: third.seq });
    const event = await a.event("message_deleted", { channel, seq: deleted.seq });
    assert.deepEqual([event.thread, event.also_to_channel, event.target], [root, true, third.seq]);
    assert.deepEqual(await atRoot(ada, channel, root), [2, second.at, [cy.user, ben.user]]);
    await b.ok("delete", { channel, seq: third.seq });
    assert.equal((await atRoot(ada, channel, root))[0], 2, "deleted twice counts once");
    await c.ok("edit", { channel, seq: second.seq, text: "edited" });
    assert.deepEqual(await atRoot(ada, channel, root), [2, second.at, [cy.user, ben.user]]);
    await a.ok("delete", { channel, seq: second.seq });
    await b.ok("delete", { channel, seq: first.seq });
    assert.deepEqual(await atRoot(ada, channel, root), [0, null, []]);
    const { messages } = await ada.history(channel, { thread: root, after: root });
    assert.deepEqual(messages.map(({ seq, deleted, text }) => [seq, deleted, text]), [
      [first.seq, true, undefined],
      [second.seq, true, undefined],
      [third.seq, true, undefined],
    ]);
    const again = await c.send(channel, "again", { thread: root });
    assert.deepEqual(await atRoot(ada, channel, root), [1, again.at, [cy.user]]);
  });
});

describe("the root", () => {
  test("is_a_message_that_stands_in_the_channel", async (t) => {
    const { people: [ada], sockets: [a, b], channel, root } = await createScene(t);
    const inside = await b.send(channel, "inside", { thread: root });
    const both = await b.send(channel, "both", { thread: root, also_to_channel: true });
    const edited = await a.ok("edit", { channel, seq: root, text: "root!" });
    const direct = await ada.connectDirectly(channel);
    for (const thread of [1, inside.seq, both.seq, edited.seq, edited.seq + 1, 2 ** 32 + root, 2 ** 53 - 1]) {
      for (const more of [{}, { also_to_channel: true }]) {
        const body = message("reply", { thread, ...more });
        await b.refused("send", { channel, ...body }, "not_found");
        await direct.refused("send", { channel, ...body }, "not_found");
        expectRefused(await ada.post(`/channels/${channel}/messages`, body), "not_found");
      }
    }
    await b.refused("send", { channel, ...message("x", { also_to_channel: true }) }, "invalid_frame");
    await direct.close();
  });

  test("that_is_deleted_takes_replies_only_where_it_has_some", async (t) => {
    const { people: [ada, ben], sockets: [a, b], channel, root } = await createScene(t);
    const bare = await a.send(channel, "without replies");
    const first = await b.send(channel, "first", { thread: root });
    for (const seq of [root, bare.seq]) await a.ok("delete", { channel, seq });
    await b.refused("send", { channel, ...message("reply", { thread: bare.seq }) }, "not_found");
    const second = await b.send(channel, "second", { thread: root });
    assert.deepEqual(await atRoot(ada, channel, root), [2, second.at, [ben.user]]);
    const { messages } = await ada.history(channel, { thread: root, after: 0 });
    assert.deepEqual(messages.map(({ seq, text, deleted }) => [seq, text, deleted ?? false]), [
      [root, undefined, true],
      [first.seq, "first", false],
      [second.seq, "second", false],
    ]);
    for (const { seq } of [first, second]) await b.ok("delete", { channel, seq });
    await b.refused("send", { channel, ...message("reply", { thread: root }) }, "not_found");
  });

  test("that_took_a_reply_answers_its_repetition_when_it_is_gone", async (t) => {
    const { sockets: [a, b], channel, root } = await createScene(t);
    const body = message("reply", { thread: root });
    const { seq, at, epoch } = await b.ok("send", { channel, ...body });
    await b.ok("delete", { channel, seq });
    await a.ok("delete", { channel, seq: root });
    assert.deepEqual(await b.ok("send", { channel, ...body }), { seq, at, epoch, duplicate: true });
  });
});

describe("a reply", () => {
  test("stands_in_its_thread_and_in_the_channel_only_where_it_is_also_sent_there", async (t) => {
    const { people: [ada], sockets: [a, b], channel, root } = await createScene(t);
    const inside = await b.send(channel, "inside", { thread: root });
    const both = await b.send(channel, "both", { thread: root, also_to_channel: true });
    const seqs = ({ messages }) => messages.map(({ seq }) => seq);
    assert.deepEqual(seqs(await ada.history(channel, { after: 0 })), [root, both.seq]);
    assert.deepEqual(seqs(await ada.history(channel, { after: 0, thread: root })), [root, inside.seq, both.seq]);
    for (const [sent, also] of [[inside, false], [both, true]]) {
      const event = await a.event("message", { channel, seq: sent.seq });
      assert.deepEqual([event.thread, event.also_to_channel ?? false], [root, also]);
    }
    for (const { seq } of [inside, both]) await b.ok("delete", { channel, seq });
    assert.deepEqual(seqs(await ada.history(channel, { after: 0 })), [root, both.seq], "deleted ones keep their places");
    assert.deepEqual(seqs(await ada.history(channel, { after: 0, thread: root })), [root, inside.seq, both.seq]);
  });

  test("in_the_thread_alone_is_not_unread_and_tells_whom_it_names_all_the_same", async (t) => {
    const { people: [ada], sockets: [a, b], channel, root } = await createScene(t);
    const inside = await b.send(channel, `<@${ada.user}>`, { thread: root });
    await a.event("mentioned", { channel: ada.user, subject: channel, target: inside.seq });
    const counts = async () => {
      const { unread, mentions } = await untilInBoot(ada, channel);
      return [unread, mentions];
    };
    assert.deepEqual(await counts(), [0, 0]);
    const both = await b.send(channel, `<@${ada.user}>`, { thread: root, also_to_channel: true });
    assert.deepEqual(await counts(), [1, 1]);
    await b.ok("edit", { channel, seq: inside.seq, text: `<!channel> <@${ada.user}>!` });
    assert.deepEqual(await counts(), [1, 1]);
    await b.ok("delete", { channel, seq: inside.seq });
    assert.deepEqual(await counts(), [1, 1]);
    await b.ok("delete", { channel, seq: both.seq });
    assert.deepEqual(await counts(), [0, 0]);
  });
});
