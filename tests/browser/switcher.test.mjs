// Going somewhere by its name.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";

const fact = stage();

fact("the switcher opens a channel by a few of its letters and gives the focus back", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.createChannel("project-sunrise");
  await ana.goTo("general");
  const dialog = await ana.switcher();
  const field = dialog.getByRole("combobox", { name: "Go to a channel or person" });
  await ana.focused(field);
  await field.fill("sunr");
  const option = dialog.getByRole("option", { name: "project-sunrise" });
  await option.waitFor();
  assert.equal(await option.getAttribute("aria-selected"), "true");
  assert.equal(await field.getAttribute("aria-activedescendant"), await option.getAttribute("id"));
  await field.press("Enter");
  await ana.sees("project-sunrise");
  await ana.focused(ana.composer("#project-sunrise"));

  await ana.switcher();
  await ana.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await ana.focused(ana.composer("#project-sunrise"));
});

fact("what was open last comes first, and arrows choose", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  for (const name of ["alpha", "beta", "gamma"]) await ana.createChannel(name);
  await ana.goTo("alpha");
  await ana.goTo("general");
  const dialog = await ana.switcher();
  const options = dialog.getByRole("option");
  await options.first().waitFor();
  assert.deepEqual(await options.allInnerTexts(), ["alpha", "gamma", "beta"]);
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.keyboard.press("Enter");
  await ana.sees("beta");
});

fact("a person is found on the server and the direct is made", async ({ pair }) => {
  const [ana, ben] = await pair();
  const dialog = await ana.switcher();
  await dialog.getByRole("combobox").fill("be");
  await dialog.getByRole("option", { name: "Ben" }).click();
  await ana.composer("Ben").waitFor();
  await ana.say("just you", "Ben");
  await ben.sidebar.getByRole("link", { name: "Ana, 1 unread" }).waitFor();
});

fact("a channel one is not in is found and can be joined", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("observatory");
  await ana.say("anybody here?", "#observatory");
  const dialog = await ben.switcher();
  await dialog.getByRole("combobox").fill("observ");
  const option = dialog.getByRole("option", { name: "observatory" });
  await option.waitFor();
  assert.match(await option.innerText(), /Not joined/);
  await ben.page.keyboard.press("Enter");
  await ben.heading("observatory").waitFor();
  await ben.article("anybody here?").waitFor();
  await ben.page.getByRole("button", { name: "Join channel" }).click();
  await ben.composer("#observatory").waitFor();
});
