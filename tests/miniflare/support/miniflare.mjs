// The process that holds Miniflare. It is one of its own because Miniflare's control calls block the thread they are made on,
// and the clients of a test have to go on reading meanwhile. Takes `{id, call, args}`, answers `{id, result}` or `{id, error}`.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";

let miniflare;
let options;

const calls = {
  async start(given) {
    options = given;
    miniflare = new Miniflare({
      name: options.name,
      host: "127.0.0.1",
      port: options.port,
      rootPath: dirname(options.worker),
      scriptPath: options.worker,
      modules: true,
      modulesRoot: dirname(options.worker),
      modulesRules: [
        { type: "ESModule", include: ["**/*.js", "**/*.mjs"], fallthrough: true },
        { type: "CompiledWasm", include: ["**/*.wasm"], fallthrough: true },
      ],
      compatibilityDate: options.compatibilityDate,
      compatibilityFlags: options.compatibilityFlags,
      bindings: options.env,
      assets: options.assets,
      durableObjects: Object.fromEntries(
        options.durableObjects.map(({ name, className }) => [name, { className, useSQLite: true }]),
      ),
      defaultPersistRoot: options.folder,
      // Uncaught exceptions of the Worker are written only then.
      verbose: true,
      handleRuntimeStdio: (stdout, stderr) => {
        stdout.pipe(process.stdout, { end: false });
        stderr.pipe(process.stderr, { end: false });
      },
    });
    await miniflare.ready;
  },

  async evict(className, webSockets) {
    const ids = await miniflare.listDurableObjectIds(className);
    let evicted = 0;
    for (const id of ids) {
      try {
        await miniflare.unsafeEvictDurableObject(options.name, className, { id, webSockets });
        evicted++;
      } catch (error) {
        if (!/not currently running/.test(error.message)) throw error;
      }
    }
    return evicted;
  },

  async kill() {
    process.kill(await workerdOnPort(options.port), "SIGKILL");
    // Miniflare would start another one at once: it goes too, so that the restart is the test's to time.
    await calls.stop();
  },

  async stop() {
    await miniflare?.dispose();
    miniflare = undefined;
  },
};

process.on("message", async ({ id, call, args }) => {
  try {
    process.send({ id, result: await calls[call](...args) });
  } catch (error) {
    process.send({ id, error: String(error.stack ?? error) });
  }
});

// The test is over, or was killed: nothing of it stays behind.
process.on("disconnect", async () => {
  await calls.stop();
  if (options) await rm(options.folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});

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
