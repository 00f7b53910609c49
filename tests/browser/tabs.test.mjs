// One person, several tabs, and the buttons of the browser.
import { Seat, agree } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const fact = stage();

/** A further tab of somebody, in the same browser context. */
async function anotherTab(seat) {
  const tab = new Seat(seat.server, seat.context, await seat.context.newPage());
  tab.faults = seat.faults;
  tab.name = `${seat.name} in another tab`;
  await tab.open();
  await tab.sees("general");
  return tab;
}

fact("two tabs of one person show the same", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("from the first tab");
  const tab = await anotherTab(ana);
  await tab.hears("from the first tab");
  await tab.say("from the second tab");
  await agree([ana, tab, ben], ["from the first tab", "from the second tab"]);
});

fact("what two tabs keep while offline is sent once, by whichever comes first", async ({ pair }) => {
  const [ana, ben] = await pair();
  const tab = await anotherTab(ana);
  await ana.context.setOffline(true);
  await ana.say("kept by the first");
  await tab.say("kept by the second");
  await ana.context.setOffline(false);
  await Promise.all([ana.page.reload(), tab.page.reload()]);
  await agree([ana, tab, ben], ["kept by the first", "kept by the second"]);
});

fact("signing out in one tab leads the other to the door", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const tab = await anotherTab(ana);
  await (await ana.profile()).getByRole("button", { name: "Sign out", exact: true }).click();
  await tab.page.getByRole("button", { name: "Create workspace" }).waitFor();
});

fact("Back and Forward lead through the channels that were open", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.createChannel("elsewhere");
  await ana.page.goBack();
  await ana.sees("general");
  await ana.page.goForward();
  await ana.sees("elsewhere");
});
