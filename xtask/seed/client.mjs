// A server of Heliograph as somebody who is signed in uses it: HTTP calls and gateway commands, each made again when the server says so.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";

const SUBPROTOCOL = "heliograph.v1";
/** No single answer may take longer. */
const ANSWER_WITHIN_MS = 30_000;
/** How long one thing is tried, over all refusals that say when to come back. */
const PATIENCE_MS = 120_000;
/** Where a refusal does not say when to come back. */
const RETRY_AFTER_MS = 500;

/** What the person at the keyboard has to know; everything else is a mistake in here. */
export class SeedError extends Error {}

/** A call or command that was refused. */
class Refused extends SeedError {
  constructor(what, { status, code, title, detail, message, retry_after_ms }) {
    super(`${what} was refused: ${detail ?? message ?? title ?? code ?? status}`);
    Object.assign(this, { status, code });
    const comesBack = ["rate_limited", "overloaded"].includes(code) || status === 429 || status === 503;
    this.retryAfterMs = comesBack ? (retry_after_ms ?? RETRY_AFTER_MS) : undefined;
  }
}

/** The connection broke before the answer came. */
class Broken extends SeedError {
  retryAfterMs = RETRY_AFTER_MS;
}

/** Does `attempt` until it is not refused with a time to come back, or patience ends. */
async function patiently(attempt) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const wait = error.retryAfterMs;
      if (wait === undefined || Date.now() + wait > deadline) throw error;
      await delay(wait);
    }
  }
}

/** The server at an origin. */
export class Server {
  constructor(url) {
    this.origin = originOf(url);
  }

  /** One call, tried until it is let through; gives the answer's body. */
  call(method, path, body, token) {
    return patiently(() => this.#once(method, path, body, token));
  }

  async #once(method, path, body, token) {
    const what = `${method} /api/v1${path}`;
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) };
    let answer, text;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      answer = await fetch(`${this.origin}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal });
      text = await answer.text();
    } catch (error) {
      throw new SeedError(`nothing answers at ${this.origin} (${error.cause?.code ?? error.message}); \`cargo xtask dev\` starts a server`);
    }
    const read = parsed(text);
    if (!answer.ok && read?.code) throw new Refused(what, { status: answer.status, ...read });
    if (!answer.ok || (text !== "" && read === undefined)) {
      throw new SeedError(`${this.origin} does not answer as a Heliograph does: ${what} gave ${answer.status}`);
    }
    return read;
  }

  /** Makes a workspace with its first person in it. */
  async found(workspace, display_name) {
    try {
      return new Member(this, await this.call("POST", "/workspaces", { name: workspace, display_name }));
    } catch (error) {
      if (error.status !== 403) throw error;
      throw new SeedError(`${this.origin} lets nobody make a workspace: its variable SIGNUP is not \`open\``);
    }
  }

  /** Comes in by an invite. */
  async accept(code, display_name) {
    return new Member(this, await this.call("POST", `/invites/${code}/accept`, { display_name }));
  }
}

/** Somebody signed in. */
export class Member {
  #socket;
  #nextId = 1;
  #waiting = new Map();

  constructor(server, { workspace, user, token }) {
    this.server = server;
    this.workspace = workspace.id;
    this.user = user.id;
    this.token = token;
  }

  call(method, path, body) {
    return this.server.call(method, path, body, this.token);
  }

  /** Sends a message and gives its seq. */
  async say(channel, text, more = {}) {
    const body = { client_message_id: randomUUID(), text, ...more };
    return (await this.call("POST", `/channels/${channel}/messages`, body)).seq;
  }

  /** A gateway command, on a socket that is opened when first needed and again when it broke; gives the reply's `ok`. */
  command(op, fields) {
    return patiently(async () => {
      this.#socket ??= this.#connect();
      await this.#socket;
      return this.#ask(op, fields);
    });
  }

  async leave() {
    const socket = await this.#socket?.catch(() => {});
    socket?.close();
  }

  async #connect() {
    const url = `${this.server.origin.replace(/^http/, "ws")}/api/v1/socket`;
    const socket = new WebSocket(url, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${this.token}` },
      handshakeTimeout: ANSWER_WITHIN_MS,
      perMessageDeflate: false,
    });
    socket.on("message", (frame) => frame.toString().split("\n").forEach((line) => this.#hear(line)));
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.#socket = undefined;
      for (const { failed } of this.#waiting.values()) failed(new Broken(`the socket was closed with ${code}`));
      this.#waiting.clear();
    });
    await new Promise((done, failed) => {
      socket.once("open", done);
      socket.once("close", (code) => failed(new Broken(`the socket was closed with ${code}`)));
    });
    await this.#ask("hello", {}, socket);
    return socket;
  }

  async #ask(op, fields, opened) {
    const socket = opened ?? (await this.#socket);
    const id = this.#nextId++;
    let timer;
    const reply = await new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      timer = setTimeout(() => failed(new SeedError(`no reply to ${op} within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
      socket.send(JSON.stringify({ id, op, ...fields }));
    }).finally(() => clearTimeout(timer));
    if (reply.error) throw new Refused(op, reply.error);
    return reply.ok;
  }

  #hear(line) {
    const { re, ...reply } = parsed(line) ?? {};
    this.#waiting.get(re)?.done(reply);
    this.#waiting.delete(re);
  }
}

function originOf(url) {
  const parsedUrl = URL.canParse(url) ? new URL(url) : undefined;
  if (!["http:", "https:"].includes(parsedUrl?.protocol)) throw new SeedError(`\`${url}\` is no address such as http://127.0.0.1:8787`);
  return parsedUrl.origin;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
