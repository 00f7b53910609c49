// Messages over HTTP: order, idempotence, pages, limits, threads and what is unread.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  MAX_TEXT_BYTES,
  assertGapFree,
  createPeople,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  idOf,
  message,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const seqs = ({ messages }) => messages.map(({ seq }) => seq);

/** A channel with messages "1" to `count`; gives `{ada, channel, sent}`, `sent` being their seqs. */
async function filledChannel(count) {
  const ada = await createWorkspace(server);
  const channel = await ada.createChannel();
  const sent = [];
  for (let n = 1; n <= count; n++) sent.push((await ada.say(channel, String(n))).seq);
  return { ada, channel, sent };
}

describe("sending", () => {
  test("gives_channel_epoch_seq_and_time_and_the_message_is_there", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const before = Date.now();
    const answer = expect(await ada.post(`/channels/${channel}/messages`, message("Hello <@U1> – 😀\nline two")), 201);
    assert.equal(idOf(answer.channel), channel);
    assert.equal(typeof answer.epoch, "string");
    assert.ok(Number.isInteger(answer.seq) && answer.seq > 0);
    assert.ok(Number.isInteger(answer.at) && Math.abs(answer.at - before) < 60_000, `at ${answer.at}`);
    const { epoch, messages, has_more } = await ada.history(channel, { after: 0 });
    assert.equal(epoch, answer.epoch);
    assert.equal(has_more, false);
    assert.equal(messages.length, 1);
    const [{ seq, at, user, text }] = messages;
    assert.deepEqual({ seq, at, user, text }, { seq: answer.seq, at: answer.at, user: ada.user, text: "Hello <@U1> – 😀\nline two" });
  });

  test("promise_2_seqs_have_no_gap_and_times_never_go_back", async () => {
    const { ada, channel, sent } = await filledChannel(20);
    assert.deepEqual(sent, Array.from({ length: 20 }, (_, n) => sent[0] + n));
    const messages = await ada.wholeHistory(channel);
    assertGapFree(messages);
    assert.deepEqual(messages.map(({ text }) => text), sent.map((_, n) => String(n + 1)));
    for (let n = 1; n < messages.length; n++) assert.ok(messages[n].at >= messages[n - 1].at);
  });

  test("promise_2_many_at_once_still_make_one_gap_free_order", async () => {
    const { people, channel } = await createRoom(server, 3);
    const answers = await Promise.all(
      people.flatMap((person) => Array.from({ length: 20 }, (_, n) => person.say(channel, `${person.user} ${n}`))),
    );
    const sent = answers.map(({ seq }) => seq).sort((a, b) => a - b);
    assert.deepEqual(sent, sent.map((_, n) => sent[0] + n));
    const [first, second, third] = await Promise.all(people.map((person) => person.wholeHistory(channel)));
    assert.equal(first.length, 60);
    assert.deepEqual(second, first);
    assert.deepEqual(third, first);
  });

  test("promise_3_the_same_client_message_id_and_body_is_stored_once_and_answered_200_as_at_first", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const body = message("only once");
    const first = expect(await ada.post(`/channels/${channel}/messages`, body), 201);
    await ada.say(channel, "in between");
    const second = expect(await ada.post(`/channels/${channel}/messages`, body), 200);
    assert.deepEqual(second, first);
    assert.deepEqual((await ada.wholeHistory(channel)).map(({ text }) => text), ["only once", "in between"]);
  });

  test("promise_3_the_same_message_sent_many_times_at_once_is_stored_once", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const body = message("all at once");
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.post(`/channels/${channel}/messages`, body)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
    assert.equal(new Set(answers.map(({ body: { seq } }) => seq)).size, 1);
    assert.equal((await ada.wholeHistory(channel)).length, 1);
  });

  test("promise_3_the_same_client_message_id_with_another_body_is_a_conflict", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const root = await ada.say(channel, "root");
    const body = message("first");
    expect(await ada.post(`/channels/${channel}/messages`, body), 201);
    expectRefused(await ada.post(`/channels/${channel}/messages`, { ...body, text: "second" }), "conflict");
    expectRefused(await ada.post(`/channels/${channel}/messages`, { ...body, thread: root.seq }), "conflict");
    assert.deepEqual((await ada.wholeHistory(channel)).map(({ text }) => text), ["root", "first"]);
  });

  test("promise_3_client_message_ids_of_other_users_and_other_channels_are_other_messages", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const elsewhere = await ada.createChannel();
    const body = message("hello");
    const seen = [
      expect(await ada.post(`/channels/${channel}/messages`, body), 201),
      expect(await ben.post(`/channels/${channel}/messages`, body), 201),
      expect(await ada.post(`/channels/${elsewhere}/messages`, body), 201),
    ];
    assert.equal(seen[1].seq, seen[0].seq + 1);
    assert.equal((await ada.wholeHistory(channel)).length, 2);
  });

  test("takes_a_text_of_exactly_16_KiB_of_UTF8_and_no_byte_more", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const euros = "€".repeat(Math.floor(MAX_TEXT_BYTES / 3));
    const full = euros + "x".repeat(MAX_TEXT_BYTES - Buffer.byteLength(euros));
    assert.equal(Buffer.byteLength(full), MAX_TEXT_BYTES);
    await ada.say(channel, full);
    expectRefused(await ada.post(`/channels/${channel}/messages`, message(`${full}x`)), "too_large");
    assert.deepEqual((await ada.wholeHistory(channel)).map(({ text }) => text), [full]);
  });

  test("wants_a_client_message_id_and_a_text", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    for (const body of [
      {},
      { text: "no id" },
      { client_message_id: "x" },
      message(""),
      message(null),
      message(7),
      message(["x"]),
      { client_message_id: "", text: "x" },
      { client_message_id: 7, text: "x" },
      message("x", { thread: -1 }),
      message("x", { thread: "1" }),
      message("x", { thread: 1.5 }),
    ]) {
      expectRefused(await ada.post(`/channels/${channel}/messages`, body), "invalid_request");
    }
    assert.deepEqual(await ada.wholeHistory(channel), []);
  });

  test("to_the_workspaces_or_ones_own_log_is_refused", async () => {
    const ada = await createWorkspace(server);
    for (const channel of [ada.workspace, ada.user]) {
      const answer = await ada.post(`/channels/${channel}/messages`, message("sneaky"));
      expectRefused(answer, "invalid_request", "forbidden", "not_a_member", "not_found");
    }
  });
});

describe("pages of history", () => {
  test("after_gives_what_follows_exclusive_and_ascending_and_says_exactly_whether_there_is_more", async () => {
    const { ada, channel, sent } = await filledChannel(7);
    const page = await ada.history(channel, { after: sent[0], limit: 3 });
    assert.deepEqual(seqs(page), sent.slice(1, 4));
    assert.equal(page.has_more, true);
    const rest = await ada.history(channel, { after: sent[3], limit: 3 });
    assert.deepEqual(seqs(rest), sent.slice(4, 7));
    assert.equal(rest.has_more, false, "a full last page has no more");
    const none = await ada.history(channel, { after: sent[6], limit: 3 });
    assert.deepEqual(seqs(none), []);
    assert.equal(none.has_more, false);
  });

  test("before_gives_the_nearest_older_ones_ascending_and_says_exactly_whether_there_is_more", async () => {
    const { ada, channel, sent } = await filledChannel(7);
    const page = await ada.history(channel, { before: sent[6], limit: 3 });
    assert.deepEqual(seqs(page), sent.slice(3, 6));
    assert.equal(page.has_more, true);
    const rest = await ada.history(channel, { before: sent[3], limit: 3 });
    assert.deepEqual(seqs(rest), sent.slice(0, 3));
    assert.equal(rest.has_more, false, "a full first page has no more");
    assert.equal((await ada.history(channel, { before: sent[0], limit: 3 })).messages.length, 0);
  });

  test("has_more_counts_messages_not_other_events", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    const { seq } = await ada.say(channel, "alone");
    await ben.joinChannel(channel);
    const later = await ada.history(channel, { after: seq, limit: 1 });
    assert.deepEqual([seqs(later), later.has_more], [[], false]);
    const earlier = await ada.history(channel, { before: seq, limit: 1 });
    assert.deepEqual([seqs(earlier), earlier.has_more], [[], false]);
  });

  test("around_gives_the_message_with_neighbours_on_both_sides", async () => {
    const { ada, channel, sent } = await filledChannel(9);
    const page = await ada.history(channel, { around: sent[4], limit: 5 });
    assert.ok(page.messages.length <= 5);
    for (const seq of sent.slice(3, 6)) assert.ok(seqs(page).includes(seq), `${seq} in ${seqs(page)}`);
    assertGapFree(page.messages);
  });

  test("before_the_end_without_limit_give_the_newest", async () => {
    const { ada, channel, sent } = await filledChannel(5);
    const page = await ada.history(channel, { before: sent[4] + 1 });
    assert.deepEqual(seqs(page), sent);
    assert.equal(page.has_more, false);
  });

  test("read_page_by_page_both_ways_give_everything_once", async () => {
    const { ada, channel, sent } = await filledChannel(11);
    const forward = [];
    for (let after = 0, more = true; more; after = forward.at(-1)) {
      const page = await ada.history(channel, { after, limit: 2 });
      forward.push(...seqs(page));
      more = page.has_more;
    }
    assert.deepEqual(forward, sent);
    let backward = [];
    for (let before = sent.at(-1) + 1, more = true; more; before = backward[0]) {
      const page = await ada.history(channel, { before, limit: 2 });
      backward = [...seqs(page), ...backward];
      more = page.has_more;
    }
    assert.deepEqual(backward, sent);
  });

  test("hold_up_to_200_messages", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const socket = await ada.connect({ channels: [channel] });
    const sent = await Promise.all(Array.from({ length: 201 }, (_, n) => socket.send(channel, `${n}`)));
    const page = await ada.history(channel, { after: 0, limit: 200 });
    assert.equal(page.messages.length, 200);
    assert.equal(page.has_more, true);
    assert.equal((await ada.wholeHistory(channel)).length, sent.length);
    await socket.close();
  });

  test("want_one_sane_position_and_a_limit_from_1_to_200", async () => {
    const { ada, channel } = await filledChannel(1);
    for (const query of [
      "after=0&limit=0",
      "after=0&limit=201",
      "after=0&limit=-1",
      "after=0&limit=x",
      "after=0&limit=1.5",
      "after=-1",
      "before=-1",
      "around=x",
      "after=1e3",
      "after=99999999999999999999999",
      "before=5&after=1",
      "after=1&around=1",
    ]) {
      expectRefused(await ada.get(`/channels/${channel}/messages?${query}`), "invalid_request");
    }
  });

  test("are_given_to_any_member_of_the_workspace_for_a_public_channel", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    await ada.say(channel, "public");
    assert.deepEqual((await ben.history(channel, { after: 0 })).messages.map(({ text }) => text), ["public"]);
  });
});

describe("threads", () => {
  test("are_read_by_the_seq_of_their_root", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const root = await ada.say(channel, "root");
    const other = await ada.say(channel, "other");
    const first = await ada.say(channel, "first reply", { thread: root.seq });
    await ada.say(channel, "elsewhere", { thread: other.seq });
    const second = await ada.say(channel, "second reply", { thread: root.seq, also_to_channel: true });
    assert.equal(second.seq, root.seq + 4);
    const { messages, has_more } = await ada.history(channel, { after: root.seq, thread: root.seq });
    assert.deepEqual(messages.map(({ seq, text, thread }) => [seq, text, thread]), [
      [first.seq, "first reply", root.seq],
      [second.seq, "second reply", root.seq],
    ]);
    assert.equal(has_more, false);
  });

  test("page_with_an_exact_has_more_of_their_own", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const root = await ada.say(channel, "root");
    const replies = [];
    for (let n = 0; n < 3; n++) replies.push((await ada.say(channel, `${n}`, { thread: root.seq })).seq);
    await ada.say(channel, "not in the thread");
    const page = await ada.history(channel, { after: root.seq, thread: root.seq, limit: 2 });
    assert.deepEqual([seqs(page), page.has_more], [replies.slice(0, 2), true]);
    const rest = await ada.history(channel, { after: replies[1], thread: root.seq, limit: 1 });
    assert.deepEqual([seqs(rest), rest.has_more], [replies.slice(2), false]);
  });

  test("need_a_root_that_is_there", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    await ada.say(channel, "only one");
    const answer = await ada.post(`/channels/${channel}/messages`, message("reply to nothing", { thread: 4_000 }));
    expectRefused(answer, "invalid_request", "not_found");
  });
});

describe("unread", () => {
  test("counts_others_messages_outside_threads_and_those_also_sent_to_the_channel", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const root = await ada.say(channel, "one");
    await ada.say(channel, `two, <@${ben.user}>`);
    await ada.say(channel, "in the thread", { thread: root.seq });
    await ada.say(channel, "in the thread and the channel", { thread: root.seq, also_to_channel: true });
    await ben.say(channel, "my own");
    const entry = await eventually("three unread", async () => {
      const found = await untilInBoot(ben, channel);
      return found.unread === 3 && found.mentions === 1 && found;
    });
    assert.equal(entry.seq, root.seq + 4);
  });

  test("a_message_names_whom_it_mentions_and_their_own_log_tells_them", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const socket = await ben.connect({ channels: [channel, ben.user] });
    const { seq } = await ada.say(channel, `Look, <@${ben.user}>!`);
    assert.deepEqual((await socket.event("message", { channel, seq })).mentions, [ben.user]);
    const mentioned = await socket.event("mentioned", { channel: ben.user, subject: channel, target: seq });
    assert.equal(mentioned.user, ada.user);
    assert.equal(typeof mentioned.seq, "number");
    await socket.close();
  });
});
