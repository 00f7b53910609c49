// People in different regions sit on different gateways and talk all the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Connection, createRoom, expect } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A connection through the gateway of a region, as `boot` there tells the client to make it. */
async function connectFrom(person, region, channel) {
  const { socket } = expect(await person.get(`/boot?region=${region}`), 200);
  assert.equal(socket.region, region);
  const url = new URL(socket.url, server.origin);
  url.protocol = "ws:";
  url.searchParams.set("region", region);
  const connection = await Connection.open(server, { token: person.token, path: url.href });
  connection.hello = await connection.ok("hello");
  assert.equal(connection.hello.region, region);
  await connection.sync(channel);
  return connection;
}

test("promise_2_users_of_weur_and_enam_talk_and_see_one_order", async () => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const west = await connectFrom(ada, "weur", channel);
  const east = await connectFrom(ben, "enam", channel);
  assert.notEqual(west.hello.gateway, east.hello.gateway);

  const acks = await Promise.all(
    Array.from({ length: 25 }, (_, n) => [west.send(channel, `west ${n}`), east.send(channel, `east ${n}`)]).flat(),
  );
  const head = Math.max(...acks.map(({ seq }) => seq));
  await Promise.all([west, east].map((socket) => socket.reaches(channel, head)));
  assert.equal(west.messages(channel).length, 50);
  assert.deepEqual(east.logged(channel), west.logged(channel));
  west.assertWhole();
  east.assertWhole();
  await Promise.all([west.close(), east.close()]);
});

test("typing_crosses_regions", async () => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const west = await connectFrom(ada, "weur", channel);
  const east = await connectFrom(ben, "enam", channel);
  west.post("typing", { channel });
  await east.event("typing", { channel, user: ada.user });
  await Promise.all([west.close(), east.close()]);
});

test("promise_4_one_who_moves_to_another_region_resumes_where_he_was", async () => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const west = await connectFrom(ben, "weur", channel);
  const { seq } = await ada.say(channel, "in the west");
  await west.reaches(channel, seq);
  const resume = west.resumePoint(channel);
  await west.drop();
  await ada.say(channel, "on the way");
  const east = await ben.connect({ path: "/socket?region=enam", channels: [channel], resume });
  assert.equal(east.hello.region, "enam");
  assert.deepEqual(east.messages(channel).map(({ text }) => text), ["on the way"]);
  east.assertWhole();
  await east.close();
});

test("promise_5_one_who_is_removed_hears_no_more_in_any_region", async () => {
  const { people: [ada, ben, cy], channel } = await createRoom(server, 3);
  const sockets = await Promise.all(["weur", "enam"].map((region) => connectFrom(ben, region, channel)));
  const witnesses = await Promise.all(["weur", "enam"].map((region) => connectFrom(cy, region, channel)));
  expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
  for (const socket of sockets) await socket.event("left", { channel: ben.user, subject: channel });
  const { seq } = await ada.say(channel, "without ben");
  for (const socket of witnesses) await socket.reaches(channel, seq);
  for (const socket of sockets) {
    await socket.ping();
    assert.deepEqual(socket.logged(channel), []);
  }
  await Promise.all([...sockets, ...witnesses].map((socket) => socket.close()));
});

test("a_sign_out_closes_the_sessions_sockets_in_every_region", async () => {
  const { people: [ada], channel } = await createRoom(server, 1);
  const sockets = await Promise.all(["weur", "enam"].map((region) => connectFrom(ada, region, channel)));
  assert.equal((await ada.post("/sign-out", {})).status, 204);
  for (const socket of sockets) assert.equal((await socket.untilClosed()).code, 4500);
});
