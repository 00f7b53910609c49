// A client that stays, whatever becomes of its connections.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError, Connection, UpgradeRefused } from "./connection.mjs";
import { assertGapFree, message } from "./contract.mjs";
import { LONG_MS, PATIENCE_MS } from "./waiting.mjs";

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

  /** Whether a channel's sync mark has come since the person is in it. */
  follows(channel) {
    return this.#resume[channel] !== undefined;
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

  /** A command that may be repeated, for sure: the `ok` of its reply, on whichever connection it comes. */
  async ok(op, fields) {
    for (;;) {
      await this.untilConnected();
      const { connection } = this;
      try {
        return await connection.ok(op, fields);
      } catch (error) {
        if (error.retry_after_ms !== undefined) await delay(error.retry_after_ms);
        else if (error instanceof CommandError || !connection.closed) throw error;
      }
    }
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
      await connection.untilClosed(LONG_MS);
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
      const id = connection.post("send", entry.fields);
      // Whoever waits for the ack says how long.
      const { ok, error } = await connection.reply(id, "reply to send", { withinMs: LONG_MS });
      if (error) throw new CommandError("send", error);
      this.acked.set(entry.fields.client_message_id, ok);
      this.#outbox.delete(entry.fields.client_message_id);
      entry.done(ok);
      this.#notify();
    } catch (error) {
      // Where the connection closed, the next one sends it again.
      if (connection.closed) return;
      if (error.retry_after_ms === undefined) this.faults.push(error.message);
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
      if (line.event === "left") this.#forget(line.subject);
    }
    this.#notify();
  }

  /** Of a channel that the person is out of nothing more comes; whoever joins it again begins anew. */
  #forget(channel) {
    this.#channels = this.#channels.filter((followed) => followed !== channel);
    this.#logs.delete(channel);
    const { [channel]: _, ...resume } = this.#resume;
    this.#resume = resume;
  }

  #notify() {
    for (const look of [...this.#waiting]) look();
  }
}
