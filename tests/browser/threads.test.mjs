// Threads, between two people.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until, untilSome } from "./support/browser.mjs";

const fact = stage();

const aside = (seat) => seat.page.getByRole("complementary", { name: "Thread" });
const log = (seat) => seat.page.getByRole("log", { name: "Thread in #general" });

async function openThread(seat, text) {
  const message = seat.article(text).first();
  await message.hover();
  await message.getByRole("toolbar").getByRole("button", { name: "Reply in thread" }).click();
  await log(seat).getByRole("article").first().waitFor();
}

async function reply(seat, text, also = false) {
  if (also) await aside(seat).getByRole("checkbox", { name: "Also send to #general" }).check();
  const composer = aside(seat).getByRole("textbox", { name: "Reply…" });
  await composer.fill(text);
  await composer.press("Enter");
}

async function texts(seat) {
  const all = await log(seat).getByRole("article").allInnerTexts();
  return all.map((message) => message.trim().split("\n").at(-1));
}

fact("a reply stands in its thread at both sides and is counted at its root", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("who takes friday?");
  await ben.hears("who takes friday?");
  await openThread(ben, "who takes friday?");
  await reply(ben, "I do");
  await until("ben's thread", () => texts(ben), ["who takes friday?", "I do"]);
  await ana.log("#general").getByRole("button", { name: /1 reply/ }).click();
  await until("ana's thread", () => texts(ana), ["who takes friday?", "I do"]);
  await reply(ana, "thank you");
  await until("ben's thread", () => texts(ben), ["who takes friday?", "I do", "thank you"]);
  await ben.log("#general").getByRole("button", { name: /2 replies/ }).waitFor();
  assert.equal(await ana.log("#general").getByRole("article").count(), 1);
});

fact("a thread is in the address, and a reload keeps it and its draft", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.say("root");
  await ana.hears("root");
  await openThread(ana, "root");
  await reply(ana, "a reply");
  await untilSome("the reply is stored", async () => (await ana.log("#general").getByRole("button", { name: /1 reply/ }).count()) === 1);
  assert.match(new URL(ana.page.url()).pathname, /^\/c\/C[^/]+\/t\/\d+$/);
  await aside(ana).getByRole("textbox", { name: "Reply…" }).fill("half written");
  await untilSome("the draft is written down", () =>
    ana.page.evaluate(() => Object.values(localStorage).includes("half written")),
  );
  await ana.page.reload();
  await until("the thread", () => texts(ana), ["root", "a reply"]);
  await until("the draft", () => aside(ana).getByRole("textbox", { name: "Reply…" }).inputValue(), "half written");
});

fact("Escape closes the thread and the focus goes back to its root; R opens it again", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.say("root");
  await ana.say("something else");
  await ana.hears("something else");
  await openThread(ana, "root");
  const composer = aside(ana).getByRole("textbox", { name: "Reply…" });
  await until("the focus", () => composer.evaluate((at) => at === document.activeElement), true);
  await ana.page.keyboard.press("Escape");
  await aside(ana).waitFor({ state: "hidden" });
  await until("the focus is at the root", () => ana.page.evaluate(() => document.activeElement.innerText.includes("root")), true);
  await ana.page.keyboard.press("r");
  await aside(ana).waitFor();
});

fact("a reply that is also sent to the channel leads back to its thread", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("what about the roof?");
  await ana.hears("what about the roof?");
  await openThread(ana, "what about the roof?");
  await reply(ana, "it is tight again", true);
  await ben.hears("it is tight again");
  const there = ben.article("it is tight again");
  assert.match(await there.innerText(), /replied to a thread:\s+what about the roof\?/);
  await there.getByRole("button", { name: "what about the roof?" }).click();
  await until("ben's thread", () => texts(ben), ["what about the roof?", "it is tight again"]);
  assert.equal(await aside(ana).getByRole("checkbox").isChecked(), false);
});

fact("what is done in a thread is seen in channel and thread at once", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("root");
  await ben.hears("root");
  await openThread(ana, "root");
  await reply(ana, "first");
  await reply(ana, "second");
  await ben.log("#general").getByRole("button", { name: /2 replies/ }).click();
  await until("ben's thread", () => texts(ben), ["root", "first", "second"]);
  const root = ana.log("#general").getByRole("article").first();
  await root.hover();
  await root.getByRole("toolbar").getByRole("button", { name: "Add reaction" }).click();
  await ana.page.getByRole("dialog").getByRole("group", { name: "Used last" }).getByRole("button").first().click();
  for (const place of [ana.log("#general"), log(ana), ben.log("#general"), log(ben)]) {
    await place.getByRole("button", { name: /^👍 1: / }).waitFor();
  }
  const second = log(ana).getByRole("article").filter({ hasText: "second" });
  await second.focus();
  await ana.page.keyboard.press("Delete");
  await ana.page.getByRole("dialog", { name: "Delete message" }).getByRole("button", { name: "Delete" }).click();
  await ben.log("#general").getByRole("button", { name: /1 reply/ }).waitFor();
  assert.equal(await log(ben).getByRole("article").filter({ hasText: "second" }).count(), 0);
});

fact("a deleted root leaves a tombstone while it has replies", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("to be deleted");
  await ben.hears("to be deleted");
  await openThread(ben, "to be deleted");
  await reply(ben, "too late");
  await ana.log("#general").getByRole("button", { name: /1 reply/ }).waitFor();
  await ana.article("to be deleted").focus();
  await ana.page.keyboard.press("Delete");
  await ana.page.getByRole("dialog", { name: "Delete message" }).getByRole("button", { name: "Delete" }).click();
  for (const seat of [ana, ben]) {
    const left = seat.log("#general").getByRole("article").filter({ hasText: "This message was deleted." });
    await left.getByRole("button", { name: /1 reply/ }).waitFor();
  }
});

fact("on a narrow screen the thread lies over the channel", async ({ seat }) => {
  const ana = await seat({ viewport: { width: 360, height: 740 } });
  await ana.signUp();
  await ana.say("root");
  await ana.hears("root");
  await ana.article("root").focus();
  await ana.page.keyboard.press("r");
  await aside(ana).waitFor();
  assert.equal(await ana.composer("#general").isVisible(), false);
  const { x, width } = await aside(ana).boundingBox();
  assert.deepEqual([x, width], [0, 360]);
  await aside(ana).getByRole("button", { name: "Close thread" }).click();
  await ana.composer("#general").waitFor();
});
