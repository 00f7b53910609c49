// Links to messages.
import assert from "node:assert/strict";
import { accept, expect } from "../miniflare/support/client.mjs";
import { stage } from "./support/stage.mjs";
import { until, untilSome } from "./support/browser.mjs";

const fact = stage();
const MESSAGES = 500;
const BATCH = 250;

/** Has a guest say `line 1` to `line n` in #general; gives the channel's id and the lines' seqs. */
async function fill(seat, count) {
  const guest = await accept(seat.server, (await seat.inviteLink()).split("/invite/")[1], "Guest");
  const { channels } = expect(await guest.get("/channels"), 200);
  const { id } = channels.find(({ name }) => name === "general");
  await guest.joinChannel(id);
  const connection = await guest.connect();
  const seqs = [];
  for (let from = 1; from <= count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from + 1) }, (_, n) => `line ${from + n}`);
    for (const { seq } of await Promise.all(batch.map((text) => connection.send(id, text)))) seqs.push(seq);
  }
  await connection.drop();
  return { id, seqs };
}

function inView(locator) {
  return locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    const log = element.closest("[role=log]").getBoundingClientRect();
    return bottom > log.top && top < log.bottom;
  });
}

const line = (seat, n) => seat.log("#general").getByRole("article").filter({ hasText: new RegExp(`line ${n}(?!\\d)`) });

fact("a link opens far up among the messages around it, and the latest is one press away", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const { id, seqs } = await fill(ana, MESSAGES);
  await ana.open(`/c/${id}/${seqs[99]}`);
  await line(ana, 100).waitFor();
  await untilSome("the message is in view", () => inView(line(ana, 100)));
  await until("it has the focus", () => line(ana, 100).evaluate((at) => at === document.activeElement), true);
  assert.equal(await line(ana, MESSAGES).count(), 0, "what lies far below is not on the page");

  await ana.log("#general").hover();
  await untilSome("the way down to the end", async () => {
    await ana.page.mouse.wheel(0, 3000);
    return (await line(ana, MESSAGES).count()) > 0;
  }, 120_000);
  assert.ok((await ana.page.getByRole("article").count()) <= 400);
  await ana.open(`/c/${id}/${seqs[99]}`);
  await untilSome("the message is in view", async () => (await line(ana, 100).count()) && inView(line(ana, 100)));
  await ana.log("#general").hover();
  await untilSome("the way up to the beginning", async () => {
    await ana.page.mouse.wheel(0, -3000);
    return ana.page.getByRole("heading", { name: "This is the beginning of #general" }).isVisible();
  }, 120_000);
  await ana.page.getByRole("button", { name: /^Jump to latest/ }).click();
  await untilSome("the newest message in view", async () => (await line(ana, MESSAGES).count()) && inView(line(ana, MESSAGES)));
  assert.equal(new URL(ana.page.url()).pathname, `/c/${id}`);
});

fact("what comes while one reads in the middle is not put below a gap", async ({ pair }) => {
  const [ana, ben] = await pair();
  const { id, seqs } = await fill(ana, 200);
  await ana.open(`/c/${id}/${seqs[19]}`);
  await untilSome("the message is in view", async () => (await line(ana, 20).count()) && inView(line(ana, 20)));
  await ben.say("far below");
  await ana.page.getByRole("button", { name: /Jump to latest/ }).waitFor();
  assert.equal(await ana.article("far below").count(), 0);
  await ana.page.getByRole("button", { name: /Jump to latest/ }).click();
  await ana.hears("far below");
});

fact("a copied link leads others to the message, in place", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ana.say("look at this");
  await ana.hears("look at this");
  await ana.article("look at this").focus();
  await ana.page.keyboard.press("c");
  await ana.page.getByRole("status").filter({ hasText: "Link copied." }).waitFor();
  const link = await ana.page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^http:\/\/[^/]+\/c\/C[^/]+\/\d+/);
  await ana.createChannel("elsewhere");
  await ana.say(`see ${link}`, "#elsewhere");
  await ana.page.evaluate(() => (window.stayed = true));
  await ana.log("#elsewhere").getByRole("link", { name: link }).click();
  await ana.sees("general");
  await untilSome("the message", () => inView(ana.article("look at this")));
  assert.equal(await ana.page.evaluate(() => window.stayed), true);
  await ana.page.goBack();
  await ana.sees("elsewhere");
  await ben.page.goto(link);
  await untilSome("the message at ben", async () => (await ben.article("look at this").count()) && inView(ben.article("look at this")));
});

fact("links to what is not there say so", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.say("gone soon");
  await ana.hears("gone soon");
  await ana.article("gone soon").focus();
  const seq = await ana.article("gone soon").getAttribute("data-seq");
  await ana.page.keyboard.press("Delete");
  await ana.page.getByRole("dialog", { name: "Delete message" }).getByRole("button", { name: "Delete" }).click();
  await ana.shows([]);
  const here = new URL(ana.page.url()).pathname;
  await ana.open(`${here}/${seq}`);
  await ana.page.getByRole("alert").filter({ hasText: "That message was deleted." }).waitFor();
  await ana.open(`${here}/4000`);
  await ana.page.getByRole("alert").filter({ hasText: "There is no such message here." }).waitFor();
});
