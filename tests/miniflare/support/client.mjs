// A client of Heliograph written from the protocol's text alone: one HTTP call, one socket, and what a test asks of them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";

export const SUBPROTOCOL = "heliograph.v1";
export const MAX_FRAME_BYTES = 128 * 1024;
export const MAX_TEXT_BYTES = 16 * 1024;
export const MAX_COMMANDS_IN_FLIGHT = 500;
/** How long an awaited thing may take before the test says what it waited for. */
export const PATIENCE_MS = 20_000;
/** How long after the frames of a close the connection may stay up; a browser does not wait for it for long either. */
const CLOSE_HANDSHAKE_MS = 250;

/** The HTTP status that the contract gives each code. */
export const STATUS_OF = {
  invalid_request: 400,
  not_authenticated: 401,
  forbidden: 403,
  not_a_member: 403,
  not_found: 404,
  conflict: 409,
  archived: 410,
  too_large: 413,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
};

// ---------------------------------------------------------------------------------------------------------------- HTTP

/**
 * One call. `path` is below `/api/v1`, or at the root when it begins with `//`. `body` is sent as JSON, `raw` as it is.
 * Gives `{status, headers, text, body}`; an error that is not problem+json with what the contract wants fails the test here.
 */
export async function call(server, method, path, { token, cookie, origin, body, raw, headers = {} } = {}) {
  const url = path.startsWith("//") ? server.origin + path.slice(1) : `${server.origin}/api/v1${path}`;
  const sent = { ...headers };
  if (token !== undefined) sent.authorization = `Bearer ${token}`;
  if (cookie !== undefined) sent.cookie = cookie;
  if (origin !== undefined) sent.origin = origin;
  if (body !== undefined) sent["content-type"] ??= "application/json";
  const answer = await fetch(url, {
    method,
    headers: sent,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    redirect: "manual",
  });
  const text = await answer.text();
  const result = { status: answer.status, headers: answer.headers, text, body: parsed(text) };
  if (answer.status >= 400 && !path.startsWith("//")) assertProblem(result, `${method} ${path}`);
  return result;
}

/** RFC 9457 with a `code` of the contract that goes with the status. */
export function assertProblem({ status, headers, body, text }, what) {
  assert.match(headers.get("content-type") ?? "", /^application\/problem\+json\b/, `${what}: ${status} ${text}`);
  assert.equal(typeof body?.type, "string", `${what}: type in ${text}`);
  assert.equal(typeof body.title, "string", `${what}: title in ${text}`);
  assert.equal(body.status, status, `${what}: status in ${text}`);
  assert.equal(STATUS_OF[body.code], status, `${what}: code in ${text}`);
  if (status === 429 || status === 503) {
    assert.match(headers.get("retry-after") ?? "", /^\d+$/, `${what}: Retry-After`);
    assert.equal(typeof body.retry_after_ms, "number", `${what}: retry_after_ms in ${text}`);
  }
}

/** Asserts the status and gives the body. */
export function expect(answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `expected ${statuses.join(" or ")}, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** Asserts that a call was refused with this code (and so with its status). */
export function expectRefused(answer, ...codes) {
  assert.ok(codes.includes(answer.body?.code), `expected ${codes.join(" or ")}, got ${answer.status}: ${answer.text}`);
}

/** The id of a thing that is given as an object or as an id. */
export const idOf = (thing) => (typeof thing === "string" ? thing : thing.id);

/** Tries until `attempt` gives something truthy, for facts that travel from one channel's log to another. */
export async function eventually(what, attempt, withinMs = PATIENCE_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await attempt();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(25);
  }
}

/** Somebody signed in: `user` and `workspace` are ids. */
export class Person {
  constructor(server, { workspace, user, token }, cookie) {
    this.server = server;
    this.workspace = workspace.id;
    this.user = user.id;
    this.token = token;
    this.cookie = cookie;
  }

  static from(server, answer) {
    return new Person(server, expect(answer, 201), cookieOf(answer));
  }

  call(method, path, options = {}) {
    return call(this.server, method, path, { token: this.token, ...options });
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body) {
    return this.call("POST", path, { body });
  }

  async boot() {
    return expect(await this.get("/boot"), 200);
  }

  /** Makes a channel and gives its id. */
  async createChannel({ name = uniqueName("room"), kind = "public", ...rest } = {}) {
    return expect(await this.post("/channels", { name, kind, ...rest }), 201).channel.id;
  }

  async joinChannel(channel) {
    expect(await this.post(`/channels/${channel}/join`, {}), 200);
  }

  async add(channel, person) {
    expect(await this.post(`/channels/${channel}/members`, { user: person.user }), 200);
  }

  /** Sends over HTTP and gives `{channel, epoch, seq, at}`. */
  async say(channel, text, more = {}) {
    return expect(await this.post(`/channels/${channel}/messages`, message(text, more)), 201);
  }

  async history(channel, query) {
    return expect(await this.get(`/channels/${channel}/messages?${new URLSearchParams(query)}`), 200);
  }

  /** All messages of a channel, ascending, read page by page from the start. */
  async wholeHistory(channel) {
    const messages = [];
    for (let after = 0; ; after = messages.at(-1).seq) {
      const page = await this.history(channel, { after, limit: 200 });
      messages.push(...page.messages);
      if (!page.has_more) return messages;
      assert.notEqual(page.messages.length, 0, "has_more with an empty page");
    }
  }

  /** An open socket of the gateway, `hello` said, and a sync mark had for each channel in `channels`. */
  async connect({ channels = [], resume, hello = {}, ...options } = {}) {
    const connection = await Connection.open(this.server, { token: this.token, ...options });
    connection.expectFrom(resume);
    connection.hello = await connection.ok("hello", { ...(resume && { resume }), ...hello });
    for (const channel of channels) await connection.sync(channel);
    return connection;
  }

  /** An open socket straight to the channel server of `channel`, its first sync mark had. */
  async connectDirectly(channel, { epoch, since } = {}) {
    const query = new URLSearchParams({ ...(epoch !== undefined && { epoch }), ...(since !== undefined && { since }) });
    const connection = await Connection.open(this.server, {
      token: this.token,
      path: `/channels/${channel}/socket?${query}`,
    });
    if (since !== undefined) connection.expectFrom({ [channel]: { epoch, seq: since } });
    await connection.sync(channel);
    return connection;
  }
}

/** `Cookie` as a browser would send it back after this answer. */
export function cookieOf(answer) {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

export const uniqueName = (stem) => `${stem}-${randomUUID().slice(0, 8)}`;
export const message = (text, more = {}) => ({ client_message_id: randomUUID(), text, ...more });

/** A workspace of its own, so that tests do not see each other. */
export async function createWorkspace(server, display_name = "Ada") {
  return Person.from(server, await call(server, "POST", "/workspaces", { body: { name: uniqueName("ws"), display_name } }));
}

export async function invite(person, { max_uses = 1000, expires_in_s = 3600 } = {}) {
  return expect(await person.post("/invites", { max_uses, expires_in_s }), 201).code;
}

export async function accept(server, code, display_name = "Guest") {
  return Person.from(server, await call(server, "POST", `/invites/${code}/accept`, { body: { display_name } }));
}

/** `[owner, …]`: a fresh workspace with so many people in it. */
export async function createPeople(server, count) {
  const owner = await createWorkspace(server);
  const people = [owner];
  if (count > 1) {
    const code = await invite(owner);
    for (let n = 1; n < count; n++) people.push(await accept(server, code, `Guest ${n}`));
  }
  return people;
}

/** `{people, channel}`: a fresh workspace, so many people, and one channel that all are members of. */
export async function createRoom(server, count, { kind = "public" } = {}) {
  const people = await createPeople(server, count);
  const channel = await people[0].createChannel({ kind });
  for (const person of people.slice(1)) {
    if (kind === "public") await person.joinChannel(channel);
    else await people[0].add(channel, person);
  }
  await Promise.all(people.map((person) => untilInBoot(person, channel)));
  return { people, channel };
}

/** Waits until a membership has reached the person's own list. */
export function untilInBoot(person, channel) {
  return eventually(`${channel} in boot of ${person.user}`, async () => {
    const { channels } = await person.boot();
    return channels.find(({ id }) => id === channel);
  });
}

// -------------------------------------------------------------------------------------------------------------- socket

/** A command answered with an error. */
export class CommandError extends Error {
  constructor(op, { code, message, retry_after_ms }) {
    super(`${op}: ${code}: ${message}`);
    Object.assign(this, { code, retry_after_ms });
  }
}

/** An upgrade that was answered over HTTP. */
export class UpgradeRefused extends Error {
  constructor(answer) {
    super(`upgrade refused: ${answer.status} ${answer.text}`);
    this.answer = answer;
  }
}

/**
 * One WebSocket. Keeps every line and counts frames, and checks as it goes that the logged events of each channel come
 * without gap, doubling or disorder (`assertWhole` says what it found).
 */
export class Connection {
  #socket;
  #nextId = 1;
  #waiting = new Set();
  #cursors = new Map();
  #faults = [];
  #onLine;
  #close;

  /** Every line received, parsed; the bare `pong` stands as the string. */
  lines = [];
  /** Frames received, whatever is in them. */
  frames = 0;
  /** Frames received that hold at least one logged `message` event. */
  messageFrames = 0;
  /** `{code, reason}` once closed. */
  closed = undefined;

  /** `onLine` is told every line before anybody who waits is. */
  static async open(server, options = {}) {
    if (!server.oneUpgradeAtATime) return Connection.#upgrade(server, options);
    const upgrading = (server.upgrading ?? Promise.resolve()).then(() => Connection.#upgrade(server, options));
    server.upgrading = upgrading.catch(() => {});
    return upgrading;
  }

  static #upgrade(server, { token, cookie, origin, path = "/socket", protocol = SUBPROTOCOL, onLine }) {
    const url = path.startsWith("ws") ? path : `${server.origin.replace("http", "ws")}/api/v1${path}`;
    const headers = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (cookie !== undefined) headers.cookie = cookie;
    if (origin !== undefined) headers.origin = origin;
    const socket = new WebSocket(url, protocol, {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: PATIENCE_MS,
      closeTimeout: CLOSE_HANDSHAKE_MS,
    });
    return new Promise((done, failed) => {
      // What comes in the same packet as the upgrade would be emitted before the promise's reader runs.
      socket.once("open", () => done(new Connection(socket, onLine)));
      socket.once("error", failed);
      socket.once("unexpected-response", async (_request, response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const answer = { status: response.statusCode, headers: new Headers(response.headers), text, body: parsed(text) };
        failed(new UpgradeRefused(answer));
      });
    });
  }

  constructor(socket, onLine = () => {}) {
    this.#socket = socket;
    this.#onLine = onLine;
    socket.on("message", (data, binary) => this.#take(data, binary));
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    this.#close = new Promise((done) => socket.on("close", done));
  }

  get protocol() {
    return this.#socket.protocol;
  }

  /** Tells the checker where each channel was left, as `resume` told the server. */
  expectFrom(resume = {}) {
    for (const [channel, { seq }] of Object.entries(resume)) this.#cursors.set(channel, seq);
  }

  /** Sends a frame as it is. */
  sendFrame(data, options) {
    this.#socket.send(data, options);
  }

  /** Numbers a command without sending it: `{id, line}`. */
  number(op, fields = {}) {
    const id = this.#nextId++;
    return { id, line: JSON.stringify({ id, op, ...fields }) };
  }

  /** Sends a command and gives its id at once. */
  post(op, fields) {
    const { id, line } = this.number(op, fields);
    this.sendFrame(line);
    return id;
  }

  /** The whole reply to a command by its id. */
  reply(id, what = `reply ${id}`) {
    return this.until((line) => line.re === id, what);
  }

  /** Sends a command and gives the `ok` of its reply; an error is thrown as `CommandError`. */
  async ok(op, fields) {
    const reply = await this.reply(this.post(op, fields), `reply to ${op}`);
    if (reply.error) throw new CommandError(op, reply.error);
    assert.equal(typeof reply.ok, "object", `reply to ${op}: ${JSON.stringify(reply)}`);
    return reply.ok;
  }

  /** Asserts that a command is refused with one of these codes. */
  async refused(op, fields, ...codes) {
    const reply = await this.reply(this.post(op, fields), `reply to ${op}`);
    assert.ok(codes.includes(reply.error?.code), `${op}: expected ${codes.join(" or ")}, got ${JSON.stringify(reply)}`);
    assert.equal(typeof reply.error.message, "string");
    return reply.error;
  }

  send(channel, text, more = {}) {
    return this.ok("send", { channel, ...message(text, more) });
  }

  /** The first line, from index `from` on, that has been or will be received and pleases `wanted`. */
  until(wanted, what, { from = 0, withinMs = PATIENCE_MS } = {}) {
    return new Promise((done, failed) => {
      let next = from;
      const waiter = { look: () => {
        for (; next < this.lines.length; next++) {
          if (wanted(this.lines[next])) return finish(done, this.lines[next]);
        }
        if (this.closed) finish(failed, new Error(`closed with ${JSON.stringify(this.closed)} before ${what}`));
      } };
      const timer = setTimeout(() => {
        const tail = this.lines.slice(-5).map((line) => JSON.stringify(line).slice(0, 200));
        finish(failed, new Error(`not within ${withinMs} ms: ${what}; last lines of ${this.lines.length}: ${tail.join(" ")}`));
      }, withinMs);
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        settle(value);
      };
      this.#waiting.add(waiter);
      waiter.look();
    });
  }

  /** The first sync mark of a channel from index `from` on. */
  sync(channel, { from = 0 } = {}) {
    return this.until((line) => line.sync === channel, `sync mark of ${channel}`, { from });
  }

  /** The first event, logged or transient, with these fields. */
  event(event, fields = {}, options) {
    const wanted = Object.entries({ event, ...fields });
    return this.until(
      (line) => wanted.every(([key, value]) => line[key] === value),
      `event ${JSON.stringify({ event, ...fields })}`,
      options,
    );
  }

  /** Resolves once the channel's log has been followed up to `seq`. */
  reaches(channel, seq, options) {
    return this.until((line) => line.channel === channel && line.seq >= seq, `${channel} at ${seq}`, options);
  }

  /** Logged events of a channel, as received. */
  logged(channel) {
    return this.lines.filter((line) => line.event !== undefined && line.channel === channel && line.seq !== undefined);
  }

  /** Logged `message` events of a channel, as received. */
  messages(channel) {
    return this.logged(channel).filter(({ event }) => event === "message");
  }

  /** `{channel: {epoch, seq}}` to resume from, of these channels. */
  resumePoint(...channels) {
    return Object.fromEntries(
      channels.map((channel) => {
        const { epoch } = this.lines.findLast((line) => line.sync === channel);
        return [channel, { epoch, seq: this.#cursors.get(channel) }];
      }),
    );
  }

  /** Goes to the server and back without waking anybody, so that what was sent to this socket before has arrived. */
  async ping() {
    const from = this.lines.length;
    this.sendFrame("ping");
    await this.until((line) => line === "pong", "pong", { from });
  }

  /** Waits for the close and gives `{code, reason}`. */
  async untilClosed(withinMs = PATIENCE_MS) {
    const late = new AbortController();
    const tooLate = delay(withinMs, undefined, { signal: late.signal }).then(
      () => assert.fail(`not closed within ${withinMs} ms`),
      () => {},
    );
    await Promise.race([this.#close, tooLate]);
    late.abort();
    return this.closed;
  }

  /** What was wrong with the order of a channel's log, or with a frame. */
  get faults() {
    return this.#faults;
  }

  /** Asserts that every channel's log came gap-free, in order and once (promises 2 and 4). */
  assertWhole() {
    assert.deepEqual(this.#faults, []);
  }

  close() {
    this.#socket.close();
    return this.untilClosed();
  }

  /** Drops the TCP connection, as a phone in a tunnel does. */
  async drop() {
    this.#socket.terminate();
    await this.untilClosed();
  }

  #take(data, binary) {
    this.frames++;
    if (binary) this.#faults.push(`a binary frame of ${data.length} bytes`);
    let holdsMessage = false;
    for (const text of data.toString().split("\n")) {
      if (text === "") continue;
      const line = text === "pong" ? text : JSON.parse(text);
      this.lines.push(line);
      this.#check(line);
      this.#onLine(line);
      holdsMessage ||= line.event === "message";
    }
    if (holdsMessage) this.messageFrames++;
    this.#wake();
  }

  #check(line) {
    if (line.sync !== undefined) {
      const cursor = this.#cursors.get(line.sync);
      if (line.recovered && cursor !== undefined && cursor !== line.seq) {
        this.#faults.push(`${line.sync}: recovered to ${line.seq}, but the last event was ${cursor}`);
      }
      this.#cursors.set(line.sync, line.seq);
    } else if (line.event !== undefined && line.seq !== undefined) {
      const cursor = this.#cursors.get(line.channel);
      if (cursor !== undefined && line.seq !== cursor + 1) {
        this.#faults.push(`${line.channel}: ${line.event} ${line.seq} after ${cursor}`);
      }
      this.#cursors.set(line.channel, line.seq);
    }
  }

  #wake() {
    for (const waiter of [...this.#waiting]) waiter.look();
  }
}

/** What an upgrade was refused with. */
export async function refusedUpgrade(server, options) {
  let connection;
  try {
    connection = await Connection.open(server, options);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    assertProblem(error.answer, `upgrade of ${options.path ?? "/socket"}`);
    return error.answer;
  }
  await connection.drop();
  assert.fail("the upgrade was granted");
}

// ------------------------------------------------------------------------------------------------- a client that stays

/**
 * A client that keeps a connection: comes back with `resume` after every close the contract lets it come back from, sends
 * what was not acknowledged again under its old `client_message_id`, and keeps each channel's log over all of it.
 */
export class Follower {
  #person;
  #channels;
  #resume = {};
  #outbox = new Map();
  #running = true;
  #loop;
  #logs = new Map();
  #waiting = new Set();

  /** The living connection, once it has said hello and had the sync mark of every channel. */
  connection = undefined;
  reconnects = 0;
  /** client_message_id → `ok` of its ack. */
  acked = new Map();
  /** What a client must not see: gaps, refusals, `recovered: false` for a channel that it already followed. */
  faults = [];

  /** Follows until the test `t` ends. */
  static async start(t, person, channels) {
    const follower = new Follower(person, channels);
    t.after(() => follower.stop());
    follower.#loop = follower.#keepConnected();
    await follower.untilConnected();
    return follower;
  }

  constructor(person, channels) {
    this.#person = person;
    this.#channels = channels;
  }

  /** Logged events of a channel, over all connections. */
  log(channel) {
    return this.#logs.get(channel) ?? [];
  }

  /** Sends for sure: resolves with the ack, over however many connections it takes. */
  send(channel, text) {
    const fields = { channel, ...message(text) };
    const entry = { fields };
    entry.acked = new Promise((done) => (entry.done = done));
    this.#outbox.set(fields.client_message_id, entry);
    if (this.connection) this.#dispatch(this.connection, entry);
    return entry.acked;
  }

  /** Waits until `fact()` is truthy; looks again whenever something came. */
  until(what, fact, withinMs = 3 * PATIENCE_MS) {
    return new Promise((done, failed) => {
      const look = () => {
        const value = fact();
        if (value) finish(done, value);
      };
      const timer = setTimeout(
        () => finish(failed, new Error(`not within ${withinMs} ms: ${what}; ${this.faults.join("; ")}`)),
        withinMs,
      );
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      this.#waiting.add(look);
      look();
    });
  }

  untilConnected() {
    return this.until("connected", () => this.connection && !this.connection.closed);
  }

  reaches(channel, seq) {
    return this.until(`${channel} at ${seq}`, () => (this.log(channel).at(-1)?.seq ?? 0) >= seq);
  }

  /** Asserts that each log is gap-free over all connections and that nothing was given up as not recoverable. */
  assertWhole() {
    assert.deepEqual(this.faults, []);
    for (const log of this.#logs.values()) assertGapFree(log);
  }

  async stop() {
    this.#running = false;
    await this.connection?.drop();
    await this.#loop;
  }

  async #keepConnected() {
    while (this.#running) {
      let pauseMs = 50;
      try {
        const { code, reason } = await this.#connectOnce();
        if (!this.#running) break;
        this.reconnects++;
        if (code >= 4500) {
          this.faults.push(`closed for good with ${code} ${reason}`);
          break;
        }
        if (code === 4000) pauseMs = JSON.parse(reason).retry_after_ms;
      } catch (error) {
        // A server that is down refuses the connection or cuts it; an answer below 500 is a finding.
        if (error instanceof UpgradeRefused && error.answer.status < 500) this.faults.push(String(error));
      }
      await delay(pauseMs);
    }
    this.#notify();
  }

  async #connectOnce() {
    const connection = await Connection.open(this.#person.server, {
      token: this.#person.token,
      onLine: (line) => this.#take(line),
    });
    try {
      connection.expectFrom(this.#resume);
      const hello = await connection.reply(connection.post("hello", { resume: this.#resume }), "reply to hello");
      if (!hello.ok) this.faults.push(`hello: ${JSON.stringify(hello)}`);
      for (const channel of this.#channels) await connection.sync(channel);
      this.connection = connection;
      this.#notify();
      for (const entry of this.#outbox.values()) this.#dispatch(connection, entry);
      await connection.untilClosed(2 ** 31 - 1);
    } finally {
      this.connection = undefined;
      await connection.drop();
      this.faults.push(...connection.faults);
      this.#notify();
    }
    return connection.closed;
  }

  async #dispatch(connection, entry) {
    try {
      const ok = await connection.ok("send", entry.fields);
      this.acked.set(entry.fields.client_message_id, ok);
      this.#outbox.delete(entry.fields.client_message_id);
      entry.done(ok);
      this.#notify();
    } catch (error) {
      // Where the connection closed, the next one sends it again.
      if (connection.closed) return;
      if (error.retry_after_ms === undefined) this.faults.push(String(error));
      await delay(error.retry_after_ms ?? 1_000);
      if (!connection.closed) this.#dispatch(connection, entry);
    }
  }

  #take(line) {
    if (line.sync !== undefined) {
      if (this.#resume[line.sync] && !line.recovered) this.faults.push(`not recovered: ${JSON.stringify(line)}`);
      this.#resume = { ...this.#resume, [line.sync]: { epoch: line.epoch, seq: line.seq } };
    } else if (line.event !== undefined && line.seq !== undefined) {
      const log = this.#logs.get(line.channel) ?? [];
      log.push(line);
      this.#logs.set(line.channel, log);
      const point = this.#resume[line.channel];
      if (point) this.#resume = { ...this.#resume, [line.channel]: { ...point, seq: line.seq } };
    }
    this.#notify();
  }

  #notify() {
    for (const look of [...this.#waiting]) look();
  }
}

/** Asserts that events or messages count up by one. */
export function assertGapFree(log) {
  for (let n = 1; n < log.length; n++) {
    assert.equal(log[n].seq, log[n - 1].seq + 1, `${log[n].channel} has ${log[n].seq} after ${log[n - 1].seq}`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
