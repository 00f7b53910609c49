// The entry of the Worker: hands events to the wasm module, and starts that anew after a panic.
//
// A panic or another trap spoils the module's memory for good, and with it every object of the isolate. They get a fresh
// module, and each is made again on its next event, from its storage and sockets. That event may be long in coming, as whoever
// is at the other end of those sockets notices nothing: so each object is sent a request at once.

import { env } from "cloudflare:workers";
import * as module from "./bindings.js";

Error.stackTraceLimit = 100;

/** What the module says of itself: its panic hook sets `criticalError`, and each start of it counts `instanceId` up. */
const state = module.__worker_init_state();
/** Whether the module must not be used any more. */
let isSpoiled = false;
/** What fails each of the calls that have not ended: a call dies with the module that it runs in, and its caller must not wait. */
const unended = new Set();
/** The ids of the objects that were made here, each under its text. */
const objects = new Map();

Object.defineProperty(state, "criticalError", {
  get: () => isSpoiled,
  set(value) {
    // The hook runs within the module, which is replaced as soon as it has been left: not by the next event, as closures of the
    // old module might be called before that.
    if (value && !isSpoiled) queueMicrotask(revive);
    isSpoiled = value;
  },
});

/** Has a spoiled module replaced. */
function revive() {
  if (!isSpoiled) return;
  console.error("The module is started anew");
  globalThis.heliographRestarts = (globalThis.heliographRestarts ?? 0) + 1;
  module.__wbg_reset_state();
  isSpoiled = false;
  for (const fail of unended) fail(new Error("The module of this call was started anew"));
  unended.clear();
  wakeAll();
}

/** Sends each object a request. One that can't be made again does not come back into the list, so this ends. */
function wakeAll() {
  const ids = [...objects.values()];
  objects.clear();
  const namespaces = Object.values(env).filter((binding) => typeof binding?.idFromName === "function");
  for (const id of ids) for (const namespace of namespaces) wake(namespace, id);
}

async function wake(namespace, id) {
  try {
    await namespace.get(id).fetch("https://do/wake");
  } catch {
    // An id of another namespace, or an object that will be made when somebody needs it.
  }
}

/** Takes note of an error after which the module must not be used. */
function note(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

/** Runs `work` on a module that is whole. */
async function run(work) {
  revive();
  let fail;
  try {
    return await new Promise((resolve, reject) => {
      fail = reject;
      unended.add(fail);
      work().then(resolve, reject);
    });
  } catch (error) {
    note(error);
    throw error;
  } finally {
    unended.delete(fail);
  }
}

// Listeners and timers of the module run outside of any event above.
addEventListener("error", ({ error }) => note(error));

/** What an object answers later. */
const REQUESTS = ["fetch", "alarm"];
/** What happens to an object's sockets, and is done with at once: a promise for each frame would cost more than the frame. */
const SOCKET_EVENTS = {
  webSocketMessage: (object, socket, message) =>
    typeof message === "string"
      ? object.webSocketText(socket, message)
      : object.webSocketBinary(socket, new Uint8Array(message)),
  webSocketClose: (object, socket, code) => object.webSocketClose(socket, code),
  webSocketError: (object, socket, error) => object.webSocketError(socket, String(error)),
};

/** A Durable Object class around the one that the module exports under `name`. */
function durableObject(name) {
  class DurableObject {
    constructor(context, env) {
      this.make = () => {
        this.object = new module[name](context, env);
        this.life = state.instanceId;
        objects.set(String(context.id), context.id);
      };
      revive();
      try {
        this.make();
      } catch (error) {
        // What could not be made is made again, by a fresh module.
        state.criticalError = true;
        throw error;
      }
    }
  }
  const methods = module[name].prototype;
  for (const request of REQUESTS) {
    if (!(request in methods)) continue;
    DurableObject.prototype[request] = function (...args) {
      return run(() => {
        if (this.life !== state.instanceId) this.make();
        return this.object[request](...args);
      });
    };
  }
  for (const [event, hand] of Object.entries("webSocketText" in methods ? SOCKET_EVENTS : {})) {
    DurableObject.prototype[event] = function (...args) {
      revive();
      try {
        if (this.life !== state.instanceId) this.make();
        hand(this.object, ...args);
      } catch (error) {
        note(error);
        throw error;
      }
    };
  }
  return DurableObject;
}

/** The handlers of the Worker itself, each called as `(event, env, context)`. */
const handlers = {};
export default handlers;
