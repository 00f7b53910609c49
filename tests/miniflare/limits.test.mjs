// How often something may be done: by connection, user, channel and address, over HTTP and on sockets. Who is refused is told how
// long to wait, and is served after that; others are not touched.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Connection, accept, call, createPeople, createRoom, createWorkspace, expect, invite, message, refusedUpgrade } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** One more each two seconds: longer than a few calls take, however slow the machine. */
const EVERY_MS = 2_000;
const rate = (burst) => `30/min burst ${burst}`;

/** A test on a server of its own with these rates; all others are out of reach. */
function limits(name, env, body) {
  test(name, { timeout: 120_000 }, async () => {
    const server = await startServer({ env });
    try {
      await body(server);
      assert.deepEqual(server.uncaught, []);
    } finally {
      await server.stop();
    }
  });
}

/** Asserts that an error says `rate_limited` and how long to wait, and waits for as long. */
async function waitAsTold(error, longestMs = EVERY_MS) {
  assert.equal(error?.code, "rate_limited", JSON.stringify(error));
  assert.ok(Number.isInteger(error.retry_after_ms), JSON.stringify(error));
  assert.ok(error.retry_after_ms > 0 && error.retry_after_ms <= longestMs, `told to wait ${error.retry_after_ms} ms`);
  await delay(error.retry_after_ms);
}

/** The same of an HTTP answer. */
async function waitAsToldOverHttp({ status, headers, body }, longestMs) {
  assert.equal(status, 429, JSON.stringify(body));
  assert.equal(Number(headers.get("retry-after")), Math.ceil(body.retry_after_ms / 1000));
  await waitAsTold(body, longestMs);
}

/** Sends several messages in one frame; gives the replies in order, each with the message. */
async function sendTogether(connection, channel, count) {
  const commands = Array.from({ length: count }, () => {
    const fields = { channel, ...message("hi") };
    return { fields, ...connection.number("send", fields) };
  });
  connection.sendFrame(commands.map(({ line }) => line).join("\n"));
  const replies = [];
  for (const { id, fields } of commands) replies.push({ fields, ...(await connection.reply(id)) });
  return replies;
}

/** Asserts that each message stands in the channel once. */
async function assertStoredOnce(person, channel, ids) {
  const stored = (await person.wholeHistory(channel)).map(({ client_message_id }) => client_message_id);
  for (const id of ids) assert.equal(stored.filter((other) => other === id).length, 1, id);
  return stored;
}

limits("a_connection", { RATE_CONNECTION: rate(5), RATE_HISTORY: rate(2), RATE_TRANSIENT: rate(2) }, async (server) => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const sockets = {
    gateway: [await ada.connect({ channels: [channel] }), await ben.connect({ channels: [channel] })],
    "single-channel": [await ada.connectDirectly(channel), await ben.connectDirectly(channel)],
  };
  for (const [name, [connection, other]] of Object.entries(sockets)) {
    const replies = await sendTogether(connection, channel, 7);
    const ids = replies.map(({ fields }) => fields.client_message_id);
    const taken = replies.filter(({ ok }) => ok).map(({ fields }) => fields.client_message_id);
    assert.deepEqual(taken, ids.slice(0, 5), name);
    // Somebody else is not touched, nor is another connection of the same person.
    await other.send(channel, "mine");
    const more = await ada.connect();
    await more.send(channel, "mine too");
    await more.close();

    await waitAsTold(replies[5].error);
    const sent = await connection.ok("send", replies[5].fields);
    assert.equal(sent.duplicate, false, `${name}: what was refused is not stored`);
    await connection.refused("send", replies[6].fields, "rate_limited");
    const stored = await assertStoredOnce(ada, channel, ids.slice(0, 6));
    assert.ok(!stored.includes(ids[6]));
    connection.assertWhole();
  }

  const reader = await ben.connect({ channels: [channel] });
  await reader.ok("history", { channel });
  await reader.ok("history", { channel });
  await waitAsTold(await reader.refused("history", { channel }, "rate_limited"));
  await reader.ok("history", { channel });

  // Transient news above its rate is dropped without a word, and takes nothing from commands.
  const writer = await ben.connect({ channels: [channel] });
  const [watcher] = sockets.gateway;
  const from = watcher.lines.length;
  for (let n = 0; n < 9; n++) writer.sendFrame(JSON.stringify({ op: "typing", channel }));
  const { seq } = await writer.send(channel, "done");
  await watcher.reaches(channel, seq);
  await watcher.ping();
  const typing = watcher.lines.slice(from).filter(({ event, user }) => event === "typing" && user === ben.user);
  assert.ok(typing.length <= 3, `${typing.length} of 9 got through`);
  assert.ok(!writer.lines.some(({ error }) => error), "no word of it");
});

limits("a_user_over_all_connections", { RATE_USER: rate(4) }, async (server) => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const [one, two] = [await ada.connect({ channels: [channel] }), await ada.connect({ channels: [channel] })];
  const other = await ben.connect({ channels: [channel] });
  assert.ok((await sendTogether(one, channel, 2)).every(({ ok }) => ok));
  const replies = await sendTogether(two, channel, 5);
  const { fields, error } = replies.at(-1);
  await one.refused("react", { channel, seq: 2, emoji: "x" }, "rate_limited");
  await two.ok("history", { channel });
  for (let n = 0; n < 4; n++) await other.send(channel, "mine");
  await waitAsTold(error);
  // By the other connection, as after a reconnect.
  assert.equal((await one.ok("send", fields)).duplicate, false);
  const acknowledged = replies.filter(({ ok }) => ok);
  assert.ok(acknowledged.length >= 2 && acknowledged.length <= 3, `${acknowledged.length} of 5 were taken`);
  await assertStoredOnce(ada, channel, [...acknowledged.map((reply) => reply.fields.client_message_id), fields.client_message_id]);

  const direct = [await ben.connectDirectly(channel), await ben.connectDirectly(channel)];
  assert.ok((await sendTogether(direct[0], channel, 2)).every(({ ok }) => ok));
  await waitAsTold((await sendTogether(direct[1], channel, 5)).at(-1).error);
  await direct[0].send(channel, "direct");
});

limits("a_user_over_http", { RATE_CALLS: rate(20) }, async (server) => {
  const [ada, ben] = await createPeople(server, 2);
  const channel = await ada.createChannel();
  const fields = message("hi");
  const answers = await Promise.all(Array.from({ length: 60 }, () => ada.get("/boot")));
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(refused.length > 20, `${refused.length} of 60 were refused`);
  for (const { status } of refused) assert.equal(status, 429);
  await ben.boot();
  // What has no room yet is sent when it was told, as it is.
  await waitAsToldOverHttp(await untilRefused(() => ada.get("/boot")));
  const sent = expect(await ada.post(`/channels/${channel}/messages`, fields), 201);
  let again = await ada.post(`/channels/${channel}/messages`, fields);
  while (again.status === 429) {
    await waitAsToldOverHttp(again);
    again = await ada.post(`/channels/${channel}/messages`, fields);
  }
  assert.equal(expect(again, 200).seq, sent.seq);

  // Sockets are asked for by calls. That one person is held up closes no gateway to others.
  for (let wait_ms = 0; wait_ms < EVERY_MS / 2;) {
    wait_ms = (await untilRefused(() => ada.get("/boot"))).body.retry_after_ms;
  }
  const upgrades = [{ path: `/channels/${channel}/socket` }, {}];
  for (const more of upgrades) assert.equal((await refusedUpgrade(server, { token: ada.token, ...more })).status, 429);
  await (await ben.connect()).close();
  expect(await ada.post("/sign-out", {}), 204);
});

/** Does something until it is refused. */
async function untilRefused(attempt) {
  for (let n = 0; n < 60; n++) {
    const answer = await attempt();
    if (answer.status === 429) return answer;
  }
  return assert.fail("never refused");
}

limits("a_channel_however_messages_come", { RATE_CHANNEL: rate(6) }, async (server) => {
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const elsewhere = await ada.createChannel();
  const gateway = await ada.connect({ channels: [channel, elsewhere] });
  const direct = await ben.connectDirectly(channel);
  const first = message("first");
  const stored = expect(await ben.post(`/channels/${channel}/messages`, first), 201);
  await direct.send(channel, "second");
  const replies = await sendTogether(gateway, channel, 10);
  const refused = replies.filter(({ error }) => error);
  assert.ok(refused.length >= 4, `${refused.length} refused`);
  // Each who waits has a time of their own.
  const times = refused.map(({ error }) => error.retry_after_ms);
  assert.equal(new Set(times).size, times.length, `${times}`);
  assert.ok(times.every((time) => time > 0 && time <= (times.length + 1) * EVERY_MS), `${times}`);
  for (const answer of [
    await ben.post(`/channels/${channel}/messages`, message("over HTTP")),
    await ada.post(`/channels/${channel}/messages`, message("over HTTP")),
  ]) {
    assert.equal(answer.status, 429);
    assert.equal(Number(answer.headers.get("retry-after")), Math.ceil(answer.body.retry_after_ms / 1000));
  }
  await direct.refused("send", { channel, ...message("direct") }, "rate_limited");
  // What is stored already is answered, reading goes on, and other channels do.
  const again = expect(await ben.post(`/channels/${channel}/messages`, first), 200);
  assert.equal(again.seq, stored.seq);
  await gateway.ok("history", { channel });
  await gateway.send(elsewhere, "here");

  await delay(refused[0].error.retry_after_ms);
  const sent = await gateway.ok("send", refused[0].fields);
  assert.equal(sent.duplicate, false);
  const acknowledged = replies.filter(({ ok }) => ok).map(({ fields }) => fields.client_message_id);
  await assertStoredOnce(ada, channel, [...acknowledged, refused[0].fields.client_message_id]);
  await gateway.reaches(channel, sent.seq);
  gateway.assertWhole();
});

limits("an_address_that_tries_to_get_in", { RATE_ENTRIES: rate(3) }, async (server) => {
  const from = (address) => ({ headers: { "cf-connecting-ip": address } });
  const ada = await createWorkspace(server);
  const code = await invite(ada);
  const path = `/invites/${code}/accept`;
  const enter = (address, display_name = "Guest") => call(server, "POST", path, { body: { display_name }, ...from(address) });
  const guess = (address) => {
    const wrong = `/sign-in-links/U${randomUUID().slice(0, 8)}-${"a".repeat(32)}/accept`;
    return call(server, "POST", wrong, { body: {}, ...from(address) });
  };
  assert.equal((await guess("203.0.113.7")).status, 404);
  expect(await enter("203.0.113.7"), 201);
  expect(await call(server, "POST", "/workspaces", { body: { name: "W", display_name: "A" }, ...from("203.0.113.7") }), 201);
  // Any way in, and all of them.
  assert.equal((await guess("203.0.113.7")).status, 429);
  const refused = await enter("203.0.113.7", "Late");
  expect(await enter("203.0.113.8"), 201);
  // A network of IPv6 is one address.
  for (let n = 1; n <= 3; n++) expect(await enter(`2001:db8:1:2::${n}`), 201);
  assert.equal((await enter("2001:db8:1:2:ffff::9")).status, 429);
  expect(await enter("2001:db8:1:3::1"), 201);
  // What one address did within its session is not counted.
  await ada.boot();

  await waitAsToldOverHttp(refused);
  expect(await enter("203.0.113.7", "Late"), 201);
  const { users } = expect(await ada.get("/users"), 200);
  assert.equal(users.filter(({ display_name }) => display_name === "Late").length, 1, "who was refused had not joined");
});

limits("an_address_that_opens_sockets", { RATE_UPGRADES: rate(3) }, async (server) => {
  const ada = await createWorkspace(server);
  const channel = await ada.createChannel();
  const at = (address, more) => ({ token: ada.token, headers: { "cf-connecting-ip": address }, ...more });
  const direct = { path: `/channels/${channel}/socket` };
  const open = [];
  for (const more of [{}, direct, {}]) open.push(await Connection.open(server, at("203.0.113.7", more)));
  const refused = await refusedUpgrade(server, at("203.0.113.7", direct));
  assert.equal((await refusedUpgrade(server, at("203.0.113.7"))).status, 429);
  open.push(await Connection.open(server, at("203.0.113.8")));
  await waitAsToldOverHttp(refused);
  open.push(await Connection.open(server, at("203.0.113.7")));
  for (const connection of open) await connection.close();
});

limits("an_address_without_a_session", { RATE_STRANGERS: rate(3) }, async (server) => {
  const ada = await createWorkspace(server);
  const ben = await accept(server, await invite(ada));
  const boot = (address, token) => call(server, "GET", "/boot", { token, headers: { "cf-connecting-ip": address } });
  for (const token of [undefined, "nonsense", `${ada.token}x`]) {
    assert.equal((await boot("203.0.113.7", token)).status, 401);
  }
  const refused = await boot("203.0.113.7");
  assert.equal((await boot("203.0.113.8")).status, 401);
  // Who has a session at the same address is not touched.
  expect(await boot("203.0.113.7", ada.token), 200);

  // A session that has ended counts by itself, wherever it comes from.
  expect(await ben.post("/sign-out", {}), 204);
  const codes = [];
  for (let n = 0; n < 6; n++) codes.push((await boot(`203.0.113.${20 + n}`, ben.token)).body.code);
  assert.deepEqual(codes.slice(0, 3), Array(3).fill("not_authenticated"));
  assert.ok(codes.includes("rate_limited"), `${codes}`);
  expect(await boot("203.0.113.20", ada.token), 200);

  await waitAsToldOverHttp(refused);
  assert.equal((await boot("203.0.113.7")).status, 401);
});

test("a_rate_that_is_none_is_named_where_readiness_is_asked_for", async () => {
  const error = await startServer({ env: { RATE_USER: "fast" }, readyWithinMs: 10_000 }).then(async (server) => {
    await server.stop();
    return undefined;
  }, (refused) => refused);
  assert.match(String(error?.message), /RATE_USER: a rate reads like/);
});
