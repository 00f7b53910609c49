// Membership that changes under a living connection, and the end of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  createPeople,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  message,
  refusedUpgrade,
  untilInBoot,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

const texts = (events) => events.map(({ text }) => text);

describe("membership on a living connection", () => {
  test("a_channel_joined_meanwhile_is_subscribed_by_itself", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    const socket = await ben.connect({ channels: [ben.user] });
    await ben.joinChannel(channel);
    await socket.sync(channel);
    const { seq } = await ada.say(channel, "welcome");
    await socket.event("message", { channel, seq });
    socket.assertWhole();
    await socket.close();
  });

  test("a_channel_one_is_added_to_meanwhile_is_subscribed_by_itself", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel({ kind: "private" });
    const socket = await ben.connect({ channels: [ben.user] });
    await ada.add(channel, ben);
    await socket.event("joined", { channel: ben.user, subject: channel });
    await socket.sync(channel);
    const { seq } = await ada.say(channel, "welcome");
    await socket.event("message", { channel, seq });
    await socket.close();
  });

  test("a_channel_created_meanwhile_is_subscribed_by_itself", async () => {
    const ada = await createWorkspace(server);
    const socket = await ada.connect({ channels: [ada.user] });
    const channel = await ada.createChannel();
    await socket.sync(channel);
    const { seq } = await socket.send(channel, "first");
    await socket.event("message", { channel, seq });
    await socket.close();
  });
});

describe("promise_5_after_member_left_nothing_more_comes", () => {
  /** Removes or lets leave, then talks on, and looks at what the one who is gone received. */
  async function assertCutOff({ kind, end }) {
    const { people: [ada, ben, cy], channel } = await createRoom(server, 3, { kind });
    const commons = await ada.createChannel();
    await ben.joinChannel(commons);
    await untilInBoot(ben, commons);
    const gateway = await ben.connect({ channels: [channel, commons, ben.user] });
    const direct = await ben.connectDirectly(channel);
    const witness = await cy.connect({ channels: [channel] });
    const directWitness = await cy.connectDirectly(channel);
    const { seq: before } = await ada.say(channel, "before");
    await Promise.all([gateway, direct].map((socket) => socket.reaches(channel, before)));

    await end({ ada, ben, channel });
    const left = await witness.event("member_left", { channel, subject: ben.user });
    await gateway.event("left", { channel: ben.user, subject: channel });
    let last;
    for (let n = 0; n < 20; n++) last = (await ada.say(channel, `after ${n}`)).seq;
    witness.post("typing", { channel });
    await Promise.all([witness, directWitness].map((socket) => socket.reaches(channel, last)));
    const { seq } = await ada.say(commons, "still together here");
    await gateway.reaches(commons, seq);
    await gateway.ping();
    if (!direct.closed) {
      direct.sendFrame("ping");
      await eventually("pong or close", () => direct.closed || direct.lines.includes("pong"));
    }
    for (const socket of [gateway, direct]) {
      const received = socket.lines.filter((line) => line.channel === channel && line.event);
      assert.deepEqual(received.filter(({ seq }) => seq === undefined || seq >= left.seq), []);
      socket.assertWhole();
    }
    return { ada, ben, channel, gateway, sockets: [gateway, direct, witness, directWitness] };
  }

  for (const kind of ["public", "private"]) {
    test(`to_one_who_was_removed_from_a_${kind}_channel_on_any_socket`, async () => {
      const { sockets, gateway, ben, channel } = await assertCutOff({
        kind,
        end: async ({ ada, ben, channel }) =>
          expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204),
      });
      const code = kind === "public" ? "not_a_member" : "not_found";
      await gateway.refused("send", { channel, ...message("let me in") }, code);
      expectRefused(await ben.post(`/channels/${channel}/messages`, message("let me in")), code);
      await Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => socket.close()));
    });

    test(`to_one_who_left_a_${kind}_channel_on_any_socket`, async () => {
      const { sockets } = await assertCutOff({
        kind,
        end: async ({ ben, channel }) => expect(await ben.post(`/channels/${channel}/leave`, {}), 200),
      });
      await Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => socket.close()));
    });
  }

  test("not_by_resuming_from_before_either", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2, { kind: "private" });
    const socket = await ben.connect({ channels: [channel] });
    const resume = socket.resumePoint(channel);
    await socket.drop();
    await ada.say(channel, "while away, still a member");
    expect(await ada.call("DELETE", `/channels/${channel}/members/${ben.user}`), 204);
    await ada.say(channel, "behind closed doors");
    const again = await ben.connect({ channels: [ben.user, ben.workspace], resume });
    await ada.say(channel, "and again");
    await again.ping();
    assert.ok(!again.lines.some(({ text }) => text === "behind closed doors" || text === "and again"));
    const { epoch, seq } = resume[channel];
    const path = `/channels/${channel}/socket?epoch=${epoch}&since=${seq}`;
    expectRefused(await refusedUpgrade(server, { token: ben.token, path }), "not_found");
    await again.close();
  });

  test("and_one_who_comes_back_hears_it_again", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const socket = await ben.connect({ channels: [channel, ben.user] });
    expect(await ben.post(`/channels/${channel}/leave`, {}), 200);
    await socket.event("left", { channel: ben.user, subject: channel });
    await ada.say(channel, "unheard");
    const from = socket.lines.length;
    await ben.joinChannel(channel);
    await socket.sync(channel, { from });
    const { seq } = await ada.say(channel, "heard");
    await socket.event("message", { channel, seq });
    assert.deepEqual(texts(socket.messages(channel)), ["heard"]);
    await socket.close();
  });
});
