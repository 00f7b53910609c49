// One channel, 500 sockets, 1,000 messages as fast as they go.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Follower, assertGapFree, createRoom } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const PEOPLE = 50;
const SOCKETS_PER_PERSON = 10;
const PUBLISHERS = 10;
const MESSAGES_PER_PUBLISHER = 100;
const LOAD_TIMEOUT_MS = 120_000;

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

test(
  "promise_2_500_sockets_get_all_of_1000_messages_in_one_order_in_fewer_frames_than_messages_times_sockets",
  { timeout: LOAD_TIMEOUT_MS },
  async (t) => {
    const { people, channel } = await createRoom(server, PEOPLE);
    const sockets = [];
    for (const person of people) {
      sockets.push(...(await Promise.all(
        Array.from({ length: SOCKETS_PER_PERSON }, () => person.connect({ channels: [channel] })),
      )));
    }
    assert.equal(sockets.length, PEOPLE * SOCKETS_PER_PERSON);
    const publishers = await Promise.all(people.slice(0, PUBLISHERS).map((person) => Follower.start(t, person, [channel])));

    const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
    const acks = await Promise.all(publishers.flatMap((publisher, who) =>
      Array.from({ length: MESSAGES_PER_PUBLISHER }, (_, n) => publisher.send(channel, `${who}:${n}`))));
    const head = Math.max(...acks.map(({ seq }) => seq));
    await Promise.all(sockets.map((socket) => socket.reaches(channel, head, { withinMs: LOAD_TIMEOUT_MS })));
    const [tookMs, cpu] = [performance.now() - startedAt, process.cpuUsage(cpuBefore)];
    const clientMs = Math.round((cpu.user + cpu.system) / 1000);

    const messages = PUBLISHERS * MESSAGES_PER_PUBLISHER;
    const order = sockets[0].messages(channel).map(({ seq, text }) => `${seq} ${text}`);
    assert.equal(new Set(order).size, messages);
    assertGapFree(sockets[0].logged(channel));
    for (const socket of sockets) {
      socket.assertWhole();
      assert.deepEqual(socket.messages(channel).map(({ seq, text }) => `${seq} ${text}`), order);
    }
    const frames = sockets.reduce((sum, socket) => sum + socket.messageFrames, 0);
    t.diagnostic(`${messages} messages to ${sockets.length} sockets in ${Math.round(tookMs)} ms, of which this process ${clientMs}; ${frames} frames`);
    assert.ok(frames < messages * sockets.length, `${frames} frames for ${messages * sockets.length} deliveries`);

    publishers.forEach((publisher) => publisher.assertWhole());
    await Promise.all(sockets.map((socket) => socket.close()));
  },
);
