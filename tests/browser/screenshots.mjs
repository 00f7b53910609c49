// Makes the pictures of the README: docs/desktop.png, docs/phone.png, docs/dark.png. Run it with the project's own Node:
//     node_modules/.bin/node tests/browser/screenshots.mjs
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { accept, expect } from "../miniflare/support/client.mjs";
import { startServer } from "../miniflare/support/server.mjs";
import { Seat, launch } from "./support/browser.mjs";

const DOCS = resolve(dirname(fileURLToPath(import.meta.url)), "../../docs");
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Ana's workspace, with what she, Ben and Cleo have said; gives Ana's seat. */
async function furnish(browser, server) {
  const ana = await Seat.take(browser, server, { viewport: DESKTOP, colorScheme: "light" });
  await ana.signUp({ workspace: "Acme Observatory", name: "Ana Lovelace" });
  const code = (await ana.inviteLink()).split("/invite/")[1];
  const ben = await accept(server, code, "Ben Okafor");
  const cleo = await accept(server, code, "Cleo Marchetti");

  const { channels } = expect(await ben.get("/channels"), 200);
  const general = channels.find(({ name }) => name === "general").id;
  for (const guest of [ben, cleo]) await guest.joinChannel(general);
  const [me, ...rooms] = await ana.page.evaluate(async () => {
    const post = async (path, body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const make = async (name, topic, kind = "public") => (await post("/channels", { name, kind, topic })).channel.id;
    const { user } = await (await fetch("/api/v1/boot")).json();
    return [
      user.id,
      await make("launch", "Edge release on Thursday"),
      await make("mirrors", "Glass, silver and alignment"),
      await make("night-shift", "Who watches, and what they saw"),
      await make("budget", "Numbers nobody else needs yet", "private"),
    ];
  });
  const [launchRoom, mirrors, nightShift] = rooms;
  for (const guest of [ben, cleo]) for (const room of [launchRoom, mirrors, nightShift]) await guest.joinChannel(room);
  const anaSays = async (text) => {
    await ana.say(text, "#launch");
    await ana.hears(text.split("\n").at(-1), "#launch");
  };

  await ben.say(general, "Coffee machine on the second floor is alive again.");
  await cleo.say(nightShift, "Clouds until two, then four clear hours. Plates are in the drawer.");
  for (const room of ["night-shift", "general", "launch"]) await ana.goTo(room);

  await ben.say(launchRoom, "Morning! The new gateway has been in Frankfurt and Ashburn since six, and nothing has caught fire.");
  await ben.say(launchRoom, "It feels instant from here.");
  await cleo.say(launchRoom, "That is faster than Ben answers in person.");
  await anaSays("Lovely. Does it hold when a phone goes through a tunnel and comes back?");
  await ben.say(launchRoom, "I took the train to find out. What I wrote in the tunnels arrived when we came out, once and in order.");
  await cleo.say(launchRoom, `<@${me}> the release notes are ready for you: https://acme.example/notes/edge-release`);
  await cleo.say(launchRoom, `Pictures of the dish at sunrise are in <#${mirrors}>, pick one for the top of the page.`);
  await anaSays("Reading now.\nCleo, could you also write down how to roll back? One paragraph is plenty.");
  await cleo.say(launchRoom, "Already in there, under “If it rains”.");
  await ben.say(launchRoom, "Then I suggest we go on Thursday at ten, with everybody awake in both hemispheres.");
  await anaSays("Thursday at ten it is. Thank you, both of you.");

  await cleo.say(mirrors, "Segment 14 is polished. Surface error is down to 9 nm.");
  await cleo.say(mirrors, `<@${me}> could you sign off the alignment before noon?`);
  await ben.say(nightShift, "I can take Friday if somebody takes my Tuesday.");
  const direct = expect(await ben.post("/directs", { users: [me] }), 200, 201).channel.id;
  await ben.say(direct, "Do you have five minutes after lunch?");
  expect(await cleo.post("/directs", { users: [me] }), 200, 201);
  await ana.sidebar.getByRole("link", { name: /^mirrors, 2 unread/ }).waitFor();
  await ana.sidebar.getByRole("link", { name: "night-shift, 1 unread" }).waitFor();
  await ana.sidebar.getByRole("link", { name: "Ben Okafor, 1 unread" }).waitFor();
  await ana.hears("Thursday at ten it is. Thank you, both of you.", "#launch");
  await answer(ben, cleo, launchRoom);
  return ana;
}

/** Two of them react to the last message and reply to the one before. */
async function answer(ben, cleo, channel) {
  const { messages } = expect(await ben.get(`/channels/${channel}/messages`), 200);
  const [before, last] = messages.slice(-2);
  for (const [guest, emoji] of [[ben, "👍"], [cleo, "👍"], [cleo, "🎉"]]) {
    const connection = await guest.connect();
    await connection.ok("react", { channel, seq: last.seq, emoji });
    await connection.close();
  }
  const reply = { client_message_id: "reply", text: "I'll bring the checklist.", thread: before.seq };
  expect(await cleo.post(`/channels/${channel}/messages`, reply), 201);
}

async function take({ page }, name) {
  // The pointer and a blinking caret are nobody's.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(DOCS, name), animations: "disabled", caret: "hide" });
}

await mkdir(DOCS, { recursive: true });
const server = await startServer({ client: true });
const browser = await launch();
try {
  const ana = await furnish(browser, server);
  await take(ana, "desktop.png");
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await take(ana, "dark.png");

  const path = new URL(ana.page.url()).pathname;
  const storageState = await ana.context.storageState();
  const options = { viewport: PHONE, hasTouch: true, isMobile: true, colorScheme: "light", storageState };
  const phone = await Seat.take(browser, server, options);
  await phone.open(path);
  await phone.sees("launch");
  await phone.article("Thursday at ten it is").waitFor();
  await take(phone, "phone.png");
} finally {
  await browser.close();
  await server.stop();
}
