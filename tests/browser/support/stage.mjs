// What a test file needs once: the built Worker with the built client, and a browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "../../miniflare/support/server.mjs";
import { Seat, launch, pair } from "./browser.mjs";

/**
 * What workerd calls an uncaught exception though nothing is wrong: a browser that went away, and an answer that was given
 * without reading the request's body.
 */
const PLATFORM_NOISE = /disconnected: |Can't read from request stream after response has been sent/;

/**
 * Starts server and browser before the file's tests and ends them after. Gives `fact(name, body)`, a test whose body gets
 * `{server, seat, pair}`; the seats it takes are left when it ends.
 */
export function stage() {
  const here = {};
  before(async () => {
    here.server = await startServer({ client: true });
    here.browser = await launch();
  });
  after(async () => {
    await here.browser?.close();
    await here.server?.stop();
  });
  return (name, body) =>
    test(name, async () => {
      const { server, browser } = here;
      const seats = [];
      const seat = async (options) => {
        const taken = await Seat.take(browser, server, options);
        seats.push(taken);
        return taken;
      };
      const two = async (options) => {
        const both = await pair(browser, server, options);
        seats.push(...both);
        return both;
      };
      try {
        await body({ server, browser, seat, pair: two });
      } catch (error) {
        await Promise.all(seats.map(({ context }) => context.close()));
        throw error;
      }
      for (const taken of seats) await taken.leave();
      const panics = server.uncaught.filter((line) => !PLATFORM_NOISE.test(line));
      assert.deepEqual(panics, []);
    });
}
