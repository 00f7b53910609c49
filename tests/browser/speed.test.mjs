// How quick the page stays: long channels, many messages at once, and going from channel to channel.
import assert from "node:assert/strict";
import { accept, expect } from "../miniflare/support/client.mjs";
import { stage } from "./support/stage.mjs";
import { untilSome } from "./support/browser.mjs";

const fact = stage();
const ARTICLES_MAX = 400;
const BATCH = 250;
/** How long the page may be deaf to input, in milliseconds, on a machine that does nothing else. */
const DEAF_MS = 50;
/** How much slower this machine is than one that does nothing else: what a fixed piece of work takes, compared. */
const PIECE_MS = 12;

async function guest(seat) {
  const guest = await accept(seat.server, (await seat.inviteLink()).split("/invite/")[1], "Guest");
  const { channels } = expect(await guest.get("/channels"), 200);
  const { id } = channels.find(({ name }) => name === "general");
  await guest.joinChannel(id);
  const connection = await guest.connect();
  return {
    id,
    async fill(word, count) {
      for (let from = 1; from <= count; from += BATCH) {
        const batch = Array.from({ length: Math.min(BATCH, count - from + 1) }, (_, n) => `${word} ${from + n}`);
        await Promise.all(batch.map((text) => connection.send(id, text)));
      }
    },
    drop: () => connection.drop(),
  };
}

fact("ten thousand messages are scrolled through with few of them on the page", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const { fill, drop } = await guest(ana);
  await fill("line", 10_000);
  await drop();
  await ana.page.reload();
  await ana.hears("line 10000");
  await ana.page.evaluate(() => {
    window.most = 0;
    new MutationObserver(() => {
      window.most = Math.max(window.most, document.querySelectorAll("article").length);
    }).observe(document.body, { childList: true, subtree: true });
  });
  await ana.log("#general").hover();
  await untilSome(
    "the beginning of the channel",
    async () => {
      await ana.page.mouse.wheel(0, -20_000);
      return ana.page.getByRole("heading", { name: "This is the beginning of #general" }).isVisible();
    },
    300_000,
  );
  await ana.hears("line 1");
  const most = await ana.page.evaluate(() => window.most);
  assert.ok(most <= ARTICLES_MAX, `${most} messages on the page at once`);
});

fact("a burst of a thousand messages does not make the page deaf", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const { fill, drop } = await guest(ana);
  await fill("before", 200);
  await ana.hears("before 200");
  await ana.page.evaluate(() => {
    window.deaf = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.deaf.push(duration);
    }).observe({ type: "longtask" });
  });
  await ana.composer("#general").click();
  const burst = fill("burst", 1_000);
  await ana.page.keyboard.type("typing goes on all the while", { delay: 20 });
  await burst;
  await ana.hears("burst 1000");
  await drop();
  assert.equal(await ana.composer("#general").inputValue(), "typing goes on all the while");
  const { deaf, factor } = await ana.page.evaluate(measure, PIECE_MS);
  const longest = Math.max(0, ...deaf);
  assert.ok(longest <= DEAF_MS * factor, `deaf for ${longest} ms, where ${DEAF_MS * factor} ms are fine: ${deaf}`);
});

fact("a channel in memory is there within 50 ms", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const { fill, drop } = await guest(ana);
  await fill("line", 300);
  await drop();
  await ana.createChannel("elsewhere");
  await ana.goTo("general");
  await ana.hears("line 300");
  const times = [];
  for (let n = 0; n < 5; n++) {
    await ana.goTo("elsewhere");
    times.push(await ana.entry("general").evaluate(async (link) => {
      const begun = performance.now();
      link.click();
      await new Promise((done) => {
        const look = () => (document.querySelector("article") ? done() : setTimeout(look));
        look();
      });
      return performance.now() - begun;
    }));
  }
  const { factor } = await ana.page.evaluate(measure, PIECE_MS);
  const best = Math.min(...times);
  assert.ok(best <= 50 * factor, `${times} ms, factor ${factor}`);
});

/** How much slower than usual this machine is right now, at least 1, by a fixed piece of work; and the long tasks so far. */
function measure(usual) {
  const runs = [];
  for (let run = 0; run < 9; run++) {
    const begun = performance.now();
    let sum = 0;
    for (let n = 0; n < 5_000_000; n++) sum = (sum + n * n) % 1_000_003;
    if (sum >= 0) runs.push(performance.now() - begun);
  }
  runs.sort((a, b) => a - b);
  return { deaf: window.deaf ?? [], factor: Math.max(1, runs[4] / usual), runs };
}
