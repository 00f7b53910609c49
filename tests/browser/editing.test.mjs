// Changing, deleting and marking messages, by pointer and by keyboard.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until, untilSome } from "./support/browser.mjs";

const fact = stage();

/** Presses a button of the toolbar that comes up at a message. */
async function press(seat, text, name) {
  const message = seat.article(text).first();
  await message.hover();
  await message.getByRole("button", { name }).click();
}

/** Chooses from the menu of a message. */
async function choose(seat, text, name) {
  await press(seat, text, "More actions");
  await seat.page.getByRole("menu", { name: "More actions" }).getByRole("menuitem", { name }).click();
}

function focused(seat) {
  return seat.page.evaluate(() => {
    const { activeElement: at } = document;
    return at.getAttribute("aria-label") ?? at.tagName;
  });
}

fact("a message is changed in its place and shows so at both sides", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("teh first");
  await ana.say("second");
  await ben.hears("second");
  await press(ana, "teh first", "Edit message");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  assert.equal(await field.inputValue(), "teh first");
  await field.fill("the first");
  await field.press("Enter");
  await ana.shows(["the first (edited)", "second"]);
  await ben.shows(["the first (edited)", "second"]);
  assert.match(await ben.article("the first").getByText("(edited)").getAttribute("title"), /\d{4}/);
  await ben.page.reload();
  await ben.shows(["the first (edited)", "second"]);
});

fact("arrow up in the empty composer changes the last own message, Escape leaves it as it was", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("mine");
  await ana.hears("mine");
  await ben.say("yours");
  await ana.hears("yours");
  const composer = ana.composer("#general");
  await composer.press("ArrowUp");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  await field.waitFor();
  assert.equal(await focused(ana), "Edit message");
  await field.fill("something else");
  await field.press("Escape");
  await ana.shows(["mine", "yours"]);
  assert.equal(await focused(ana), "Message #general");
});

fact("typing in a changed message is not disturbed by what others do to it", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("draft");
  await ben.hears("draft");
  await press(ana, "draft", "Edit message");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  await field.fill("half a sen");
  await press(ben, "draft", "Add reaction");
  await ben.page.getByRole("dialog", { name: "Add reaction" }).getByRole("button", { name: "tada" }).first().click();
  await ben.say("after it");
  await ana.article("after it").waitFor();
  assert.equal(await field.inputValue(), "half a sen");
  assert.equal(await focused(ana), "Edit message");
  await field.pressSequentially("tence");
  await field.press("Enter");
  await ben.article("half a sentence").getByRole("button", { name: "🎉 1: you" }).waitFor();
});

fact("deleting asks first, shows what goes, and takes it from both sides", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("stays");
  await ana.say("goes");
  await ben.hears("goes");
  await choose(ana, "goes", "Delete message");
  const dialog = ana.page.getByRole("dialog", { name: "Delete message" });
  await dialog.getByText("goes", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.match(await focused(ana), /^Ana, /);
  await ana.page.keyboard.press("Delete");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await ana.shows(["stays"]);
  await ben.shows(["stays"]);
  await ana.page.reload();
  await ana.shows(["stays"]);
});

fact("a change without text asks whether to delete", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  await ana.say("short-lived");
  await ana.hears("short-lived");
  await ana.composer("#general").press("ArrowUp");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  await field.fill("");
  await field.press("Enter");
  await ana.page.getByRole("dialog", { name: "Delete message" }).getByRole("button", { name: "Delete" }).click();
  await ana.shows([]);
});

fact("nobody is offered to change what others wrote, and only stewards to delete it", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("by ana");
  await ben.hears("by ana");
  await ben.say("by ben");
  await ana.hears("by ben");
  await ben.article("by ana").hover();
  assert.equal(await ben.page.getByRole("button", { name: "Edit message" }).count(), 0);
  await press(ben, "by ana", "More actions");
  assert.deepEqual(await menu(ben), ["Add reaction", "Reply in thread", "Copy link", "Mark unread"]);
  await press(ana, "by ben", "More actions");
  assert.deepEqual(await menu(ana), ["Add reaction", "Reply in thread", "Copy link", "Mark unread", "Delete message"]);
});

async function menu(seat) {
  const items = seat.page.getByRole("menu", { name: "More actions" }).getByRole("menuitem");
  const words = await items.locator("span").allInnerTexts();
  await seat.page.keyboard.press("Escape");
  return words;
}

fact("everything is done from the keyboard", async ({ pair }) => {
  const [ana, ben] = await pair();
  for (const text of ["one", "two", "three"]) await ana.say(text);
  await ben.hears("three");
  await ana.log("#general").focus();
  await ana.page.keyboard.press("ArrowUp");
  await ana.page.keyboard.press("ArrowUp");
  await ana.page.keyboard.press("e");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  assert.equal(await field.inputValue(), "two");
  await field.pressSequentially(" and a half");
  await field.press("Enter");
  await ben.shows(["one", "two and a half (edited)", "three"]);
  assert.match(await focused(ana), /^Ana, /);
  await ana.page.keyboard.press("+");
  const picker = ana.page.getByRole("dialog", { name: "Add reaction" });
  await picker.getByRole("searchbox", { name: "Search emoji" }).fill("rocket");
  await picker.getByRole("button", { name: "rocket", exact: true }).waitFor();
  await ana.page.keyboard.press("Enter");
  await ben.article("two and a half").getByRole("button", { name: "🚀 1: Ana" }).waitFor();
  await untilSome("the focus at the message", async () => /^Ana, /.test(await focused(ana)));
  await ana.page.keyboard.press("ArrowUp");
  await ana.page.keyboard.press("Delete");
  await ana.page.getByRole("dialog", { name: "Delete message" }).getByRole("button", { name: "Delete" }).press("Enter");
  await until("one is gone", async () => (await ben.texts()).includes("one"), false);
});

fact("with a finger, a button at each message brings up all that can be done", async ({ seat }) => {
  const ana = await seat({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await ana.signUp();
  await ana.composer("#general").fill("under a finger");
  await ana.page.getByRole("button", { name: "Send message" }).tap();
  await ana.hears("under a finger");
  const more = ana.article("under a finger").getByRole("button", { name: "More actions" });
  const { width, height } = await more.boundingBox();
  assert.ok(width >= 44 && height >= 44, `${width} × ${height}`);
  await more.tap();
  const items = ana.page.getByRole("menu", { name: "More actions" }).getByRole("menuitem");
  assert.equal(await items.count(), 6);
  for (const box of await Promise.all((await items.all()).map((item) => item.boundingBox()))) {
    assert.ok(box.height >= 44, `${box.height}`);
  }
  await items.filter({ hasText: "Edit message" }).tap();
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  await field.fill("by a finger");
  await ana.page.getByRole("button", { name: "Save" }).tap();
  await ana.hears("by a finger (edited)");
});

fact("what is done offline is seen at once and done once one is back", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say("before");
  await ben.hears("before");
  await ana.context.setOffline(true);
  await ana.composer("#general").press("ArrowUp");
  const field = ana.page.getByRole("textbox", { name: "Edit message" });
  await field.fill("after");
  await field.press("Enter");
  await ana.shows(["after (edited)"]);
  await ana.context.setOffline(false);
  await ben.shows(["after (edited)"]);
});

fact("a message marked unread brings line and badge back until the channel is left", async ({ pair }) => {
  const [ana, ben] = await pair();
  for (const text of ["one", "two", "three"]) await ben.say(text);
  await ana.hears("three");
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();
  await choose(ana, "two", "Mark unread");
  await ana.sidebar.getByRole("link", { name: "general, 2 unread" }).waitFor();
  const order = (await ana.log("#general").innerText()).toLowerCase();
  assert.ok(order.indexOf("new messages") > order.indexOf("one"), order);
  assert.ok(order.indexOf("new messages") < order.indexOf("two"), order);
  await ana.page.reload();
  await ana.createChannel("elsewhere");
  await ben.say("four");
  await ana.sidebar.getByRole("link", { name: /general, \d unread/ }).waitFor();
  await ana.goTo("general");
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();
});
