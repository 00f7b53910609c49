// Runs the built Worker on a loopback port, the way `wrangler.toml` describes it, and can evict, kill and restart it.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const WORKER_NAME = "heliograph";
const READY_WITHIN_MS = 30_000;
const LOG_LINES_KEPT = 400;

const wrangler = readWrangler(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
/** The Worker under test; HELIOGRAPH_WORKER names another build of it. */
const WORKER = resolve(ROOT, process.env.HELIOGRAPH_WORKER ?? wrangler.main);

/**
 * Starts a server of its own: fresh folder, free port, open sign-up, four channel servers.
 * `env` adds to or replaces the Worker's variables.
 */
export async function startServer({ env = {} } = {}) {
  if (!existsSync(WORKER)) {
    throw new Error(`There is no Worker at ${WORKER}: build it with \`cargo xtask build\`.`);
  }
  const folder = await mkdtemp(join(tmpdir(), "heliograph-test-"));
  const server = new Server(folder, await freePort(), {
    ENVIRONMENT: "development",
    SIGNUP: "open",
    SESSION_KEY: randomBytes(32).toString("base64url"),
    CHANNEL_SERVERS: "4",
    GATEWAY_SLOTS: "2",
    ...env,
  });
  await server.start();
  return server;
}

export class Server {
  #folder;
  #port;
  #env;
  #miniflare;
  /** What workerd printed last, a line an element. */
  log = [];

  constructor(folder, port, env) {
    this.#folder = folder;
    this.#port = port;
    this.#env = env;
  }

  /** `http://127.0.0.1:port`, the same for the whole life of the server. */
  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Begins on whatever the folder holds; resolves when `/readyz` answers 200. */
  async start() {
    this.#miniflare = new Miniflare({
      name: WORKER_NAME,
      host: "127.0.0.1",
      port: this.#port,
      rootPath: dirname(WORKER),
      scriptPath: WORKER,
      modules: true,
      modulesRoot: dirname(WORKER),
      modulesRules: [
        { type: "ESModule", include: ["**/*.js", "**/*.mjs"], fallthrough: true },
        { type: "CompiledWasm", include: ["**/*.wasm"], fallthrough: true },
      ],
      compatibilityDate: wrangler.compatibilityDate,
      compatibilityFlags: wrangler.compatibilityFlags,
      bindings: this.#env,
      durableObjects: Object.fromEntries(
        wrangler.durableObjects.map(({ name, className }) => [name, { className, useSQLite: true }]),
      ),
      defaultPersistRoot: this.#folder,
      handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => this.#keepLog(stream)),
    });
    await this.#miniflare.ready;
    await this.#untilReady();
  }

  /**
   * Evicts every running object of a class, once it is idle, and gives how many there were. `webSockets` says what becomes of
   * the sockets that the objects accepted: "hibernate" keeps them open, "close" closes them.
   */
  async evict(className, { webSockets = "hibernate" } = {}) {
    const ids = await this.#miniflare.listDurableObjectIds(className);
    const evicted = await Promise.all(
      ids.map((id) =>
        this.#miniflare.unsafeEvictDurableObject(WORKER_NAME, className, { id, webSockets }).then(
          () => true,
          (error) => {
            if (/not currently running/.test(error.message)) return false;
            throw error;
          },
        )),
    );
    return evicted.filter(Boolean).length;
  }

  /** SIGKILL of workerd, without a word to it; resolves when it is gone. */
  async kill() {
    const pid = await workerdOnPort(this.#port);
    process.kill(pid, "SIGKILL");
    // Miniflare would start another one at once: it goes too, so that the restart is ours to time.
    await this.#miniflare.dispose();
    this.#miniflare = undefined;
  }

  /** Ends the server and removes its folder. */
  async stop() {
    await this.#miniflare?.dispose();
    this.#miniflare = undefined;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #untilReady() {
    const deadline = Date.now() + READY_WITHIN_MS;
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
    throw new Error(`/readyz did not answer 200 in ${READY_WITHIN_MS} ms: ${last}\n${this.log.join("\n")}`);
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
  return {
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
  const probe = createServer();
  await new Promise((done, failed) => probe.once("error", failed).listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

async function workerdOnPort(port) {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="]);
  for (const line of stdout.split("\n")) {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) === process.pid && command.includes("workerd") && command.includes(`127.0.0.1:${port}`)) {
      return Number(pid);
    }
  }
  throw new Error(`no workerd of this process serves port ${port}`);
}
