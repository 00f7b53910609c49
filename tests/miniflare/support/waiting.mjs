// Waiting for facts instead of sleeping.
import { setTimeout as delay } from "node:timers/promises";

/** How long an awaited thing may take before the test says what it waited for. */
export const PATIENCE_MS = 20_000;
/** As good as no limit; the longest that a timer takes. */
export const LONG_MS = 2 ** 31 - 1;

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
