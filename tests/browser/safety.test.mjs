// Whatever people write and however they call themselves: it is text, it stays where it is, and the page asks nobody else.
import assert from "node:assert/strict";
import { Server } from "../../xtask/seed/client.mjs";
import { SCRIPTS, STACKED, TURNED, UNBROKEN } from "./support/hostile.mjs";
import { stage } from "./support/stage.mjs";
import { until, untilSome } from "./support/browser.mjs";

const fact = stage();

const NAME_MAX_CHARS = 80;
const TOPIC_MAX_CHARS = 250;
/** A line of text with marks on it may be higher than another, not as high as they would make it. */
const ROW_MAX_PX = 160;
const SCREENS = [
  ["on a desktop", { viewport: { width: 1440, height: 900 } }],
  ["on a phone", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
];
const LAST = "that was all";

/** `{owner, guest, general, nora}`: a workspace by the API, and its owner's seat, which notes what the page should not do. */
async function furnish({ server, seat }, options = {}) {
  const api = new Server(server.origin);
  const owner = await api.found("Acme", "Ana");
  const { code } = await owner.call("POST", "/invites", { max_uses: 1_000, expires_in_s: 3_600 });
  const guest = await api.accept(code, "Ben");
  const general = (await owner.call("POST", "/channels", { name: "general", kind: "public" })).channel.id;
  await guest.call("POST", `/channels/${general}/join`, {});
  const ana = await seat(options);
  const accidents = [];
  ana.page.on("dialog", (dialog) => {
    accidents.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  ana.context.on("request", (request) => {
    if (!request.url().startsWith(`${server.origin}/`)) accidents.push(`a request: ${request.url()}`);
  });
  await ana.context.exposeFunction("accident", (what) => accidents.push(what));
  await ana.page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.accident(`a violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const { url } = await owner.call("POST", "/sign-in-links");
  await ana.page.goto(url);
  await ana.page.getByRole("button", { name: "Sign in" }).click();
  await ana.sees("general");
  return { api, code, owner, guest, general, ana, accidents };
}

/** What on the page is nothing that the client makes of text. */
function foreign(page) {
  return page.evaluate(() => {
    const elements = "script, iframe, frame, object, embed, applet, base, style, link, meta, math, video, audio, source, image, marquee, isindex, xss, template, noscript, animate, set, foreignObject, use";
    const found = [...document.body.querySelectorAll(elements)].map((element) => element.outerHTML);
    for (const element of document.body.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        const runs = name.startsWith("on") || ["srcdoc", "formaction", "action", "ping", "srcset", "xlink:href", "popover"].includes(name);
        const leads = ["href", "src"].includes(name) && !/^(https?:\/\/|mailto:|[/#])/.test(value);
        const loads = name === "src" && /^\/\/|^https?:/.test(value);
        if (runs || leads || loads) found.push(element.outerHTML);
      }
    }
    return found;
  });
}

async function assertHarmless({ ana, accidents }, where) {
  assert.deepEqual(await foreign(ana.page), [], where);
  assert.equal(await ana.page.evaluate(() => window.broken), undefined, where);
  assert.deepEqual(accidents, [], where);
  assert.equal(new URL(ana.page.url()).origin, ana.server.origin, where);
}

/** Without what Markdown and layout may change about it. */
const plain = (text) => text.replace(/\s+/g, " ");

fact("the page and all its files come with headers that leave nothing to a script", async ({ server }) => {
  for (const path of ["/", "/c/C01", "/boot.js", "/client.js", "/client_bg.wasm", "/style.css", "/favicon.svg", "/robots.txt"]) {
    const { status, headers } = await fetch(server.origin + path);
    assert.equal(status, 200, path);
    const policy = Object.fromEntries(
      headers
        .get("content-security-policy")
        .split(";")
        .map((directive) => directive.trim().split(/\s+/))
        .map(([name, ...sources]) => [name, sources.join(" ")]),
    );
    assert.deepEqual(
      policy,
      {
        "default-src": "'self'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
      },
      path,
    );
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", path);
    assert.match(headers.get("permissions-policy"), /camera=\(\).*geolocation=\(\).*microphone=\(\)/, path);
  }
  assert.match(await (await fetch(`${server.origin}/robots.txt`)).text(), /^User-agent: \*\n/);
});

fact("a message that would be a script is text", async (here) => {
  const room = await furnish(here);
  const { ana, guest, general } = room;
  for (const text of SCRIPTS) await guest.say(general, text);
  await guest.say(general, LAST);
  await ana.hears(LAST);
  await assertHarmless(room, "messages");
  const shown = plain(await ana.log("#general").innerText());
  // What has no markup in it stands there to the letter.
  const literal = SCRIPTS.filter((text) => !/[*_~`\\[\]\n]|^[>-] |^<[@#!]/.test(text));
  assert.ok(literal.length > 80, `${literal.length} literal ones`);
  assert.deepEqual(literal.filter((text) => !shown.includes(plain(text))), []);
  await ana.page.reload();
  await ana.hears(LAST);
  await assertHarmless(room, "history");
});

fact("a channel, a topic or a person that would be a script is text", async (here) => {
  const room = await furnish(here);
  const { api, code, ana, owner, general } = room;
  const names = SCRIPTS.filter((text) => [...text].length <= NAME_MAX_CHARS && !/[\n\t]/.test(text));
  assert.ok(names.length > 90, `${names.length} names`);
  let last;
  for (const [n, name] of names.entries()) {
    const topic = names.at(-1 - n).slice(0, TOPIC_MAX_CHARS);
    last = (await owner.call("POST", "/channels", { name, kind: "public", topic })).channel.id;
    const person = await api.accept(code, name);
    await person.call("POST", `/channels/${general}/join`, {});
    await person.say(general, `I am number ${n}`);
  }
  await ana.hears(`I am number ${names.length - 1}`);
  await until("authors", async () => {
    const authors = await ana.page.locator(".message-author").allInnerTexts();
    return names.filter((name) => !authors.map(plain).includes(plain(name)));
  }, []);
  await until("channels", async () => {
    const shown = plain(await ana.sidebar.innerText());
    return names.filter((name) => !shown.includes(plain(name)));
  }, []);
  await assertHarmless(room, "names in a channel");
  for (const opener of ["Add channels", "New direct message"]) {
    await ana.sidebar.getByRole("button", { name: opener }).click();
    const dialog = ana.page.getByRole("dialog");
    await untilSome(opener, async () => (await dialog.getByRole("listitem").count()) > 40);
    await assertHarmless(room, opener);
    await ana.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  }
  await ana.open(`/c/${last}`);
  await untilSome("the heading", async () => plain(await ana.page.getByRole("heading", { level: 1 }).innerText()) === plain(names.at(-1)));
  await untilSome("the title", async () => plain(await ana.page.title()).includes(plain(names.at(-1)).trim()));
  await assertHarmless(room, "the open channel");
});

for (const [screen, options] of SCREENS) {
  fact(`turned, stacked and endless texts keep to their place ${screen}`, async (here) => {
    const room = await furnish(here, options);
    const { ana, guest, general, owner } = room;
    const { page } = ana;
    await owner.say(general, "calm before");
    await ana.hears("calm before");
    for (const text of STACKED) await guest.say(general, text);
    await ana.article("lgo").waitFor();
    await until("as many messages", () => page.getByRole("article").count(), 1 + STACKED.length);
    const cut = await page.locator(".message-text").evaluateAll((texts) => texts.map((text) => getComputedStyle(text).overflow));
    assert.ok(cut.every((overflow) => overflow === "clip"), "what is stacked stays in its message");
    await guest.call("PATCH", "/me", { display_name: TURNED[0] });
    for (const text of [...TURNED, ...UNBROKEN, LAST]) await guest.say(general, text);
    await ana.hears(LAST);
    await until("the new name", async () => (await page.locator(".message-author").allInnerTexts()).includes(TURNED[0]), true);
    const rows = await page.getByRole("article").evaluateAll((articles) =>
      articles.map((article) => {
        const { top, bottom, left, right } = article.getBoundingClientRect();
        return { top, bottom, left, right, text: article.innerText };
      }),
    );
    const { width } = page.viewportSize();
    for (const [n, row] of rows.entries()) {
      const what = `row ${n}: ${row.text.slice(0, 40)}`;
      assert.ok(row.left >= 0 && row.right <= width, `${what} from ${row.left} to ${row.right}`);
      if (n > 0) assert.ok(row.top >= rows[n - 1].bottom - 1, `${what} lies over the one before`);
      if (row.text.length < 3_000) assert.ok(row.bottom - row.top <= ROW_MAX_PX, `${what} is ${row.bottom - row.top} px high`);
    }
    const heads = await page.locator(".message-head").evaluateAll((heads) =>
      heads.map((head) => [".message-author", ".message-time"].map((part) => head.querySelector(part).getBoundingClientRect().left)),
    );
    for (const [author, time] of heads) assert.ok(author < time, "the time stands behind the name");
    const overflow = await page.evaluate(() => {
      const log = document.querySelector('[role="log"]');
      return [document.scrollingElement, document.body, log].map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    });
    assert.deepEqual(overflow, [0, 0, 0]);
    await assertHarmless(room, screen);
  });
}
