// One WebSocket, to the gateway or straight to a channel server.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { SUBPROTOCOL, message } from "./contract.mjs";
import { assertProblem, parsed } from "./http.mjs";
import { PATIENCE_MS } from "./waiting.mjs";

/** How long after the frames of a close the connection may stay up; a browser does not wait for it for long either. */
const CLOSE_HANDSHAKE_MS = 250;

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

  static #upgrade(server, { token, cookie, origin, path = "/socket", protocol = SUBPROTOCOL, headers: more, onLine }) {
    const url = path.startsWith("ws") ? path : `${server.origin.replace("http", "ws")}/api/v1${path}`;
    const headers = { ...more };
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
  reply(id, what = `reply ${id}`, options) {
    return this.until((line) => line.re === id, what, options);
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
