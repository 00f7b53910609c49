// Idle objects leave the memory while browsers stay connected, and a message finds them all the same.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createRoom, eventually, expect, message } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** A gateway goes to sleep when nothing has come in for so long; what is on its way then takes a moment. */
const SLEEP_AFTER_MS = 3_000;
const ASLEEP_MS = SLEEP_AFTER_MS + 2_000;
/** workerd takes an object out of memory when it has had nothing to do for so long. */
const EVICTED_AFTER_MS = 10_000;
const REGIONS = ["weur", "enam", "weur"];

/** Three people on two gateways who all follow one channel, on a server of their own: most of the time is spent waiting. */
async function createWatchedRoom(test) {
  const server = await startServer({ env: { GATEWAY_SLOTS: "1" } });
  test.after(() => server.stop());
  server.oneUpgradeAtATime = true;
  const { people, channel } = await createRoom(server, 3);
  const sockets = [];
  for (const [n, person] of people.entries()) {
    const path = `/socket?region=${REGIONS[n]}`;
    sockets.push(await person.connect({ path, channels: [channel, person.user, person.workspace] }));
  }
  return { server, people, channel, sockets };
}

const texts = (socket, channel) => socket.messages(channel).map(({ text }) => text);

async function assertAllHave(sockets, channel, seq, expected) {
  for (const socket of sockets) {
    await socket.reaches(channel, seq);
    assert.deepEqual(texts(socket, channel), expected);
    assert.equal(socket.closed, undefined, "nobody was sent away");
    socket.assertWhole();
  }
}

async function closeAll(sockets) {
  for (const socket of sockets) await socket.close();
}

describe("an idle gateway", { concurrency: 5 }, () => {
  for (const evicted of [[], ["Gateway"], ["ChannelServer"], ["Gateway", "ChannelServer"], ["ChannelServer", "Gateway"]]) {
    const name = evicted.length === 0 ? "asleep" : `after_the_eviction_of_${evicted.join("_and_")}`;
    test(`promises_1_2_4_${name}_passes_messages_on_to_browsers_that_stayed_connected`, async (test) => {
      const { server, people: [ada], channel, sockets } = await createWatchedRoom(test);
      const said = ["awake"];
      await assertAllHave(sockets, channel, (await ada.say(channel, "awake")).seq, said);
      for (let round = 0; round < 2; round++) {
        await delay(ASLEEP_MS);
        for (const className of evicted) {
          assert.ok((await server.evict(className, { webSockets: "hibernate" })) > 0, `${className} objects were there to evict`);
        }
        for (const text of [`first of ${round}`, `second of ${round}`]) {
          said.push(text);
          const { seq } = await ada.say(channel, text);
          await assertAllHave(sockets, channel, seq, said);
        }
      }
      said.push("by socket");
      const { seq } = await sockets[1].send(channel, "by socket");
      await assertAllHave(sockets, channel, seq, said);
      await closeAll(sockets);
    });
  }

  test("promise_5_drops_whoever_is_removed_while_both_tiers_are_out_of_memory", async (test) => {
    const { server, people: [ada, ben], channel, sockets } = await createWatchedRoom(test);
    await delay(ASLEEP_MS);
    for (const className of ["Gateway", "ChannelServer"]) await server.evict(className, { webSockets: "hibernate" });
    expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
    for (const className of ["ChannelServer"]) await server.evict(className, { webSockets: "hibernate" });
    const { seq } = await ada.say(channel, "without ben");
    await sockets[0].reaches(channel, seq);
    await sockets[2].reaches(channel, seq);
    await sockets[1].ping();
    assert.deepEqual(texts(sockets[1], channel), []);
    await sockets[1].event("left", { channel: ben.user, subject: channel });
    await closeAll(sockets);
  });

  test("ends_the_sockets_of_a_session_that_ends_while_both_tiers_are_out_of_memory", async (test) => {
    const { server, people, sockets } = await createWatchedRoom(test);
    await delay(ASLEEP_MS);
    for (const className of ["Gateway", "ChannelServer"]) await server.evict(className, { webSockets: "hibernate" });
    expect(await people[2].post("/sign-out", {}), 204);
    assert.equal((await sockets[2].untilClosed()).code, 4500);
    await closeAll(sockets.slice(0, 2));
  });

  test("brings_whoever_is_added_to_a_channel_its_messages", async (test) => {
    const { server, people: [ada, ben], sockets } = await createWatchedRoom(test);
    await delay(ASLEEP_MS);
    await server.evict("Gateway", { webSockets: "hibernate" });
    const channel = await ada.createChannel({ kind: "private" });
    await ada.add(channel, ben);
    await sockets[1].sync(channel);
    const { seq } = await ada.say(channel, "welcome");
    await sockets[1].reaches(channel, seq);
    await closeAll(sockets);
  });

  test("both_tiers_leave_the_memory_by_themselves_and_a_message_wakes_them", async (test) => {
    const { server, people: [ada], channel, sockets } = await createWatchedRoom(test);
    await ada.say(channel, "good night");
    // Asking for the census wakes none of them.
    const before = await server.census();
    await delay(SLEEP_AFTER_MS + EVICTED_AFTER_MS + 4_000);
    const { seq } = await ada.say(channel, "good morning");
    for (const socket of sockets) await socket.reaches(channel, seq);
    await eventually("the counts", async () => {
      const now = await server.census();
      assert.ok(now.channel_servers > before.channel_servers, "a channel server had left the memory");
      assert.ok(now.gateways >= before.gateways + 2, "both gateways had left the memory");
      return now.wakes >= before.wakes + 2;
    });
    await assertAllHave(sockets, channel, seq, ["good night", "good morning"]);
    await closeAll(sockets);
  });

  test("a_message_after_another_is_streamed_again_and_the_gateway_sleeps_again", async (test) => {
    const { server, people: [ada], channel, sockets } = await createWatchedRoom(test);
    await delay(ASLEEP_MS);
    const before = await server.census();
    let last;
    for (let n = 0; n < 20; n++) last = await ada.say(channel, `quick ${n}`);
    for (const socket of sockets) await socket.reaches(channel, last.seq);
    const during = await server.census();
    assert.ok(during.wakes - before.wakes < 12, `${during.wakes - before.wakes} wakes for 20 messages to two gateways`);
    await delay(ASLEEP_MS);
    const { seq } = await ada.say(channel, "asleep again");
    for (const socket of sockets) await socket.reaches(channel, seq);
    assert.ok((await server.census()).wakes > during.wakes);
    await closeAll(sockets);
  });
});
