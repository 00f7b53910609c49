// What keys do.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until } from "./support/browser.mjs";

const fact = stage();

fact("Alt and the arrows lead from channel to channel, with Shift to unread ones", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("alpha");
  await ana.createChannel("beta");
  await ana.page.keyboard.press("Alt+ArrowUp");
  await ana.sees("alpha");
  await ana.page.keyboard.press("Alt+ArrowDown");
  await ana.sees("beta");
  await ben.say("hello");
  await ana.sidebar.getByRole("link", { name: "general, 1 unread" }).waitFor();
  await ana.goTo("alpha");
  await ana.page.keyboard.press("Alt+Shift+ArrowUp");
  await ana.sees("general");
  await ana.hears("hello");
});

fact("Escape leads to the newest message, Shift and Escape mark everything read", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("alpha");
  await ben.say("one");
  await ana.sidebar.getByRole("link", { name: "general, 1 unread" }).waitFor();
  await ana.page.keyboard.press("Shift+Escape");
  await ana.page.getByRole("status").filter({ hasText: "Everything is marked read." }).waitFor();
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();

  await ana.goTo("general");
  for (let n = 0; n < 40; n += 1) await ben.say(`line ${n}`);
  await ana.hears("line 39");
  const log = ana.log("#general");
  await log.hover();
  await ana.page.mouse.wheel(0, -3000);
  await ana.page.getByRole("button", { name: "Jump to latest" }).waitFor();
  await ana.page.keyboard.press("Escape");
  await ana.page.getByRole("button", { name: "Jump to latest" }).waitFor({ state: "hidden" });
  await ana.article("line 39").waitFor();
});

fact("a question mark shows what keys do, unless it is being written", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const dialog = ana.page.getByRole("dialog", { name: "Keyboard shortcuts" });
  const composer = ana.composer("#general");
  await composer.press("?");
  assert.equal(await composer.inputValue(), "?");
  assert.equal(await dialog.count(), 0);
  await composer.fill("");
  await ana.log("#general").focus();
  await ana.page.keyboard.press("?");
  await dialog.waitFor();
  await dialog.getByText("Mark all channels read").waitFor();
  await dialog.getByText("Ctrl", { exact: true }).first().waitFor();
  await ana.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

fact("the page is dark from its first paint where that was chosen, and the system's again", async ({ seat }) => {
  const ana = await seat({ colorScheme: "light" });
  await ana.signUp();
  const profile = await ana.profile();
  const dark = () => ana.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  assert.equal(await dark(), "light dark");
  await profile.getByRole("radio", { name: "Dark" }).check();
  await until("dark", dark, "dark");
  // The document is dark before the module has even been asked for.
  await ana.page.route("**/client_bg.wasm", () => {});
  await ana.page.reload({ waitUntil: "commit" });
  await ana.page.getByRole("status").filter({ hasText: "Opening…" }).waitFor();
  assert.equal(await dark(), "dark");
  await ana.page.unroute("**/client_bg.wasm");
  await ana.page.reload();
  await ana.sees("general");
  await (await ana.profile()).getByRole("radio", { name: "System" }).check();
  await until("the system's", dark, "light dark");
});

fact("a new name is shown to everybody, and a sign-in link brings another device in", async ({ pair, seat }) => {
  const [ana, ben] = await pair();
  await ana.say("hello");
  await ben.page.getByRole("article", { name: /^Ana, / }).waitFor();
  const profile = await ana.profile();
  await profile.getByRole("textbox", { name: "Your name" }).fill("Ana Lovelace");
  await profile.getByRole("button", { name: "Save" }).click();
  await profile.getByRole("status").filter({ hasText: "Saved." }).waitFor();
  await ben.page.getByRole("article", { name: /^Ana Lovelace, / }).waitFor();

  await profile.getByRole("button", { name: "Sign in on another device" }).click();
  const field = ana.page.getByRole("textbox", { name: "Sign-in link" });
  await until("a link", async () => (await field.inputValue()).includes("/sign-in/"), true);
  const link = await field.inputValue();
  const phone = await seat();
  await phone.page.goto(link);
  await phone.page.getByRole("button", { name: "Sign in" }).click();
  await phone.sees("general");
  await phone.page.getByRole("button", { name: "Ana Lovelace: Your profile" }).waitFor();
});
