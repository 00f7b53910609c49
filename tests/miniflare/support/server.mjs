// Runs the built Worker on a loopback port, the way `wrangler.toml` describes it, and can evict, kill and restart it.
import { fork } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const WORKER_NAME = "heliograph";
const READY_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;
const LOG_LINES_KEPT = 400;
/** Ports of servers, below those that connections get by themselves: one of them might be taken before its server is there. */
const PORTS = [20_000, 32_000];
/** Ports that this process has given to servers. */
const given = new Set();

const wrangler = readWrangler(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
/** The Worker under test; HELIOGRAPH_WORKER names another build of it. */
const WORKER = resolve(ROOT, process.env.HELIOGRAPH_WORKER ?? wrangler.main);

/** Tests are many people at once from one address: their limits are those that they set themselves. */
const RAISED = "1000000/s burst 1000000";

/**
 * Starts a server of its own: fresh folder, free port, open sign-up, four channel servers, rates that nobody reaches.
 * `env` adds to or replaces the Worker's variables. With `client` the built web client is served too, as `wrangler.toml` says.
 */
export async function startServer({ env = {}, client = false, readyWithinMs } = {}) {
  if (!existsSync(WORKER)) {
    throw new Error(`There is no Worker at ${WORKER}: build it with \`cargo xtask build\`.`);
  }
  if (client && !existsSync(join(wrangler.assets.directory, "index.html"))) {
    throw new Error(`There is no client in ${wrangler.assets.directory}: build it with \`cargo xtask build\`.`);
  }
  const folder = await mkdtemp(join(tmpdir(), "heliograph-test-"));
  const server = new Server(folder, await freePort(), {
    ENVIRONMENT: "development",
    SIGNUP: "open",
    SESSION_KEY: randomBytes(32).toString("base64url"),
    CHANNEL_SERVERS: "4",
    GATEWAY_SLOTS: "2",
    ...Object.fromEntries(wrangler.rates.map((name) => [name, RAISED])),
    ...env,
  }, client ? wrangler.assets : undefined);
  try {
    await server.start(readyWithinMs);
  } catch (error) {
    await server.stop().catch(() => {});
    throw error;
  }
  return server;
}

export class Server {
  #options;
  #process;
  #calls = new Map();
  #nextCall = 1;
  /** What workerd printed last, a line an element. */
  log = [];
  /**
   * For tests that evict: workerd takes an object whose WebSocket upgrades overlapped for one that is in use for as long as
   * they are open, and would wait for them in vain.
   */
  oneUpgradeAtATime = false;

  constructor(folder, port, env, assets) {
    const { compatibilityDate, compatibilityFlags, durableObjects } = wrangler;
    const name = WORKER_NAME;
    this.#options = {
      ...{ name, worker: WORKER, folder, port, env, assets },
      ...{ compatibilityDate, compatibilityFlags, durableObjects },
    };
    this.#process = fork(join(HERE, "miniflare.mjs"), { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#process.on("message", ({ id, result, error }) => {
      const { done, failed } = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) done(result);
      else failed(new Error(error));
    });
    this.#process.on("exit", (code, signal) => {
      for (const { failed } of this.#calls.values()) failed(new Error(`Miniflare's process ended: ${code ?? signal}`));
    });
    [this.#process.stdout, this.#process.stderr].forEach((stream) => this.#keepLog(stream));
  }

  /** What the server signs sessions with. */
  get sessionKey() {
    return Buffer.from(this.#options.env.SESSION_KEY, "base64url");
  }

  /** `http://127.0.0.1:port`, the same for the whole life of the server. */
  get origin() {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  /** What the Worker threw without catching it so far; a panic of its wasm is one. */
  get uncaught() {
    return this.log.filter((line) => /uncaught exception; desc|panicked at/.test(line));
  }

  /** Begins on whatever the folder holds; resolves when `/readyz` answers 200. */
  async start(readyWithinMs = READY_WITHIN_MS) {
    await this.#call("start", this.#options);
    await this.#untilReady(readyWithinMs);
  }

  /**
   * Evicts every running object of a class, once it is idle, and gives how many there were. `webSockets` says what becomes of
   * the sockets that the objects accepted: "hibernate" keeps them open, "close" closes them.
   */
  evict(className, { webSockets = "hibernate" } = {}) {
    return this.#call("evict", className, webSockets);
  }

  /** Has the wasm panic: every object of the isolate forgets what it had in memory, while all sockets stay open. */
  async panic() {
    const answer = await fetch(`${this.origin}/dev/panic`, { method: "POST", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (answer.status !== 500) throw new Error(`/dev/panic answered ${answer.status}: ${await answer.text()}`);
  }

  /** What the isolate has had to do: `{channel_servers, gateways, link_frames, reads, wakes, memory_bytes}`; the first two count lives. */
  async census() {
    const answer = await fetch(`${this.origin}/dev/census`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return answer.json();
  }

  /** SIGKILL of workerd, without a word to it; resolves when it is gone. */
  kill() {
    return this.#call("kill");
  }

  /** Ends the server and removes its folder. */
  async stop() {
    const ended = new Promise((done) => this.#process.once("exit", done));
    if (this.#process.connected) this.#process.disconnect();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await ended;
  }

  #call(call, ...args) {
    const id = this.#nextCall++;
    return new Promise((done, failed) => {
      this.#calls.set(id, { done, failed });
      this.#process.send({ id, call, args });
    });
  }

  async #untilReady(withinMs) {
    const deadline = Date.now() + withinMs;
    let last;
    while (Date.now() < deadline) {
      try {
        const answer = await fetch(`${this.origin}/readyz`);
        last = `${answer.status} ${await answer.text()}`;
        if (answer.status === 200) return;
      } catch (error) {
        last = String(error.cause ?? error);
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`/readyz did not answer 200 in ${withinMs} ms: ${last}\n${this.log.join("\n")}`);
  }

  #keepLog(stream) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      if (process.env.HELIOGRAPH_LOG) process.stderr.write(text);
      this.log.push(...text.split("\n").filter((line) => line !== ""));
      this.log.splice(0, Math.max(0, this.log.length - LOG_LINES_KEPT));
    });
  }
}

/** The few keys of `wrangler.toml` that tests and deployment have to agree on. */
function readWrangler(source) {
  const text = source.replace(/^\s*#.*$/gm, "");
  const need = (pattern) => {
    const match = pattern.exec(text);
    if (!match) throw new Error(`wrangler.toml has nothing like ${pattern}`);
    return match[1];
  };
  const strings = (list) => [...list.matchAll(/"([^"]*)"/g)].map(([, string]) => string);
  const assets = /^\[assets\]([^]*?)^\[/m.exec(text)?.[1] ?? "";
  const asset = (key) => new RegExp(`^${key}\\s*=\\s*"([^"]+)"`, "m").exec(assets)?.[1];
  return {
    assets: {
      directory: join(ROOT, asset("directory")),
      binding: asset("binding"),
      routerConfig: {
        has_user_worker: true,
        static_routing: { user_worker: strings(/^run_worker_first\s*=\s*\[([^\]]*)\]/m.exec(assets)[1]) },
      },
      assetConfig: { not_found_handling: asset("not_found_handling") },
    },
    rates: [...text.matchAll(/^(RATE_\w+)\s*=/gm)].map(([, name]) => name),
    main: need(/^main\s*=\s*"([^"]+)"/m),
    compatibilityDate: need(/^compatibility_date\s*=\s*"([^"]+)"/m),
    compatibilityFlags: strings(/^compatibility_flags\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? ""),
    durableObjects: text
      .split(/^\[\[durable_objects\.bindings\]\]/m)
      .slice(1)
      .map((block) => ({
        name: /^name\s*=\s*"([^"]+)"/m.exec(block)[1],
        className: /^class_name\s*=\s*"([^"]+)"/m.exec(block)[1],
      })),
  };
}

async function freePort() {
  for (;;) {
    const port = randomInt(...PORTS);
    if (given.has(port)) continue;
    const probe = createServer();
    const isFree = await new Promise((done) => {
      probe.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true));
    });
    if (!isFree) continue;
    await new Promise((done) => probe.close(done));
    given.add(port);
    return port;
  }
}
