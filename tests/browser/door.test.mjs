// Coming in and going out.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until } from "./support/browser.mjs";

const fact = stage();

fact("a newcomer makes a workspace and stands at the beginning of #general", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp({ workspace: "Acme Observatory", name: "Ana" });
  await ana.page.getByRole("heading", { name: "This is the beginning of #general" }).waitFor();
  await ana.sidebar.getByRole("heading", { name: "Acme Observatory" }).waitFor();
  assert.equal(await ana.entry("general").getAttribute("aria-current"), "page");
  assert.equal(await ana.page.title(), "#general · Acme Observatory");
});

fact("the workspace is still open after a reload", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.page.reload();
  await ana.sees("general");
});

fact("an invite link brings another browser into the workspace, on another gateway", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ben.sidebar.getByRole("heading", { name: "Acme" }).waitFor();
  await until("both greeted", () => ana.hellos.length > 0 && ben.hellos.length > 0, true);
  assert.equal(ana.hellos[0].workspace, ben.hellos[0].workspace);
  assert.equal(ana.hellos[0].region, "weur");
  assert.equal(ben.hellos[0].region, "enam");
  assert.notEqual(ana.hellos[0].gateway, ben.hellos[0].gateway);
});

fact("an unknown invite link is refused in words", async ({ seat }) => {
  const ben = await seat();
  await ben.open("/invite/nosuchcode");
  await ben.page.getByRole("textbox", { name: "Your name" }).fill("Ben");
  await ben.page.getByRole("button", { name: "Join workspace" }).click();
  const alert = ben.page.getByRole("alert").filter({ hasText: "This link is unknown, used up or has run out." });
  await alert.waitFor();
});

fact("signing out leads to the door and ends the session", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const boot = () => ana.page.evaluate(() => fetch("/api/v1/boot").then(({ status }) => status));
  assert.equal(await boot(), 200);
  const [cookie] = await ana.context.cookies();
  const profile = await ana.profile();
  await profile.getByRole("button", { name: "Sign out", exact: true }).click();
  await ana.page.getByRole("button", { name: "Create workspace" }).waitFor();
  assert.equal(await boot(), 401);
  await ana.context.addCookies([cookie]);
  assert.equal(await boot(), 401, "the old cookie is worth nothing");
  await ana.page.reload();
  await ana.page.getByRole("button", { name: "Create workspace" }).waitFor();
});

fact("a keyboard alone leads from the door to the first message", async ({ seat }) => {
  const ana = await seat();
  await ana.open();
  await ana.page.getByRole("textbox", { name: "Workspace name" }).waitFor();
  const { keyboard } = ana.page;
  await keyboard.type("Acme");
  await keyboard.press("Tab");
  await keyboard.type("Ana");
  await keyboard.press("Enter");
  await ana.sees("general");
  await ana.composer("#general").and(ana.page.locator(":focus")).waitFor();
  await keyboard.type("typed without a mouse");
  await keyboard.press("Enter");
  await ana.shows(["typed without a mouse"]);
});
