// The entry of the Worker: hands events to the wasm module, and starts that anew after a panic.
//
// A panic or another trap spoils the module's memory for good, and with it every object of the isolate. The next event,
// whoever it is for, gets a fresh module; each object is then made again on its next event, from its storage and sockets.

import * as module from "./bindings.js";

Error.stackTraceLimit = 100;

/** What the module says of itself: its panic hook sets `criticalError`. */
const state = module.__worker_init_state();
/** How many modules there have been. */
let life = 1;

/** Has a spoiled module replaced. */
function revive() {
  if (!state.criticalError) return;
  console.error("The module is started anew");
  module.__wbg_reset_state();
  state.criticalError = false;
  life += 1;
}

/** Takes note of an error after which the module must not be used. */
function note(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

/** Runs `work` on a module that is whole. */
async function run(work) {
  revive();
  try {
    return await work();
  } catch (error) {
    note(error);
    throw error;
  }
}

// Listeners and timers of the module run outside of any event above.
addEventListener("error", ({ error }) => note(error));

const OBJECT_EVENTS = ["fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];

/** A Durable Object class around the one that the module exports under `name`. */
function durableObject(name) {
  class DurableObject {
    constructor(context, env) {
      this.make = () => {
        this.object = new module[name](context, env);
        this.life = life;
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
  for (const event of OBJECT_EVENTS) {
    if (!(event in module[name].prototype)) continue;
    DurableObject.prototype[event] = function (...args) {
      return run(() => {
        if (this.life !== life) this.make();
        return this.object[event](...args);
      });
    };
  }
  return DurableObject;
}

/** The handlers of the Worker itself, each called as `(event, env, context)`. */
const handlers = {};
export default handlers;
