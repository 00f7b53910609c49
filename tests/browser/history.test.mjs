// Long channels.
import assert from "node:assert/strict";
import { accept, expect } from "../miniflare/support/client.mjs";
import { stage } from "./support/stage.mjs";
import { untilSome } from "./support/browser.mjs";

const fact = stage();
const ARTICLES_MAX = 400;
const MESSAGES = 900;
const BATCH = 300;

/** Has a guest say `line 1` to `line n` in #general. */
async function fill(seat, count) {
  const guest = await accept(seat.server, (await seat.inviteLink()).split("/invite/")[1], "Guest");
  const { channels } = expect(await guest.get("/channels"), 200);
  const { id } = channels.find(({ name }) => name === "general");
  await guest.joinChannel(id);
  const connection = await guest.connect();
  for (let from = 1; from <= count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from + 1) }, (_, n) => `line ${from + n}`);
    await Promise.all(batch.map((text) => connection.send(id, text)));
  }
  await connection.drop();
}

fact("scrolling up loads the whole history without more than 400 messages on the page", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await fill(ana, MESSAGES);
  await ana.page.reload();
  await ana.hears(`line ${MESSAGES}`);
  await ana.page.evaluate(() => {
    window.seen = new Set();
    window.most = 0;
    const look = () => {
      const articles = document.querySelectorAll("article");
      window.most = Math.max(window.most, articles.length);
      for (const article of articles) window.seen.add(/line \d+$/.exec(article.innerText.trim())?.[0]);
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });

  await ana.log("#general").hover();
  await untilSome("the beginning of the channel", async () => {
    await ana.page.mouse.wheel(0, -3000);
    return ana.page.getByRole("heading", { name: "This is the beginning of #general" }).isVisible();
  });
  await ana.hears("line 1");
  const { seen, most } = await ana.page.evaluate(() => ({ seen: [...window.seen], most: window.most }));
  assert.equal(seen.length, MESSAGES, "every message came by");
  assert.ok(most <= ARTICLES_MAX, `${most} messages on the page at once`);
  assert.ok(most > 100, `only ${most} messages on the page`);

  await ana.page.getByRole("button", { name: /^Jump to latest/ }).click();
  await ana.hears(`line ${MESSAGES}`);
  assert.deepEqual((await ana.texts()).slice(-2), [`line ${MESSAGES - 1}`, `line ${MESSAGES}`]);
  await untilSome("the newest message in view", () => inView(ana.article(`line ${MESSAGES}`)));
});

fact("what one reads stays where it is when older messages arrive above", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await fill(ana, 200);
  let release;
  const released = new Promise((done) => (release = done));
  let asked = false;
  await ana.context.route(/\/messages\?.*before=/, async (route) => {
    asked = true;
    await released;
    await route.continue();
  });
  await ana.page.reload();
  await ana.hears("line 200");
  const before = await ana.texts();
  const oldest = ana.article(before[0]).first();
  await ana.log("#general").hover();
  await untilSome("older messages asked for", async () => {
    if (!asked || !(await inView(oldest))) await ana.page.mouse.wheel(0, -3000);
    return asked && inView(oldest);
  });
  const place = await stable(oldest);
  release();
  await untilSome("older messages", async () => (await ana.texts()).length > before.length);
  const now = await oldest.boundingBox();
  assert.ok(Math.abs(now.y - place) <= 2, `moved from ${place} to ${now.y}`);
});

fact("a message that comes while one reads above is counted and does not move the view", async ({ pair }) => {
  const [ana, ben] = await pair();
  await fill(ana, 60);
  await ana.hears("line 60");
  await ana.log("#general").hover();
  await untilSome("the view is not at the end", async () => {
    await ana.page.mouse.wheel(0, -600);
    return !(await inView(ana.article("line 60")));
  });
  await ben.say("come down");
  const jump = ana.page.getByRole("button", { name: /^Jump to latest|^1 new message/ });
  await untilSome("a count", async () => /1 new message/.test(await jump.innerText()));
  assert.equal(await inView(ana.article("come down")), false);
  await ana.say("sending leads down");
  await untilSome("the own message in view", () => inView(ana.article("sending leads down")));
});

function inView(locator) {
  return locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    const log = element.closest("[role=log]").getBoundingClientRect();
    return bottom > log.top && top < log.bottom;
  });
}

/** The height at which an element stands once scrolling has come to rest: the same in two frames. */
function stable(locator) {
  return locator.evaluate(
    (element) =>
      new Promise((done) => {
        const look = (last, calm) => {
          const { top } = element.getBoundingClientRect();
          if (top === last && calm > 10) done(top);
          else requestAnimationFrame(() => look(top, top === last ? calm + 1 : 0));
        };
        look(undefined, 0);
      }),
  );
}
