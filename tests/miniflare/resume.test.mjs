// Resuming after a lost connection: exactly what was missed, or an explicit no.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  createPeople,
  createRoom,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const texts = (events) => events.map(({ text }) => text);

describe("resume", () => {
  test("promise_4_gives_exactly_the_missed_events_in_order_and_says_recovered", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const before = await ben.connect({ channels: [channel] });
    const { seq } = await ada.say(channel, "seen");
    await before.reaches(channel, seq);
    const resume = before.resumePoint(channel);
    await before.drop();

    const missed = [];
    for (let n = 0; n < 30; n++) missed.push((await ada.say(channel, `missed ${n}`)).seq);
    const again = await ben.connect({ channels: [channel], resume });
    const mark = await again.sync(channel);
    assert.deepEqual([mark.recovered, mark.seq, mark.epoch], [true, missed.at(-1), resume[channel].epoch]);
    const beforeMark = again.lines.slice(0, again.lines.indexOf(mark)).filter(({ event, channel: of }) => event && of === channel);
    assert.deepEqual(beforeMark.map((event) => event.seq), missed);
    const { seq: live } = await ada.say(channel, "live");
    await again.reaches(channel, live);
    assert.deepEqual(again.logged(channel).map((event) => event.seq), [...missed, live]);
    again.assertWhole();
    await again.close();
  });

  test("promise_4_with_nothing_missed_gives_nothing_and_says_recovered", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const { epoch, seq } = await ada.say(channel, "seen");
    const socket = await ada.connect({ channels: [channel], resume: { [channel]: { epoch, seq } } });
    const mark = await socket.sync(channel);
    assert.deepEqual([mark.recovered, mark.seq, mark.epoch], [true, seq, epoch]);
    await socket.ping();
    assert.deepEqual(socket.logged(channel), []);
    await socket.close();
  });

  test("promise_4_with_another_epoch_gives_nothing_and_says_not_recovered", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const { epoch, seq } = await ada.say(channel, "one");
    const resume = { [channel]: { epoch: `${epoch}x`, seq: seq - 1 } };
    const socket = await ada.connect({ channels: [channel], resume });
    const mark = await socket.sync(channel);
    assert.deepEqual([mark.recovered, mark.seq, mark.epoch], [false, seq, epoch]);
    await socket.ping();
    assert.deepEqual(socket.logged(channel), []);
    await socket.close();
  });

  test("promise_4_of_one_channel_leaves_the_others_at_head", async () => {
    const { people: [ada], channel } = await createRoom(server, 1);
    const other = await ada.createChannel();
    await untilInBoot(ada, other);
    const { epoch, seq } = await ada.say(channel, "one");
    await ada.say(channel, "two");
    await ada.say(other, "not asked for");
    const socket = await ada.connect({ channels: [channel, other], resume: { [channel]: { epoch, seq } } });
    assert.deepEqual(texts(socket.messages(channel)), ["two"]);
    assert.equal((await socket.sync(other)).recovered, false);
    assert.deepEqual(socket.logged(other), []);
    await socket.close();
  });

  test("promise_4_recovers_the_newest_1000_events", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const { epoch, seq } = await ada.say(channel, "the last one seen");
    const socket = await ada.connect({ channels: [channel] });
    for (let sent = 0; sent < 1_000; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => socket.send(channel, `missed ${sent + n}`)));
    }
    const again = await ben.connect({ channels: [channel], resume: { [channel]: { epoch, seq } } });
    assert.equal((await again.sync(channel)).recovered, true);
    assert.equal(again.messages(channel).length, 1_000);
    again.assertWhole();
    await Promise.all([socket.close(), again.close()]);
  });

  test("promise_4_while_others_keep_sending_loses_and_doubles_nothing", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const publisher = await ada.connect({ channels: [channel] });
    const { epoch, seq: start } = await publisher.send(channel, "start");
    let head = start;
    let stop = false;
    const publishing = (async () => {
      while (!stop) head = (await publisher.send(channel, "more")).seq;
    })();
    let resume = { [channel]: { epoch, seq: start } };
    let followed = 0;
    for (let round = 0; round < 10; round++) {
      const socket = await ben.connect({ channels: [channel], resume });
      assert.equal((await socket.sync(channel)).recovered, true);
      await socket.reaches(channel, head);
      socket.assertWhole();
      followed += socket.logged(channel).length;
      resume = socket.resumePoint(channel);
      await socket.drop();
      assert.equal(resume[channel].seq, start + followed);
    }
    stop = true;
    await publishing;
    await publisher.close();
  });

  test("of_a_channel_that_is_not_ones_own_gives_nothing_of_it", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const hidden = await ada.createChannel({ kind: "private" });
    const { epoch, seq } = await ada.say(hidden, "secret");
    const socket = await ben.connect({ channels: [ben.user, ben.workspace], resume: { [hidden]: { epoch, seq: seq - 1 } } });
    await ada.say(hidden, "another secret");
    await socket.ping();
    assert.ok(!socket.lines.some((line) => JSON.stringify(line).includes("secret")));
    assert.equal(socket.messages(hidden).length, 0);
    await socket.close();
  });
});
