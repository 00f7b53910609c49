// What is unread is the same wherever it is counted: in boot, on every device from events alone, and from the messages themselves.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device, createRoom, expect, untilInBoot } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const REGIONS = ["weur", "enam"];
const ROUNDS = 8;
const STEPS_IN_A_ROUND = 40;
/** What travels between logs has arrived after so long. */
const SETTLED_WITHIN_MS = 10_000;
/** COUNTS_SEED repeats a run that failed. */
const SEEDS = process.env.COUNTS_SEED ? [Number(process.env.COUNTS_SEED)] : [1, 2];

/** Mulberry32: numbers below `n` that a seed decides. */
function randomFrom(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** What messages say is unread: others' after the marker that stand in the channel and are not deleted. */
function countedFromMessages(messages, user, last_read_seq) {
  const unread = messages.filter((message) => message.seq > last_read_seq && message.user !== user && !message.deleted);
  const mentions = unread.filter(({ mentions = [], everyone }) => everyone || mentions.includes(user));
  return { last_read_seq, unread: unread.length, mentions: mentions.length };
}

/** Asserts that boot, devices and messages agree about every channel, once everything has arrived. */
async function assertSameCounts({ people, devices, channels, seed, done }) {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    await Promise.all(devices.map((device) => device.keepConnected()));
    await Promise.all(devices.map((device) => device.refresh()));
    const wrong = [];
    for (const person of people) {
      const boot = (await person.boot()).channels.filter(({ id }) => channels.includes(id));
      for (const { id, seq, last_read_seq, unread, mentions } of boot) {
        const expected = { last_read_seq, unread, mentions };
        const differs = (what, found) => {
          if (JSON.stringify(found) !== JSON.stringify(expected)) {
            wrong.push(`${what} of ${person.user} in ${id}: ${JSON.stringify(found)}, boot at ${seq} ${JSON.stringify(expected)}`);
          }
        };
        differs("messages", countedFromMessages(await person.wholeHistory(id), person.user, last_read_seq));
        for (const device of devices.filter((device) => device.person === person)) differs(`device at ${device.seqOf(id)}`, device.counts()[id]);
      }
      const known = boot.map(({ id }) => id).sort();
      for (const device of devices.filter((device) => device.person === person)) {
        const counted = Object.keys(device.counts()).filter((id) => channels.includes(id)).sort();
        if (String(counted) !== String(known)) wrong.push(`a device of ${person.user} counts ${counted}, boot ${known}`);
      }
    }
    if (wrong.length === 0) return;
    if (Date.now() > deadline) assert.fail(`seed ${seed}, after ${done} steps:\n${wrong.join("\n")}`);
    await delay(50);
  }
}

/** One random step by somebody on one of their devices. What is refused because somebody is no member just now is no fault. */
async function step({ people, devices, channels, random, refused }) {
  const pick = (list) => list[random(list.length)];
  const person = pick(people);
  const channel = pick(channels);
  const device = pick(devices.filter((device) => device.person === person));
  const { connection } = device;
  const head = connection.resumePoint(...(connection.lines.some(({ sync }) => sync === channel) ? [channel] : []))[channel]?.seq ?? 1;
  const anySeq = () => 1 + random(head);
  const text = () => {
    const named = [`<@${pick(people).user}>`, `<@${pick(people).user}>`, "<!here>", "<!channel>", `\`<@${pick(people).user}>\``, "plain", "words"];
    return `${pick(named)} ${pick(named)} ${random(1_000_000)}`;
  };
  const command = async (op, fields) => {
    const id = connection.post(op, { channel, ...fields });
    const { error } = await connection.reply(id, `reply to ${op}`).catch((error) => {
      // Whether it was done shows in what is read back.
      if (!connection.closed) throw error;
      return {};
    });
    if (connection.closed) await device.keepConnected();
    if (error && !["not_a_member", "not_found", "forbidden", "invalid_frame"].includes(error.code)) assert.fail(`${op}: ${JSON.stringify(error)}`);
    if (error) refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
  };
  const kind = random(100);
  if (kind < 34) await command("send", { client_message_id: `m${random(1 << 30)}`, text: text() });
  else if (kind < 42) await command("send", { client_message_id: `m${random(1 << 30)}`, text: text(), thread: anySeq(), also_to_channel: random(2) === 1 });
  else if (kind < 58) await command("edit", { seq: anySeq(), text: text() });
  else if (kind < 68) await command("delete", { seq: anySeq() });
  else if (kind < 72) await command("react", { seq: anySeq(), emoji: pick(["👍", "👎"]) });
  else if (kind < 84) await command("read", { seq: anySeq() });
  else if (kind < 92) await command("mark_unread", { seq: anySeq() });
  else if (kind < 94) expect(await person.post(`/channels/${channel}/leave`, {}), 200, 403);
  else expect(await person.post(`/channels/${channel}/join`, {}), 200);
}

async function createScene(t, seed, env = {}) {
  const server = await startServer({ env });
  t.after(() => server.stop());
  server.oneUpgradeAtATime = true;
  const { people, channel } = await createRoom(server, 4);
  const other = await people[1].createChannel();
  for (const person of [people[0], people[2], people[3]]) await person.joinChannel(other);
  for (const person of people) await untilInBoot(person, other);
  const devices = [];
  for (const person of people) for (const region of REGIONS) devices.push(await Device.start(person, region));
  return { server, people, devices, channels: [channel, other], random: randomFrom(seed), refused: new Map(), seed, done: 0 };
}

/** A round of steps, some at once by different people. */
async function round(scene) {
  for (let n = 0; n < STEPS_IN_A_ROUND; ) {
    const together = 1 + scene.random(4);
    await Promise.all(Array.from({ length: together }, () => step(scene)));
    n += together;
    scene.done += together;
  }
}

describe("unread and mentions", { concurrency: 2 }, () => {
  for (const seed of SEEDS) {
    test(`are_the_same_in_boot_on_every_device_and_in_the_messages_seed_${seed}`, { timeout: 180_000 }, async (t) => {
      const scene = await createScene(t, seed);
      for (let n = 0; n < ROUNDS; n++) {
        if (n % 3 === 2) await scene.devices[scene.random(scene.devices.length)].drop();
        await Promise.all(scene.devices.map((device) => device.keepConnected()));
        await round(scene);
        await assertSameCounts(scene);
      }
      t.diagnostic(`${scene.done} steps; refused: ${JSON.stringify([...scene.refused])}`);
    });
  }

  for (const [what, disturb] of [
    ["evictions", async (server) => assert.ok((await server.evict("ChannelServer", { webSockets: "hibernate" })) > 0, "there was something to evict")],
    ["panics", (server) => server.panic()],
  ]) {
    test(`are_the_same_right_after_${what}`, { timeout: 180_000 }, async (t) => {
      const scene = await createScene(t, SEEDS[0] + 100, { GATEWAY_SLOTS: "1" });
      for (let n = 0; n < ROUNDS / 2; n++) {
        await round(scene);
        await disturb(scene.server);
        await assertSameCounts(scene);
      }
      t.diagnostic(`${scene.done} steps; refused: ${JSON.stringify([...scene.refused])}`);
    });
  }
});
