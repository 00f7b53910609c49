// The details of a channel: two people see the same, and each is offered what they may do.
import assert from "node:assert/strict";
import { untilSome } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const fact = stage();

/** Opens the details of the open channel by its name and gives their dialog. */
async function details({ page }, name) {
  await page.getByRole("heading", { level: 1 }).getByRole("button", { name }).click();
  const dialog = page.getByRole("dialog", { name: `Details of #${name}` });
  await dialog.waitFor();
  return dialog;
}

const member = (dialog, name) => dialog.getByRole("list", { name: "Members" }).getByRole("listitem").filter({ hasText: name });

/** Lets Ben into a channel of Ana's and gives it to both. */
async function share(ana, ben, name, options) {
  await ana.createChannel(name, options);
  await ana.page.getByRole("button", { name: "Add people" }).click();
  const dialog = ana.page.getByRole("dialog", { name: `Add people to #${name}` });
  await dialog.getByRole("button", { name: "Add Ben" }).click();
  await dialog.getByText(`Ben is in #${name}.`).waitFor();
  await ana.page.keyboard.press("Escape");
  await ben.goTo(name);
}

fact("a_new_name_and_topic_are_seen_by_the_other_at_once", async ({ pair }) => {
  const [ana, ben] = await pair();
  await share(ana, ben, "lobby");
  const seen = await details(ben, "lobby");
  await member(seen, "Ana").getByText("channel owner").waitFor();
  assert.equal(await seen.getByRole("textbox", { name: "Channel name" }).count(), 0, "Ben may not rename it");
  assert.equal(await seen.getByRole("button", { name: /^(Remove|Archive)/ }).count(), 0);

  const dialog = await details(ana, "lobby");
  await dialog.getByRole("textbox", { name: "Channel name" }).fill("foyer");
  await dialog.getByRole("textbox", { name: "Topic (optional)" }).fill("Coats go left");
  await dialog.getByRole("button", { name: "Save" }).click();
  await ana.page.getByRole("dialog", { name: "Details of #foyer" }).getByText("Saved.").waitFor();
  const renamed = ben.page.getByRole("dialog", { name: "Details of #foyer" });
  await renamed.getByText("Coats go left").waitFor();
  await ben.page.keyboard.press("Escape");
  await ben.sees("foyer");
  await ben.entry("foyer").waitFor();
});

fact("who_is_removed_is_cut_off_and_told_and_gone_from_the_list", async ({ pair }) => {
  const [ana, ben] = await pair();
  await share(ana, ben, "vault", { secret: true });
  await ana.page.getByRole("button", { name: "2 members" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Details of #vault" });
  await dialog.getByRole("button", { name: "Remove Ben" }).click();
  const ask = dialog.getByRole("group", { name: "Remove Ben from #vault?" });
  await ana.focused(ask.getByRole("button", { name: "Cancel" }));
  await ask.getByRole("button", { name: "Cancel" }).click();
  await ana.focused(dialog.getByRole("button", { name: "Remove Ben" }));
  await dialog.getByRole("button", { name: "Remove Ben" }).click();
  await ask.getByRole("button", { name: "Remove" }).click();
  await dialog.getByText("Removed.").waitFor();
  assert.equal(await member(dialog, "Ben").count(), 0);
  await ben.page.getByRole("alert").getByText("You are no longer in #vault.").waitFor();
  assert.equal(await ben.entry("vault").count(), 0);
});

fact("who_leaves_and_comes_is_seen_while_the_details_are_open", async ({ pair }) => {
  const [ana, ben] = await pair();
  await share(ana, ben, "transit");
  const dialog = await details(ana, "transit");
  await member(dialog, "Ben").waitFor();
  const own = await details(ben, "transit");
  await own.getByRole("button", { name: "Leave channel" }).click();
  await ben.page.getByRole("dialog", { name: "Leave #transit?" }).getByRole("button", { name: "Leave" }).click();
  await member(dialog, "Ben").waitFor({ state: "detached" });
});

fact("an_archived_channel_can_be_read_only_until_its_owner_brings_it_back", async ({ pair }) => {
  const [ana, ben] = await pair();
  await share(ana, ben, "attic");
  const dialog = await details(ana, "attic");
  await dialog.getByRole("button", { name: "Archive channel" }).click();
  const ask = dialog.getByRole("group", { name: /^Archive #attic\?/ });
  await ask.getByRole("button", { name: "Archive channel" }).click();
  await dialog.getByRole("button", { name: "Bring back" }).waitFor();
  await ana.page.keyboard.press("Escape");
  for (const seat of [ana, ben]) {
    await seat.page.getByRole("main").getByText("This channel is archived.").waitFor();
    await seat.page.getByRole("button", { name: "Archived · 2 members" }).waitFor();
    assert.equal(await seat.composer("#attic").count(), 0);
  }
  assert.equal(await ben.page.getByRole("button", { name: "Bring back" }).count(), 0);
  await ana.page.getByRole("button", { name: "Bring back" }).click();
  await ben.say("dust", "#attic");
  await ana.hears("dust", "#attic");
});

fact("a_role_changes_what_is_offered", async ({ pair }) => {
  const [ana, ben] = await pair();
  const dialog = await details(ana, "general");
  const role = (name) => dialog.getByRole("combobox", { name: `Role of ${name} in the workspace` });
  await role("Ben").selectOption("admin");
  await dialog.getByText("Saved.").waitFor();
  const own = await details(ben, "general");
  await own.getByRole("textbox", { name: "Channel name" }).waitFor();
  await role("Ben").selectOption("guest");
  await own.getByRole("textbox", { name: "Channel name" }).waitFor({ state: "hidden" });
  await ben.page.keyboard.press("Escape");
  await ben.page.getByRole("button", { name: "Invite people" }).waitFor({ state: "hidden" });
  for (const name of ["Add channels", "Add people"]) {
    assert.equal(await ben.page.getByRole("button", { name }).count(), 0, name);
  }
  await role("Ana (you)").selectOption("member");
  await dialog.getByRole("alert").getByText("A workspace needs an owner.").waitFor();
  assert.equal(await role("Ana (you)").inputValue(), "workspace owner");
});

fact("a_message_to_a_member_opens_the_direct", async ({ pair }) => {
  const [ana] = await pair();
  const dialog = await details(ana, "general");
  await dialog.getByRole("button", { name: "Message Ben" }).click();
  await ana.heading("Ben").waitFor();
  assert.equal(await dialog.count(), 0);
});

fact("a_guest_comes_by_their_own_invite_and_sees_what_they_are_let_into", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.page.getByRole("button", { name: "Invite people" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Invite people" });
  const field = dialog.getByRole("textbox", { name: "Invite link" });
  const link = (other) =>
    untilSome("an invite link", async () => {
      const value = await field.inputValue();
      return value.includes("/invite/") && value !== other && value;
    });
  const forMembers = await link();
  await dialog.getByRole("checkbox", { name: /^As guests/ }).check();
  const forGuests = await link(forMembers);
  await ana.page.keyboard.press("Escape");

  const gil = await seat();
  gil.name = "Gil";
  await gil.page.goto(forGuests);
  await gil.page.getByRole("textbox", { name: "Your name" }).fill("Gil");
  await gil.page.getByRole("button", { name: "Join workspace" }).click();
  await gil.page.getByText("Somebody of the team has to add you to one.").waitFor();
  assert.equal(await gil.page.getByRole("button", { name: "Invite people" }).count(), 0);
  await ana.page.getByRole("button", { name: "Add people" }).click();
  await ana.page.getByRole("button", { name: "Add Gil" }).click();
  await ana.page.keyboard.press("Escape");
  await gil.sees("general");
});
