// `cargo xtask seed` against a fresh server: what it makes can be seen through the API, and what it can't do it says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Person, call, expect, expectRefused, message } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const PROGRAM = join(resolve(dirname(fileURLToPath(import.meta.url)), "../.."), "xtask/seed/main.mjs");

/** Runs the program; gives `{code, printed, complaint}`. */
function run(url, people, messages) {
  const options = ["--url", url, "--people", String(people), "--messages", String(messages)];
  return new Promise((done) => {
    execFile(process.execPath, [PROGRAM, ...options], (error, printed, complaint) => done({ code: error?.code ?? 0, printed, complaint }));
  });
}

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

describe("a seeded server", () => {
  let printed, nora, code, channels;
  const named = (name) => channels.find((channel) => channel.name === name);
  const messagesOf = (name) => nora.wholeHistory(named(name).id);

  before(async () => {
    const ended = await run(server.origin, 12, 125);
    assert.equal(ended.code, 0, ended.complaint);
    printed = ended.printed;
    code = /\/sign-in\/(\S+)/.exec(printed)[1];
    nora = Person.from(server, await call(server, "POST", `/sign-in-links/${code}/accept`));
    ({ channels } = await nora.boot());
  });

  test("is_opened_by_the_link_that_is_printed_and_only_once", async () => {
    assert.ok(printed.includes(`${server.origin}/sign-in/`), printed);
    assert.equal((await nora.boot()).user.display_name, "Nora Lindqvist");
    expectRefused(await call(server, "POST", `/sign-in-links/${code}/accept`), "not_found");
  });

  test("has_as_many_people_channels_and_messages_as_it_says", async () => {
    const { users } = expect(await nora.get("/users"), 200);
    assert.equal(users.length, 12);
    assert.ok(users.every(({ title }) => title), "everybody has a title");
    const directs = channels.filter(({ kind }) => kind === "direct");
    const all = expect(await nora.get("/channels"), 200).channels.filter(({ kind }) => kind !== "direct");
    let messages = 0;
    for (const { id } of [...all, ...directs]) messages += (await nora.wholeHistory(id)).length;
    const [, people, rooms, talks, said] = /(\d+) people, (\d+) channels and (\d+) directs, (\d+) messages/.exec(printed).map(Number);
    assert.deepEqual([people, rooms, talks], [12, all.length, directs.length]);
    assert.deepEqual([rooms, talks, said], [8, 4, 125]);
    // Replies stand in their threads unless they went to the channel too.
    assert.ok(messages <= 125 && messages > 80, `${messages} outside threads`);
  });

  test("has_a_private_and_an_archived_channel", async () => {
    assert.equal(named("refit-budget").kind, "private");
    const { channels: known } = expect(await nora.get("/channels"), 200);
    const archived = known.find(({ name }) => name === "old-guider");
    assert.equal(archived.archived, true);
    expectRefused(await nora.post(`/channels/${archived.id}/messages`, message("too late")), "archived");
  });

  test("has_threads_reactions_edits_and_a_deleted_message_with_replies", async () => {
    const messages = await messagesOf("general");
    assert.ok(messages.some(({ edited_at }) => edited_at), `an edited message among ${JSON.stringify(messages.slice(0, 2))}`);
    assert.ok(messages.some(({ reactions }) => reactions?.length > 1), "two reactions on one message");
    const gone = messages.find(({ deleted }) => deleted);
    assert.equal(gone.text, undefined);
    const thread = await nora.history(named("general").id, { after: 0, thread: gone.seq });
    assert.ok(thread.messages.some(({ seq }) => seq !== gone.seq), "replies to what was deleted");
  });

  test("names_people_and_channels_by_their_ids", async () => {
    const texts = (await messagesOf("general")).map(({ text }) => text ?? "").join("\n");
    assert.ok(texts.includes(`<@${nora.user}>`));
    assert.ok(texts.includes(`<#${named("optics").id}>`));
    assert.doesNotMatch(texts, /[@#]\{/);
  });

  test("has_something_unread_and_something_read", () => {
    const { unread, mentions } = named("optics");
    assert.ok(unread >= 4 && mentions >= 2, `${unread} unread, ${mentions} mentions`);
    assert.equal(named("night-log").unread, 0);
    assert.ok(channels.some(({ kind, unread: waiting }) => kind === "direct" && waiting > 0));
  });
});

test("a_small_crowd_writes_just_as_many_messages_as_are_wanted", async () => {
  const { code, printed, complaint } = await run(server.origin, 3, 20);
  assert.equal(code, 0, complaint);
  assert.match(printed, /^3 people, 8 channels and 2 directs, 20 messages /);
});

describe("what cannot be done is said in one line", () => {
  for (const [what, url, people, messages, wanted] of [
    ["an address that is none", "127.0.0.1", 3, 20, /`127\.0\.0\.1` is no address/],
    ["a port on which nobody listens", "http://127.0.0.1:19", 3, 20, /nothing answers at http:\/\/127\.0\.0\.1:19 .*cargo xtask dev/],
    ["one person", "http://127.0.0.1:19", 1, 20, /--people takes 2 to/],
    ["too few messages", "http://127.0.0.1:19", 3, 2, /--messages takes 12 or more/],
  ]) {
    test(what.replaceAll(" ", "_"), async () => {
      const { code, printed, complaint } = await run(url, people, messages);
      assert.equal(code, 1);
      assert.equal(printed, "");
      assert.match(complaint, new RegExp(`^error: .*\\n$`));
      assert.match(complaint, wanted);
    });
  }

  test("a_server_that_is_closed_to_newcomers", async () => {
    const closed = await startServer({ env: { SIGNUP: "closed" } });
    try {
      const { code, complaint } = await run(closed.origin, 3, 20);
      assert.equal(code, 1);
      assert.match(complaint, /lets nobody make a workspace: its variable SIGNUP is not `open`/);
    } finally {
      await closed.stop();
    }
  });
});
