// What may be changed later: a person's name and title, a channel's name, topic and whether it is archived.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRoom, eventually, expect, expectRefused, message, uniqueName } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
let ada, ben, channel;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

describe("PATCH /me", () => {
  before(async () => {
    ({ people: [ada, ben], channel } = await createRoom(server, 2));
  });

  test("gives_the_user_as_changed_and_tells_everybody_in_the_workspace", async () => {
    const witness = await ben.connect({ channels: [ben.workspace] });
    const body = { display_name: " Ada Lovelace ", title: "Countess" };
    const { user } = expect(await ada.call("PATCH", "/me", { body }), 200);
    assert.deepEqual([user.id, user.display_name, user.title], [ada.user, "Ada Lovelace", "Countess"]);
    await witness.event("user_updated", { channel: ben.workspace, subject: ada.user });
    assert.equal((await ada.boot()).user.display_name, "Ada Lovelace");
    await eventually("ben sees the new name", async () => {
      const { users } = expect(await ben.get(`/users?ids=${ada.user}`), 200);
      return users[0].display_name === "Ada Lovelace" && users[0].title === "Countess";
    });
    witness.assertWhole();
    await witness.close();
  });

  test("leaves_alone_what_is_not_named_and_takes_a_blank_title_away", async () => {
    expect(await ada.call("PATCH", "/me", { body: { display_name: "Ada", title: "Countess" } }), 200);
    const renamed = expect(await ada.call("PATCH", "/me", { body: { display_name: "Augusta" } }), 200).user;
    assert.deepEqual([renamed.display_name, renamed.title], ["Augusta", "Countess"]);
    const untitled = expect(await ada.call("PATCH", "/me", { body: { title: " " } }), 200).user;
    assert.equal(untitled.display_name, "Augusta");
    assert.ok(!untitled.title);
  });

  test("refuses_names_that_are_none", async () => {
    for (const body of [{ display_name: "" }, { display_name: " " }, { display_name: "x".repeat(1_000) }, { display_name: 7 }, []]) {
      expectRefused(await ada.call("PATCH", "/me", { body }), "invalid_request");
    }
  });
});

describe("PATCH /channels/{id}", () => {
  before(async () => {
    ({ people: [ada, ben], channel } = await createRoom(server, 2));
  });

  const patch = (person, body) => person.call("PATCH", `/channels/${channel}`, { body });

  test("gives_the_channel_as_changed_and_tells_its_members", async () => {
    const witness = await ben.connect({ channels: [channel] });
    const name = uniqueName("renamed");
    const changed = expect(await patch(ada, { name, topic: "What it is about" }), 200).channel;
    assert.deepEqual([changed.id, changed.name, changed.topic], [channel, name, "What it is about"]);
    await witness.event("channel_updated", { channel });
    assert.equal((await ben.boot()).channels.find(({ id }) => id === channel).name, name);
    const cleared = expect(await patch(ada, { topic: "" }), 200).channel;
    assert.equal(cleared.name, name);
    assert.ok(!cleared.topic);
    witness.assertWhole();
    await witness.close();
  });

  test("archives_a_channel_so_that_nobody_sends_and_everybody_reads_and_takes_it_out_again", async () => {
    await ada.say(channel, "before");
    assert.equal(expect(await patch(ada, { archived: true }), 200).channel.archived, true);
    expectRefused(await ben.post(`/channels/${channel}/messages`, message("too late")), "archived");
    const socket = await ben.connect({ channels: [channel] });
    await socket.refused("send", { channel, ...message("too late") }, "archived");
    assert.equal((await ben.wholeHistory(channel)).at(-1).text, "before");
    expect(await patch(ada, { archived: false }), 200);
    await socket.send(channel, "again");
    await socket.close();
  });

  test("is_for_owners_and_admins_only", async () => {
    expectRefused(await patch(ben, { name: uniqueName("mine") }), "forbidden");
    expectRefused(await patch(ben, { archived: true }), "forbidden");
  });

  test("refuses_what_is_no_change_of_a_channel", async () => {
    for (const body of [{ name: "" }, { name: " " }, { name: 7 }, { topic: "x".repeat(10_000) }, { archived: "yes" }, "name"]) {
      expectRefused(await patch(ada, body), "invalid_request");
    }
    expectRefused(await ada.call("PATCH", "/channels/C0000000000000000000000000", { body: { name: "none" } }), "not_found");
  });
});
