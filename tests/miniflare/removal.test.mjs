// Whoever goes is cut off at once, while messages stream; and the same people have one direct.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createPeople, createRoom, createWorkspace, expect, expectRefused, untilInBoot } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const MAX_DIRECT_PEOPLE = 9;
const REGIONS = ["weur", "enam"];

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Sockets of a person everywhere: on the gateway of each region and at the channel server itself, twice. */
async function connectEverywhere(person, channel) {
  const gateways = await Promise.all(
    REGIONS.map((region) => person.connect({ path: `/socket?region=${region}`, channels: [channel, person.user] })),
  );
  return { gateways, directs: await Promise.all([1, 2].map(() => person.connectDirectly(channel))) };
}

/** Several people who talk, react and type without end; `stop()` gives the head of what they said. */
function stream(sockets, channel) {
  let running = true;
  let head = 0;
  const talking = sockets.map(async (socket, who) => {
    for (let n = 0; running; n++) {
      const { seq } = await socket.send(channel, `${who}: ${n}`);
      socket.post("typing", { channel });
      await socket.ok(n % 2 ? "react" : "edit", { channel, seq, ...(n % 2 ? { emoji: "x" } : { text: `${who}: ${n}!` }) });
      head = Math.max(head, seq);
    }
  });
  return {
    /** Waits for this many messages more. */
    async flows(count) {
      const [socket] = sockets;
      const from = socket.lines.length;
      const wanted = socket.messages(channel).length + count;
      await socket.until(() => socket.messages(channel).length >= wanted, "more messages", { from });
    },
    async stop() {
      running = false;
      await Promise.all(talking);
      return head;
    },
  };
}

describe("promise_5_while_messages_stream", () => {
  for (const kind of ["public", "private"]) {
    for (const [how, end] of [
      ["removed", async ({ ada, ben, channel }) => expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204)],
      ["leaves", async ({ ben, channel }) => expect(await ben.post(`/channels/${channel}/leave`, {}), 200)],
    ]) {
      test(`one_who_${how === "removed" ? "is_removed_from" : "leaves"}_a_${kind}_channel_hears_not_one_line_more_on_any_socket`, async () => {
        const { people: [ada, ben, cy, dee], channel } = await createRoom(server, 4, { kind });
        const gone = await connectEverywhere(ben, channel);
        const witnesses = await connectEverywhere(dee, channel);
        const talkers = await Promise.all([ada, cy].map((person, n) => person.connect({ path: `/socket?region=${REGIONS[n]}`, channels: [channel] })));
        const talk = stream(talkers, channel);
        await talk.flows(10);
        await end({ ada, ben, channel });
        const [witness] = witnesses.gateways;
        const left = await witness.event("member_left", { channel, subject: ben.user });
        for (const socket of gone.gateways) await socket.event("left", { channel: ben.user, subject: channel });
        for (const socket of gone.directs) await socket.untilClosed();
        const sockets = [...gone.gateways, ...gone.directs];
        const from = sockets.map(({ lines }) => lines.length);
        await talk.flows(10);
        const head = await talk.stop();
        for (const socket of [...witnesses.gateways, ...witnesses.directs]) await socket.reaches(channel, head);
        for (const socket of gone.gateways) await socket.ping();

        assert.ok(head > left.seq, "something was said afterwards");
        for (const [n, socket] of sockets.entries()) {
          assert.deepEqual(socket.logged(channel).filter(({ seq }) => seq >= left.seq), []);
          // What is only passing has no seq: nothing of it came once this was over.
          assert.deepEqual(socket.lines.slice(from[n]).filter((line) => line.channel === channel), []);
          socket.assertWhole();
        }
        for (const { gateways, directs } of [gone, witnesses]) {
          await Promise.all([...gateways, ...directs].filter(({ closed }) => !closed).map((socket) => socket.close()));
        }
        await Promise.all(talkers.map((socket) => socket.close()));
      });
    }
  }

  test("one_who_comes_and_goes_hears_each_time_what_was_said_while_they_were_in", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const socket = await ben.connect({ channels: [channel, ben.user] });
    const talker = await ada.connect({ channels: [channel] });
    const talk = stream([talker], channel);
    const spans = [];
    for (let round = 0; round < 4; round++) {
      await talk.flows(3);
      let from = socket.lines.length;
      expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
      await socket.event("left", { subject: channel }, { from });
      await talk.flows(3);
      from = socket.lines.length;
      await ben.joinChannel(channel);
      spans.push((await socket.sync(channel, { from })).seq);
    }
    const head = await talk.stop();
    await socket.reaches(channel, head);
    socket.assertWhole();
    await talker.reaches(channel, head);
    let inside = true;
    const whole = talker.logged(channel);
    const absent = new Set();
    for (const { event, subject, seq } of whole) {
      if (event === "member_left" && subject === ben.user) inside = false;
      if (!inside) absent.add(seq);
      if (event === "member_joined" && subject === ben.user) inside = true;
    }
    const heard = socket.logged(channel).map(({ seq }) => seq);
    assert.deepEqual(heard.filter((seq) => absent.has(seq) && !spans.includes(seq)), []);
    assert.equal(new Set(heard).size, heard.length);
    await socket.close();
    await talker.close();
  });
});

describe("POST /directs", () => {
  const direct = (person, users) => person.post("/directs", { users });
  const idOfDirect = async (person, users) => expect(await direct(person, users), 200, 201).channel.id;

  test("gives_the_same_people_the_same_one_in_any_order_with_or_without_the_caller_and_doubled", async () => {
    const [ada, ben, cy] = await createPeople(server, 3);
    const made = expect(await direct(ada, [ben.user, cy.user]), 201).channel;
    assert.match(made.id, /^D/);
    assert.equal(made.kind, "direct");
    assert.deepEqual([...made.members].sort(), [ada, ben, cy].map(({ user }) => user).sort());
    for (const [person, users] of [
      [ada, [cy, ben]],
      [ada, [ada, ben, cy]],
      [ada, [ben, ben, cy, ada, ada, cy]],
      [ben, [ada, cy]],
      [ben, [cy, ada, ben]],
      [cy, [ben, ada]],
    ]) {
      const { channel } = expect(await direct(person, users.map(({ user }) => user)), 200);
      assert.equal(channel.id, made.id);
    }
    const pair = await idOfDirect(ada, [ben.user]);
    assert.notEqual(pair, made.id);
    assert.equal(await idOfDirect(ben, [ada.user, ben.user]), pair);
    const notes = expect(await direct(ada, [ada.user]), 201).channel;
    assert.deepEqual(notes.members, [ada.user]);
    assert.equal(await idOfDirect(ada, [ada.user, ada.user]), notes.id);
  });

  test("at_once_by_all_of_them_makes_one", async () => {
    const people = await createPeople(server, 4);
    const users = people.map(({ user }) => user);
    const answers = await Promise.all(people.flatMap((person) => [direct(person, users), direct(person, users.toReversed())]));
    assert.equal(new Set(answers.map((answer) => expect(answer, 200, 201).channel.id)).size, 1);
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    const [{ body: { channel: { id } } }] = answers;
    for (const person of people) await untilInBoot(person, id);
    const joins = await people[0].connectDirectly(id, { epoch: answers[0].body.channel.epoch, since: 0 });
    assert.equal(joins.logged(id).filter(({ event }) => event === "member_joined").length, people.length);
    await joins.close();
  });

  test("is_for_nine_people_at_most_the_caller_among_them_and_for_those_of_the_workspace", async () => {
    const people = await createPeople(server, MAX_DIRECT_PEOPLE + 1);
    const users = people.map(({ user }) => user);
    const [ada] = people;
    const nine = expect(await direct(ada, users.slice(1, MAX_DIRECT_PEOPLE)), 201).channel;
    assert.equal(nine.member_count, MAX_DIRECT_PEOPLE);
    assert.equal(await idOfDirect(ada, [...users.slice(0, MAX_DIRECT_PEOPLE), ...users.slice(0, MAX_DIRECT_PEOPLE)]), nine.id);
    expectRefused(await direct(ada, users.slice(1)), "invalid_request");
    expectRefused(await direct(ada, users), "invalid_request");
    const stranger = await createWorkspace(server);
    expectRefused(await direct(ada, [stranger.user]), "not_found");
    expectRefused(await direct(ada, [users[1], "U0000000000000000000000000"]), "not_found");
    for (const body of [{}, { users: "U1" }, { users: [7] }, { users: ["C1"] }, { users: [""] }]) {
      expectRefused(await ada.post("/directs", body), "invalid_request");
    }
    expectRefused(await people.at(-1).get(`/channels/${nine.id}/messages?after=0`), "not_found");
    // Nobody comes into a direct or goes out of it.
    expectRefused(await ada.post(`/channels/${nine.id}/members`, { user: users.at(-1) }), "forbidden");
    expectRefused(await ada.post(`/channels/${nine.id}/leave`, {}), "forbidden");
    expectRefused(await ada.call("DELETE", `/channels/${nine.id}/members/${users[1]}`), "forbidden");
    expectRefused(await people.at(-1).post(`/channels/${nine.id}/join`, {}), "not_found");
  });

  test("is_heard_by_all_of_them_on_the_sockets_they_have", async () => {
    const people = await createPeople(server, 3);
    const sockets = await Promise.all(people.map((person) => person.connect({ channels: [person.user] })));
    const id = await idOfDirect(people[0], people.slice(1).map(({ user }) => user));
    for (const socket of sockets) await socket.sync(id);
    const { seq } = await sockets[2].send(id, "hello both");
    await Promise.all(sockets.map((socket) => socket.reaches(id, seq)));
    for (const socket of sockets) {
      socket.assertWhole();
      await socket.close();
    }
  });
});
