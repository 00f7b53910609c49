// Two people talk.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { agree, until } from "./support/browser.mjs";

const fact = stage();

fact("two browsers on two gateways see each other's messages once and in one order", async ({ pair }) => {
  const [ana, ben] = await pair();
  const said = [];
  for (let n = 1; n <= 5; n++) {
    said.push(`ana ${n}`, `ben ${n}`);
    await Promise.all([ana.say(`ana ${n}`), ben.say(`ben ${n}`)]);
  }
  await agree([ana, ben], said);
  const names = await ana.log("#general").getByRole("article", { name: /^Ben, \d+:\d\d [AP]M$/ }).count();
  assert.equal(names, 6, "messages labelled with their author and a short time");
});

fact("a message keeps its place when the server has taken it", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const said = Array.from({ length: 8 }, (_, n) => `quick ${n}`);
  for (const text of said) await ana.say(text);
  await ana.shows(said);
});

fact("Enter sends and Shift+Enter begins a new line", async ({ seat }) => {
  const ana = await seat();
  await ana.signUp();
  const composer = ana.composer("#general");
  await composer.click();
  await ana.page.keyboard.type("one");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("two");
  assert.equal(await composer.inputValue(), "one\ntwo");
  assert.equal(await ana.page.getByRole("article").count(), 0);
  await ana.page.keyboard.press("Enter");
  await ana.shows(["two"]);
  assert.match(await ana.article("one").innerText(), /one\ntwo$/);
  assert.equal(await composer.inputValue(), "");
});

fact("a refused message can be sent again or thrown away", async ({ pair }) => {
  const [ana, ben] = await pair();
  let refusing = true;
  await ana.context.routeWebSocket(/\/api\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      for (const line of String(frame).split("\n")) {
        const { op, id } = line.startsWith("{") ? JSON.parse(line) : {};
        if (op !== "send" || !refusing) server.send(line);
        else socket.send(JSON.stringify({ re: id, error: { code: "internal", message: "made up by the test" } }));
      }
    });
  });
  await ana.page.reload();
  await ana.sees("general");
  await ana.say("worth another try");
  await ana.say("not worth it");
  const failed = (text) => ana.article(text).getByRole("alert").filter({ hasText: "Not sent." });
  await failed("worth another try").waitFor();
  await failed("not worth it").getByRole("button", { name: "Delete" }).click();
  await ana.article("not worth it").waitFor({ state: "detached" });
  assert.deepEqual(await ben.texts(), []);
  refusing = false;
  await failed("worth another try").getByRole("button", { name: "Retry" }).click();
  await agree([ana, ben], ["worth another try"]);
});

fact("HTML in a message is shown as text", async ({ pair }) => {
  const [ana, ben] = await pair();
  const text = `<script>window.broken = 1</script><img src=x onerror="window.broken = 1"><b>bold</b> &amp;`;
  await ana.say(text);
  for (const seat of [ana, ben]) {
    await seat.shows([text]);
    const message = seat.article("bold");
    assert.equal(await message.locator("script, img, b").count(), 0);
    assert.equal(await seat.page.evaluate(() => window.broken), undefined);
  }
});

fact("what came while another channel was open is counted in the sidebar and begins with a line", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ben.say("seen");
  await ana.hears("seen");
  await ana.createChannel("elsewhere");
  for (let n = 1; n <= 3; n++) await ben.say(`missed ${n}`);
  await ana.sidebar.getByRole("link", { name: "general, 3 unread" }).waitFor();

  await ana.goTo("general");
  await ana.shows(["seen", "missed 1", "missed 2", "missed 3"]);
  await ana.log("#general").getByRole("separator", { name: "Today" }).first().waitFor();
  assert.equal(await ana.log("#general").getByRole("separator", { name: "New messages" }).count(), 1);
  const page = await ana.log("#general").innerText();
  const places = ["seen", "New messages", "missed 1"].map((words) => page.toLowerCase().indexOf(words.toLowerCase()));
  assert.ok(!places.includes(-1), page);
  assert.deepEqual(places, places.toSorted((a, b) => a - b), "the line stands before the first unread message");
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();
});

fact("what was read stays read after a reload", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("elsewhere");
  await ben.say("missed");
  await ana.sidebar.getByRole("link", { name: "general, 1 unread" }).waitFor();
  await ana.goTo("general");
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();
  await until("the read marker at the server", () => unreadAtServer(ana, "general"), 0);
  await ana.goTo("elsewhere");
  await ana.page.reload();
  await ana.sees("elsewhere");
  await ana.sidebar.getByRole("link", { name: "general", exact: true }).waitFor();
});

fact("a new channel is found and joined by others, and keeps its messages to itself", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("project-sunrise", { topic: "Up at five" });
  await ana.page.getByText("Up at five").first().waitFor();
  await ana.say("in the new channel", "#project-sunrise");
  await ana.hears("in the new channel", "#project-sunrise");

  await ben.page.getByRole("button", { name: "Add channels" }).click();
  const browse = ben.page.getByRole("dialog", { name: "Add channels" });
  await browse.getByRole("searchbox").fill("sun");
  await browse.getByRole("button", { name: "Join #project-sunrise" }).click();
  await ben.sees("project-sunrise");
  await ben.shows(["in the new channel"], "#project-sunrise");
  await ben.say("and here I am", "#project-sunrise");
  await ana.shows(["in the new channel", "and here I am"], "#project-sunrise");
  await ana.goTo("general");
  await ana.shows([]);
});

fact("a private channel is not offered to others", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.createChannel("secret-plans", { secret: true });
  await ana.createChannel("open-plans");
  await ben.page.getByRole("button", { name: "Add channels" }).click();
  const browse = ben.page.getByRole("dialog", { name: "Add channels" });
  await browse.getByRole("searchbox").fill("plans");
  await browse.getByRole("button", { name: "Join #open-plans" }).waitFor();
  assert.equal(await browse.getByText("secret-plans").count(), 0);
});

fact("a direct opens at the other side with its first message", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.page.getByRole("button", { name: "New direct message" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "New direct message" });
  await dialog.getByRole("checkbox", { name: "Ben" }).check();
  await dialog.getByRole("button", { name: "Start conversation" }).click();
  await ana.heading("Ben").waitFor();
  await ana.say("just between us", "Ben");
  await ana.shows(["just between us"], "Ben");

  await ben.sidebar.getByRole("link", { name: "Ana, 1 unread" }).waitFor();
  await until("a direct counts in the title", () => ben.page.title(), "(1) #general · Acme");
  await ben.entry("Ana").click();
  await ben.shows(["just between us"], "Ana");
  await ben.say("nobody else", "Ana");
  await ana.shows(["just between us", "nobody else"], "Ben");
});

function unreadAtServer(seat, name) {
  return seat.page.evaluate(async (name) => {
    const { channels } = await (await fetch("/api/v1/boot")).json();
    return channels.find((channel) => channel.name === name).unread;
  }, name);
}
