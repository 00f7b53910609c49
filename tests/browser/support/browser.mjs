// Chromium as a person meets it: everything is found by role and label, everything is waited for, nothing is slept for.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { chromium } from "playwright-core";

/** How long an awaited thing may take before the test says what it waited for. */
export const PATIENCE_MS = 30_000;

const SIDEBAR = "Channels and direct messages";

/** Which browser, and that it does nothing by itself. */
export const BROWSER = {
  executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
  ],
};

/** A browser of its own. */
export function launch() {
  return chromium.launch(BROWSER);
}

/** Reads until `read` gives `wanted`; the failure shows what it gave last. */
export async function until(what, read, wanted, withinMs = PATIENCE_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    try {
      assert.deepEqual(value, wanted, what);
      return value;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(25);
  }
}

/** Reads until `read` gives something truthy, and gives that. */
export async function untilSome(what, read, withinMs = PATIENCE_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${what}`);
    await delay(25);
  }
}

/** A page in a browser context of its own: somebody at a screen, with a name once they have one. */
export class Seat {
  /** Exceptions and refused resources of the page. */
  faults = [];
  /** What the gateway answered to each `hello`, the newest last. */
  hellos = [];

  /** Takes a seat; `options` are those of Playwright's browser context. */
  static async take(browser, server, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Seat(server, context, await context.newPage());
  }

  constructor(server, context, page) {
    this.server = server;
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      if (/Content Security Policy|panicked/.test(message.text())) this.faults.push(message.text());
    });
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => this.#hear(String(payload))));
  }

  #hear(frame) {
    for (const line of frame.split("\n")) {
      if (!line.includes('"gateway"')) continue;
      const { ok } = JSON.parse(line);
      if (ok?.gateway) this.hellos.push(ok);
    }
  }

  open(path = "/") {
    return this.page.goto(this.server.origin + path);
  }

  /** Makes a workspace, from the door on, and waits for its first channel. */
  async signUp({ workspace = "Acme", name = "Ana", query = "" } = {}) {
    this.name = name;
    await this.open(`/${query}`);
    await this.page.getByRole("textbox", { name: "Workspace name" }).fill(workspace);
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.page.getByRole("button", { name: "Create workspace" }).click();
    await this.sees("general");
    return this;
  }

  /** Comes in by an invite link. */
  async join(link, { name = "Ben", query = "" } = {}) {
    this.name = name;
    await this.page.goto(link + query);
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.page.getByRole("button", { name: "Join workspace" }).click();
    await this.sees("general");
    return this;
  }

  /** The link of the invite dialog. */
  async inviteLink() {
    await this.page.getByRole("button", { name: "Invite people" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Invite people" });
    const field = dialog.getByRole("textbox", { name: "Invite link" });
    const link = await untilSome("an invite link", async () => {
      const value = await field.inputValue();
      return value.includes("/invite/") && value;
    });
    await this.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    return link;
  }

  /** Opens the profile and gives its dialog. */
  async profile() {
    await this.page.getByRole("button", { name: /: Your profile$/ }).click();
    const dialog = this.page.getByRole("dialog", { name: "Your profile" });
    await dialog.waitFor();
    return dialog;
  }

  /** Opens the switcher and gives its dialog. */
  async switcher() {
    await this.page.keyboard.press("Control+k");
    const dialog = this.page.getByRole("dialog", { name: "Go to a channel or person" });
    await dialog.waitFor();
    return dialog;
  }

  /** Waits until something found by role and label has the focus. */
  focused(locator) {
    return locator.and(this.page.locator(":focus")).waitFor();
  }

  get sidebar() {
    return this.page.getByRole("navigation", { name: SIDEBAR });
  }

  /** The sidebar's link of a channel or person, whatever is unread there. */
  entry(name) {
    return this.sidebar.getByRole("link", { name: new RegExp(`^${name}(, \\d+ unread.*)?$`) });
  }

  heading(name) {
    return this.page.getByRole("heading", { level: 1, name });
  }

  log(place) {
    return this.page.getByRole("log", { name: `Messages in ${place}` });
  }

  composer(place) {
    return this.page.getByRole("textbox", { name: `Message ${place}` });
  }

  /** Waits until a channel is open and can be written to. */
  async sees(channel) {
    await this.heading(channel).waitFor();
    await this.composer(`#${channel}`).waitFor();
  }

  /** Opens a channel from the sidebar. */
  async goTo(channel) {
    await this.entry(channel).click();
    await this.sees(channel);
  }

  /** Makes a channel and waits until it is open. */
  async createChannel(name, { topic = "", secret = false } = {}) {
    await this.page.getByRole("button", { name: "Add channels" }).click();
    await this.page.getByRole("button", { name: "Create a channel" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Create a channel" });
    await dialog.getByRole("textbox", { name: "Channel name" }).fill(name);
    await dialog.getByRole("textbox", { name: "Topic (optional)" }).fill(topic);
    if (secret) await dialog.getByRole("checkbox", { name: /^Private/ }).check();
    await dialog.getByRole("button", { name: "Create channel" }).click();
    await this.sees(name);
  }

  /** Writes and presses Enter; `place` is `#name` or a person. */
  async say(text, place = "#general") {
    const composer = this.composer(place);
    await composer.fill(text);
    await composer.press("Enter");
  }

  article(text) {
    return this.page.getByRole("article").filter({ hasText: text });
  }

  /** The last line of every message on the page, from above: its text, or what the page says about sending it. */
  async texts(place = "#general") {
    const messages = await this.log(place).getByRole("article").allInnerTexts();
    return messages.map((message) => message.trim().split("\n").at(-1));
  }

  /** Waits until the timeline holds just these messages. */
  shows(texts, place = "#general") {
    return until(`the timeline of ${this.name}`, () => this.texts(place), texts);
  }

  /** Waits until a message is in the timeline and stored. */
  hears(text, place = "#general") {
    return untilSome(`${this.name} hears ${text}`, async () => (await this.texts(place)).includes(text));
  }

  /** Asserts that the page had no accident, and closes it. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.faults, []);
  }
}

/** `[Ana, Ben]` in one workspace, each on a gateway of their own. */
export async function pair(browser, server, options = {}) {
  const ana = await Seat.take(browser, server, options);
  await ana.signUp({ query: "?region=weur" });
  const ben = await Seat.take(browser, server, options);
  await ben.join(await ana.inviteLink(), { query: "?region=enam" });
  return [ana, ben];
}

/**
 * Waits until all seats show the same messages in the same order, each of `texts` once and nothing else. Each seat then says
 * one word more, and all is compared again when those have arrived: what was still under way would have come before them.
 */
export async function agree(seats, texts, place = "#general") {
  const closing = seats.map(({ name }) => `over from ${name}`);
  for (const seat of seats) {
    await until(`all messages at ${seat.name}`, async () => (await seat.texts(place)).toSorted(), texts.toSorted());
  }
  for (const [n, seat] of seats.entries()) await seat.say(closing[n], place);
  for (const seat of seats) for (const word of closing) await seat.hears(word, place);
  const [first, ...others] = await Promise.all(seats.map((seat) => seat.texts(place)));
  assert.deepEqual(first.toSorted(), [...texts, ...closing].toSorted());
  for (const other of others) assert.deepEqual(other, first);
  return first;
}
