// What whoever runs it or writes a client for it is told: /openapi.json and /metrics.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { accept, call, createWorkspace, invite, message } from "./support/client.mjs";
import { faults, resolve } from "./support/schema.mjs";
import { startServer } from "./support/server.mjs";

const TOKEN = randomUUID();
const SERVERS = 3;

let server;
before(async () => {
  server = await startServer({ client: true, env: { METRICS_TOKEN: TOKEN, CHANNEL_SERVERS: String(SERVERS) } });
});
after(() => server.stop());

async function openapi() {
  const answer = await fetch(`${server.origin}/openapi.json`);
  assert.equal(answer.status, 200);
  return { headers: answer.headers, document: await answer.json() };
}

test("the_description_is_there_for_everybody_and_for_pages_of_other_origins", async () => {
  const { headers, document } = await openapi();
  assert.match(headers.get("content-type"), /^application\/json\b/);
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(document.openapi, "3.1.0");
  // Nothing else is given away.
  const page = await fetch(`${server.origin}/`);
  assert.equal(page.headers.get("access-control-allow-origin"), null);
  await page.text();
});

test("real_answers_are_as_described", async () => {
  const { document } = await openapi();
  const described = new Set();
  /** Makes the call `method path`, fills `{…}` from `fill`, and holds status, content type and body against the document. */
  async function walk(who, method, path, fill = {}, body) {
    const operation = document.paths[path][method];
    described.add(operation.operationId);
    const [bare, query = ""] = (fill.path ?? path).split("?");
    const concrete = bare.replace(/\{(\w+)\}/g, (_, name) => fill[name]) + (query && `?${query}`);
    const answer = await call(server, method.toUpperCase(), concrete, { token: who?.token, body });
    let response = operation.responses[answer.status] ?? operation.responses.default;
    if (answer.status < 400) assert.ok(operation.responses[answer.status], `${method} ${path}: ${answer.status} ${answer.text}`);
    if (response.$ref) response = resolve(document, response.$ref);
    if (!response.content) {
      assert.equal(answer.text, "", `${method} ${path}`);
      return answer;
    }
    const type = answer.headers.get("content-type").split(";")[0];
    assert.ok(response.content[type], `${method} ${path}: ${type}`);
    assert.deepEqual(faults(document, response.content[type].schema, answer.body, `${method} ${path}`), []);
    return answer;
  }

  const ada = await createWorkspace(server);
  const ben = await accept(server, await invite(ada));
  await walk(undefined, "post", "/workspaces", {}, { name: "W", display_name: "A" });
  const { code } = (await walk(ada, "post", "/invites", {}, { max_uses: 2, expires_in_s: 60, role: "guest" })).body;
  await walk(undefined, "post", "/invites/{code}/accept", { code }, { display_name: "Guest" });
  const link = (await walk(ada, "post", "/sign-in-links")).body;
  const again = (await walk(undefined, "post", "/sign-in-links/{code}/accept", { code: link.code })).body;
  assert.equal(again.user.id, ada.user);
  assert.equal((await walk(undefined, "post", "/sign-in-links/{code}/accept", { code: link.code })).status, 404);

  const channel = (await walk(ada, "post", "/channels", {}, { name: "n", kind: "public", topic: "t" })).body.channel.id;
  const id = channel;
  await walk(ben, "post", "/channels/{id}/join", { id });
  await walk(ben, "post", "/channels/{id}/leave", { id });
  await walk(ada, "post", "/channels/{id}/members", { id }, { user: ben.user });
  await walk(ada, "get", "/channels/{id}/members", { id });
  await walk(ada, "patch", "/channels/{id}", { id }, { topic: "other" });
  const direct = (await walk(ada, "post", "/directs", {}, { users: [ben.user] })).body.channel;
  assert.equal((await walk(ben, "post", "/directs", {}, { users: [ada.user] })).status, 200);

  const said = message("hello <!here>");
  assert.equal((await walk(ada, "post", "/channels/{id}/messages", { id }, said)).status, 201);
  assert.equal((await walk(ada, "post", "/channels/{id}/messages", { id }, said)).status, 200);
  assert.equal((await walk(ada, "post", "/channels/{id}/messages", { id }, { ...said, text: "other" })).status, 409);
  const { messages } = (await walk(ben, "get", "/channels/{id}/messages", { id })).body;
  await walk(ben, "post", "/channels/{id}/messages", { id }, message("reply", { thread: messages[0].seq }));
  await walk(ben, "get", "/channels/{id}/messages", { id, path: "/channels/{id}/messages?limit=0" });
  assert.equal((await walk(ada, "get", "/channels/{id}/messages", { id })).body.messages[0].reply_count, 1);

  assert.equal((await walk(ben, "get", "/session")).body.signed_in, true);
  const boot = (await walk(ben, "get", "/boot")).body;
  assert.ok(boot.channels.some((channel) => channel.id === direct.id && channel.members));
  await walk(ada, "get", "/users", { path: "/users?limit=1" });
  await walk(ada, "get", "/channels", { path: "/channels?limit=1" });
  await walk(ada, "patch", "/users/{id}", { id: ben.user }, { role: "admin" });
  await walk(ben, "patch", "/me", {}, { title: "Astronomer" });
  await walk(ada, "delete", "/channels/{id}/members/{user}", { id, user: ben.user });
  await walk(ada, "get", "/socket");
  await walk(ada, "get", "/channels/{id}/socket", { id });
  await walk(ben, "post", "/sign-out", {}, {});
  assert.equal((await walk(ben, "get", "/boot")).status, 401);

  const all = Object.entries(document.paths)
    .filter(([, item]) => !item.servers)
    .flatMap(([, item]) => Object.values(item).map(({ operationId }) => operationId))
    .filter(Boolean);
  assert.deepEqual(all.filter((name) => !described.has(name)), []);
});

/** The samples of a document of metrics, by name with labels; what is not in the format fails the test. */
async function samples() {
  const answer = await call(server, "GET", "//metrics", { token: TOKEN });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.ok(answer.text.endsWith("\n"));
  const found = new Map();
  let family;
  for (const line of answer.text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (comment) {
      family = comment[2];
      if (comment[1] === "TYPE") assert.match(comment[3], /^(counter|gauge)$/);
      continue;
    }
    const sample = /^([a-z_]+)(\{[a-z]+="[a-z0-9_]+"\})? (\d+)$/.exec(line);
    assert.ok(sample, line);
    assert.equal(sample[1], family);
    assert.ok(!found.has(sample[1] + (sample[2] ?? "")), line);
    found.set(sample[1] + (sample[2] ?? ""), Number(sample[3]));
  }
  return { text: answer.text, found };
}

/** The sum of a family over all channel servers. */
const sum = ({ found }, family) =>
  [...found].filter(([name]) => name.startsWith(`heliograph_channel_server_${family}{`)).reduce((sum, [, value]) => sum + value, 0);

test("metrics_want_their_token", async () => {
  const ada = await createWorkspace(server);
  for (const token of [undefined, `${TOKEN}x`, TOKEN.slice(1), ada.token]) {
    const answer = await call(server, "GET", "//metrics", { token });
    assert.equal(answer.status, 401);
    assert.equal(answer.body.code, "not_authenticated");
    assert.doesNotMatch(answer.text, /heliograph_/);
  }
  assert.equal((await call(server, "POST", "//metrics", { token: TOKEN })).status, 405);
});

test("without_the_variable_metrics_are_open_in_development_and_nowhere_else", async (t) => {
  const open = await startServer();
  t.after(() => open.stop());
  assert.equal((await call(open, "GET", "//metrics")).status, 200);
  const deployed = await startServer({ env: { ENVIRONMENT: "production" } });
  t.after(() => deployed.stop());
  assert.equal((await call(deployed, "GET", "//metrics")).status, 404);
});

test("counts_rise_with_traffic_and_name_nobody", async () => {
  const before = await samples();
  assert.equal(before.found.get("heliograph_channel_servers_up"), SERVERS);
  assert.equal(before.found.get("heliograph_channel_servers_down"), 0);
  const ada = await createWorkspace(server, "Ada Unmistakable");
  const channel = await ada.createChannel({ name: "unmistakable" });
  const socket = await ada.connect({ channels: [channel] });
  const straight = await ada.connectDirectly(channel);
  for (let n = 0; n < 5; n++) await ada.say(channel, `unmistakable ${n}`);
  await socket.reaches(channel, 6);
  assert.equal((await ada.get("/channels/C0/messages")).status, 404);

  const now = await samples();
  const risen = (family) => sum(now, family) - sum(before, family);
  assert.equal(risen("messages_total"), 5);
  // The workspace, its founder and the channel.
  assert.equal(risen("logs"), 3);
  assert.ok(risen("events_total") > 5, "joining is an event too");
  assert.equal(risen("events"), risen("events_total"), "each of them is stored");
  assert.ok(risen("frames_total") >= 10, "to the gateway and to the socket");
  assert.equal(risen("subscriptions"), 3);
  assert.equal(risen("sockets"), 1);
  assert.ok(risen("links") >= 1);
  assert.equal(sum(now, "effects_waiting"), 0);
  assert.ok(sum(now, "database_bytes") > 0);
  const isolate = (name) => now.found.get(`heliograph_isolate_${name}`) - before.found.get(`heliograph_isolate_${name}`);
  assert.ok(isolate("requests_total") >= 8);
  assert.ok(isolate("browser_frames_total") >= 5);
  assert.equal(isolate('refusals_total{code="not_found"}'), 1);
  for (const secret of ["nmistakable", channel, ada.user, ada.workspace, ada.token]) {
    assert.ok(!now.text.includes(secret), secret);
  }
  await straight.close();
  await socket.close();
});

test("a_panic_is_counted", async () => {
  await server.panic();
  const { found } = await samples();
  assert.equal(found.get("heliograph_isolate_module_restarts_total"), 1);
});
