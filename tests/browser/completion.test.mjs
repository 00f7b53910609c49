// Completion in the composer.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until } from "./support/browser.mjs";

const fact = stage();

fact("a person is named with a few keys and is told", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ben.createChannel("elsewhere");
  const composer = ana.composer("#general");
  await composer.pressSequentially("hello @be");
  const list = ana.page.getByRole("listbox", { name: "Suggestions" });
  const option = list.getByRole("option", { name: "Ben" });
  await option.waitFor();
  assert.equal(await composer.getAttribute("aria-activedescendant"), await option.getAttribute("id"));
  await composer.press("Tab");
  await list.waitFor({ state: "hidden" });
  assert.equal(await composer.inputValue(), "hello @Ben ");
  await ana.focused(composer);
  await composer.pressSequentially("and all");
  await composer.press("Enter");
  await ana.hears("hello @Ben and all");
  await ben.sidebar.getByRole("link", { name: "general, 1 unread, 1 mention" }).waitFor();
});

fact("Enter takes an option and does not send, Escape keeps what was typed", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const composer = ana.composer("#general");
  const list = ana.page.getByRole("listbox", { name: "Suggestions" });
  await composer.pressSequentially("see #gen");
  await list.getByRole("option", { name: "#general" }).waitFor();
  await composer.press("Enter");
  assert.equal(await composer.inputValue(), "see #general ");
  assert.equal(await ana.page.getByRole("article").count(), 0);
  await composer.pressSequentially("#gen");
  await list.waitFor();
  await composer.press("Escape");
  await list.waitFor({ state: "hidden" });
  await composer.press("Enter");
  await ana.hears("see #general #gen");
  await ana.article("see").getByRole("link", { name: "#general" }).waitFor();
});

fact("emoji are found by their names and closed by a colon", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const composer = ana.composer("#general");
  await composer.pressSequentially("yes :tad");
  const list = ana.page.getByRole("listbox", { name: "Suggestions" });
  await list.getByRole("option", { name: ":tada:" }).waitFor();
  await composer.press("Enter");
  assert.equal(await composer.inputValue(), "yes 🎉 ");
  await composer.pressSequentially(":rocket:");
  await until("the rocket", () => composer.inputValue(), "yes 🎉 🚀 ");
  await composer.press("Enter");
  await ana.hears("yes 🎉 🚀");
});

fact("while an input method composes no list lies above it and Enter is its own", async ({ pair }) => {
  const [ana] = await pair();
  const composer = ana.composer("#general");
  await composer.focus();
  const cdp = await ana.context.newCDPSession(ana.page);
  await cdp.send("Input.imeSetComposition", { text: "@be", selectionStart: 3, selectionEnd: 3 });
  await until("composed", () => composer.inputValue(), "@be");
  const list = ana.page.getByRole("listbox", { name: "Suggestions" });
  assert.equal(await list.count(), 0);
});

fact("somebody who writes is shown until their message is there, and nothing jumps", async ({ pair }) => {
  const [ana, ben] = await pair();
  const place = () => ana.composer("#general").boundingBox();
  const before = await place();
  await ben.composer("#general").pressSequentially("hel");
  await ana.page.getByRole("status").filter({ hasText: "Ben is typing…" }).waitFor();
  assert.deepEqual(await place(), before);
  await ben.composer("#general").press("Enter");
  await ana.hears("hel");
  await ana.page.getByText("Ben is typing…").waitFor({ state: "hidden" });
});
