// Who is told to wait, and who is closed: what a client has to know to come back in time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, createWorkspace } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** More than a gateway lets in at once after so many have gone. */
const CROWD = 520;
const AT_ONCE = 600;
/** Nobody is told to wait for longer. */
const LONGEST_MS = 60_000;

let server;
before(async () => {
  server = await startServer({ env: { GATEWAY_SLOTS: "1" } });
});
after(() => server.stop());

test("hello_says_within_how_long_to_come_back", async () => {
  const person = await createWorkspace(server);
  const connection = await person.connect();
  assert.ok(Number.isInteger(connection.hello.reconnect_within_ms), JSON.stringify(connection.hello));
  assert.ok(connection.hello.reconnect_within_ms > 0);
  await connection.close();
});

test("of_many_who_come_back_at_once_some_are_let_in_and_the_others_are_told_when_to_come", { timeout: 120_000 }, async (t) => {
  const { people: [person], channel } = await createRoom(server, 1);
  const sockets = [];
  for (let n = 0; n < CROWD; n++) sockets.push(await person.connect({ channels: [channel] }));
  await Promise.all(sockets.map((socket) => socket.drop()));
  const reads = (await server.census()).reads;

  const results = await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    try {
      return { connection: await person.connect() };
    } catch (error) {
      return { answer: error.answer };
    }
  }));
  const refused = results.filter(({ answer }) => answer !== undefined).map(({ answer }) => answer);
  const close = (connections) => Promise.all(connections.map((connection) => connection?.close()));
  if (refused.length === 0) {
    await close(results.map(({ connection }) => connection));
    return t.skip("this machine lets nobody in faster than the gateway's pace");
  }
  assert.ok(refused.length < AT_ONCE, `all of ${AT_ONCE} were refused`);
  for (const { status, body, headers } of refused) {
    assert.equal(status, 503);
    assert.equal(body.code, "overloaded");
    assert.equal(Number(headers.get("retry-after")), Math.ceil(body.retry_after_ms / 1000));
  }
  const times = refused.map(({ body }) => body.retry_after_ms);
  for (const time of times) assert.ok(time > 0 && time <= LONGEST_MS, `told to come back in ${time} ms`);

  await new Promise((done) => setTimeout(done, Math.max(...times)));
  const connection = await person.connect();
  assert.equal((await server.census()).reads, reads, "nobody had to be asked");
  await close([connection, ...results.map((result) => result.connection)]);
});
