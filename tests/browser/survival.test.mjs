// Lost connections, killed servers, reloaded pages: nothing lost, nothing doubled, one order.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { agree, until } from "./support/browser.mjs";

const fact = stage();
const PENDING = ["Waiting to send", "Sending…"];

/** Waits until the newest `count` messages of a seat are not stored. */
const waiting = (seat, count) =>
  until(
    `${count} messages wait at ${seat.name}`,
    async () => (await seat.texts()).filter((text) => PENDING.includes(text)).length,
    count,
  );

fact("a killed server comes back with the history, and with what was written meanwhile", async ({ server, pair }) => {
  const [ana, ben] = await pair();
  await ana.say("before, from Ana");
  await ben.say("before, from Ben");
  for (const seat of [ana, ben]) for (const name of ["Ana", "Ben"]) await seat.hears(`before, from ${name}`);

  await server.kill();
  await ana.say("down, from Ana");
  await ben.say("down, from Ben");
  await ana.say("down, again from Ana");
  await waiting(ana, 2);
  await waiting(ben, 1);
  await server.start();

  const said = ["before, from Ana", "before, from Ben", "down, from Ana", "down, from Ben", "down, again from Ana"];
  const shown = await agree([ana, ben], said);
  await ana.page.reload();
  await ana.shows(shown);
});

fact("one who was offline loses nothing and doubles nothing", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("together");
  await ben.hears("together");

  await ben.context.setOffline(true);
  await ana.say("Ana 1");
  await ben.say("Ben 1");
  await ana.say("Ana 2");
  await ben.say("Ben 2");
  await waiting(ben, 2);
  await ana.shows(["together", "Ana 1", "Ana 2"]);
  await ben.context.setOffline(false);

  await agree([ana, ben], ["together", "Ana 1", "Ana 2", "Ben 1", "Ben 2"]);
});

fact("one who is offline for long is told so, and told when it is over", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.context.setOffline(true);
  const banner = ana.page.getByRole("status").filter({ hasText: "You are offline." });
  await banner.waitFor();
  await ana.context.setOffline(false);
  await banner.waitFor({ state: "hidden" });
});

fact("what waits to be sent survives a reload and is sent once, in order", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.context.setOffline(true);
  const said = ["kept 1", "kept 2", "kept 3"];
  for (const text of said) await ana.say(text);
  await waiting(ana, 3);
  const reach = await outOfReach(ana);
  await ana.context.setOffline(false);
  await ana.page.reload();
  assert.deepEqual(await ben.texts(), [], "nothing was sent before the page was loaded again");
  await reach();

  await ben.shows(said);
  await agree([ana, ben], said);
});

fact("an acknowledgement that comes after the message's history holds up nothing behind it", async ({ pair }) => {
  const [ana, ben] = await pair();
  let reloaded = false;
  const sentAgain = Promise.withResolvers();
  await ana.context.routeWebSocket(/\/api\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      server.send(frame);
      if (reloaded && String(frame).includes("held up 1")) sentAgain.resolve();
    });
    server.onMessage(async (frame) => {
      for (const line of String(frame).split("\n")) {
        const answersSend = /"re":\d+,"ok":\{.*"seq":/.test(line);
        if (!reloaded && (answersSend || line.includes("held up 1"))) continue;
        if (answersSend) await ana.hears("held up 1");
        socket.send(line);
      }
    });
  });
  await ana.page.reload();
  await ana.sees("general");
  const said = ["held up 1", "held up 2", "held up 3"];
  for (const text of said) await ana.say(text);
  await ben.shows(["held up 1"]);
  await waiting(ana, 3);
  reloaded = true;
  await ana.context.route(/\/messages\?/, async (route) => {
    await sentAgain.promise;
    await route.continue();
  });
  await ana.page.reload();

  await agree([ana, ben], said);
});

/** Lets a page load but not reach its server; gives what ends that. */
async function outOfReach({ context }) {
  let away = true;
  await context.routeWebSocket(/\/api\//, (socket) => {
    if (away) socket.close({ code: 4001 });
    else socket.connectToServer();
  });
  const abort = (route) => route.abort("internetdisconnected");
  await context.route("**/api/**", abort);
  return () => {
    away = false;
    return context.unroute("**/api/**", abort);
  };
}
