// What axe-core, the judge of accessibility, says about every view, in light and in dark, on a desktop and on a phone.
import assert from "node:assert/strict";
import { seed } from "../../xtask/seed/workspace.mjs";
import { assertAccessible } from "./support/axe.mjs";
import { stage } from "./support/stage.mjs";

const fact = stage();

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** A seeded workspace, and its viewer's seat in `#general`. */
async function atTheObservatory({ server, seat, options = {} }) {
  const { link, places } = await seed({ url: server.origin, people: 12, messages: 125 });
  const nora = await seat(options);
  await nora.page.goto(link);
  await nora.page.getByRole("button", { name: "Sign in" }).click();
  await nora.page.getByRole("log").waitFor();
  await nora.open(`/c/${places.general}`);
  await nora.sees("general");
  await nora.page.getByRole("article").first().waitFor();
  return { nora, places };
}

fact("axe has nothing to say at the door", async ({ server, seat, pair }) => {
  const guest = await seat();
  await guest.open();
  await guest.page.getByRole("button", { name: "Create workspace" }).waitFor();
  await assertAccessible(guest, "sign up");
  const [ana] = await pair();
  const invite = await ana.inviteLink();
  await guest.page.goto(invite);
  await guest.page.getByRole("button", { name: "Join workspace" }).waitFor();
  await assertAccessible(guest, "join");
  await guest.page.goto(`${server.origin}/sign-in/unknown`);
  await guest.page.getByRole("button", { name: "Sign in" }).click();
  await guest.page.getByRole("alert").waitFor();
  await assertAccessible(guest, "sign in, refused");
});

fact("axe has nothing to say in an empty workspace and in one that cannot be reached", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await assertAccessible(ana, "empty workspace");
  await ana.open("/c/C0000000000000000000000000");
  await ana.page.getByRole("alert").filter({ hasText: "no such channel" }).waitFor();
  await assertAccessible(ana, "no such channel");
  await ana.goTo("general");
  await ana.context.setOffline(true);
  await ana.say("waits for better times");
  await ana.page.getByRole("status").filter({ hasText: "offline" }).waitFor();
  await assertAccessible(ana, "offline");
});

for (const [screen, options] of [
  ["on a desktop", {}],
  ["on a phone", PHONE],
]) {
  fact(`axe has nothing to say in channels and directs, ${screen}`, async ({ server, seat }) => {
    const { nora, places } = await atTheObservatory({ server, seat, options });
    await assertAccessible(nora, "#general");
    for (const key of ["optics", "guider", "nora-mei"]) {
      await nora.open(`/c/${places[key]}`);
      await nora.page.getByRole("log").getByRole("article").first().waitFor();
      await assertAccessible(nora, key);
    }
    if (options.isMobile) {
      await nora.page.getByRole("button", { name: "Show channels" }).click();
      await nora.sidebar.waitFor();
      // It lies over everything else, and what it covers is hidden: there is navigation and no main part.
      await assertAccessible(nora, "sidebar", { except: ["landmark-one-main", "page-has-heading-one"] });
    }
  });

  fact(`axe has nothing to say in dialogs, ${screen}`, async ({ server, seat }) => {
    const { nora } = await atTheObservatory({ server, seat, options });
    for (const [opener, inSidebar] of [
      ["Add people", false],
      ["Leave channel", false],
      ["Add channels", true],
      ["New direct message", true],
      ["Invite people", true],
    ]) {
      if (inSidebar && options.isMobile) await nora.page.getByRole("button", { name: "Show channels" }).click();
      const within = inSidebar ? nora.sidebar : nora.page.getByRole("main");
      await within.getByRole("button", { name: opener }).click();
      const dialog = nora.page.getByRole("dialog");
      await dialog.waitFor();
      await assertAccessible(nora, opener);
      if (opener === "Add channels") {
        await dialog.getByRole("button", { name: "Create a channel" }).click();
        await dialog.getByRole("textbox", { name: "Channel name" }).waitFor();
        await assertAccessible(nora, "Create a channel");
      }
      await nora.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      if (inSidebar && options.isMobile) await nora.sidebar.getByRole("button", { name: "Close" }).click();
    }
  });
}

fact("axe sees what is wrong", async ({ seat }) => {
  const ana = await seat();
  await ana.open();
  await ana.page.getByRole("button", { name: "Create workspace" }).waitFor();
  await ana.page.evaluate(() => document.querySelector("main").append(document.createElement("button")));
  await assert.rejects(assertAccessible(ana, "a button without a name"), /button-name/);
});
