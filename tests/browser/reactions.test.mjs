// Reactions, between two people.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until, untilSome } from "./support/browser.mjs";

const fact = stage();

const chip = (seat, text, label) => seat.article(text).getByRole("button", { name: label, exact: true });

async function pick(seat, text, name) {
  const message = seat.article(text).first();
  await message.hover();
  await message.getByRole("toolbar").getByRole("button", { name: "Add reaction" }).click();
  const picker = seat.page.getByRole("dialog", { name: "Add reaction" });
  await picker.getByRole("searchbox", { name: "Search emoji" }).fill(name);
  await picker.getByRole("button", { name, exact: true }).click();
  await picker.waitFor({ state: "hidden" });
}

fact("reactions are counted by name at both sides and taken back by a click", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("launch on thursday");
  await ben.hears("launch on thursday");
  await pick(ben, "launch", "tada");
  await chip(ana, "launch", "🎉 1: Ben").click();
  await chip(ben, "launch", "🎉 2: Ana and you").waitFor();
  const own = chip(ana, "launch", "🎉 2: Ben and you");
  await own.waitFor();
  assert.equal(await own.getAttribute("aria-pressed"), "true");
  await own.click();
  await chip(ben, "launch", "🎉 1: you").waitFor();
  const others = chip(ana, "launch", "🎉 1: Ben");
  assert.equal(await others.getAttribute("aria-pressed"), "false");
  await chip(ben, "launch", "🎉 1: you").click();
  await until("no reaction is left", () => ana.article("launch").getByRole("button", { name: /🎉/ }).count(), 0);
});

fact("reactions are there after a reload, and those used last come first in the picker", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("hello");
  await ben.hears("hello");
  await pick(ben, "hello", "rocket");
  await pick(ben, "hello", "eyes");
  await chip(ana, "hello", "👀 1: Ben").waitFor();
  await ben.page.reload();
  await chip(ben, "hello", "🚀 1: you").waitFor();
  await ben.article("hello").hover();
  await ben.article("hello").getByRole("toolbar").getByRole("button", { name: "Add reaction" }).click();
  const recent = ben.page.getByRole("group", { name: "Used last" }).getByRole("button");
  await until("the ones used last", () => recent.allInnerTexts(), ["👀", "🚀"]);
});

fact("the picker is walked with arrow keys and gives the focus back", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.say("pick me");
  await ana.hears("pick me");
  await ana.article("pick me").focus();
  await ana.page.keyboard.press("+");
  const picker = ana.page.getByRole("dialog", { name: "Add reaction" });
  await picker.getByRole("searchbox", { name: "Search emoji" }).fill("face");
  const cells = picker.getByRole("group", { name: "Found" }).getByRole("button");
  await untilSome("faces", async () => (await cells.count()) > 20);
  await ana.page.keyboard.press("ArrowDown");
  const at = () => ana.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  const names = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
  assert.equal(await at(), names[0]);
  await ana.page.keyboard.press("ArrowRight");
  assert.equal(await at(), names[1]);
  await ana.page.keyboard.press("ArrowDown");
  const below = names.indexOf(await at());
  assert.ok(below > 2, `a row down is ${below}`);
  await ana.page.keyboard.press("ArrowUp");
  assert.equal(await at(), names[1]);
  await ana.page.keyboard.press("Enter");
  await picker.waitFor({ state: "hidden" });
  await untilSome("a reaction", async () => (await ana.article("pick me").getByRole("button", { name: /1: you$/ }).count()) === 1);
  await untilSome("the focus at the message", async () => /^Ana, /.test((await at()) ?? ""));
});

fact("a refused reaction goes away again and says why", async ({ pair }) => {
  const [ana] = await pair();
  await ana.say("no reactions please");
  await ana.hears("no reactions please");
  await ana.context.routeWebSocket(/\/api\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      for (const line of String(frame).split("\n")) {
        const { op, id } = line.startsWith("{") ? JSON.parse(line) : {};
        if (op !== "react") server.send(line);
        else socket.send(JSON.stringify({ re: id, error: { code: "forbidden", message: "made up by the test" } }));
      }
    });
  });
  await ana.page.reload();
  await ana.hears("no reactions please");
  await pick(ana, "no reactions", "eyes");
  await ana.page.getByRole("alert").filter({ hasText: "Not changed." }).waitFor();
  assert.equal(await ana.article("no reactions").getByRole("button", { name: /👀/ }).count(), 0);
});
