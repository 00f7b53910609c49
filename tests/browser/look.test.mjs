// Screens of other sizes and other light.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { untilSome } from "./support/browser.mjs";

const fact = stage();

const overflow = ({ page }) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    return Math.max(scrollWidth, document.body.scrollWidth) - clientWidth;
  });

fact("a screen 360 pixels wide shows one pane and does not scroll sideways", async ({ seat }) => {
  const ana = await seat({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await ana.open();
  await ana.page.getByRole("button", { name: "Create workspace" }).waitFor();
  assert.equal(await overflow(ana), 0, "at the door");
  await ana.signUp({ workspace: "A workspace with quite a long name for such a small screen" });
  await ana.composer("#general").fill(`${"wide".repeat(100)} https://example.org/${"path/".repeat(40)}`);
  await ana.page.getByRole("button", { name: "Send message" }).click();
  await ana.article("wide").waitFor();
  assert.equal(await overflow(ana), 0, "in a channel");
  const log = ana.log("#general");
  assert.ok(await log.evaluate((element) => element.scrollWidth <= element.clientWidth), "in the timeline");

  assert.equal(await ana.sidebar.isVisible(), false);
  await ana.page.getByRole("button", { name: "Show channels" }).click();
  await ana.sidebar.waitFor();
  assert.equal(await overflow(ana), 0, "in the sidebar");
  assert.equal(await log.isVisible(), false);
  await ana.entry("general").click();
  await log.waitFor();
});

fact("on touch Enter begins a new line", async ({ seat }) => {
  const ana = await seat({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await ana.signUp();
  const composer = ana.composer("#general");
  await composer.fill("one");
  await composer.press("Enter");
  assert.equal(await composer.inputValue(), "one\n");
  assert.equal(await ana.page.getByRole("article").count(), 0);
});

for (const [colorScheme, isRight] of [
  ["dark", (light) => light < 0.25],
  ["light", (light) => light > 0.85],
]) {
  fact(`the page is ${colorScheme} where the system is`, async ({ seat }) => {
    const ana = await seat({ colorScheme });
    await ana.signUp();
    const main = ana.page.getByRole("main");
    const light = await untilSome("a background", () => main.evaluate(lightness));
    assert.ok(isRight(light.background), `background ${light.background}`);
    assert.ok(Math.abs(light.background - light.text) > 0.5, `text ${light.text} on ${light.background}`);
  });
}

/** Lightness, 0 to 1, of what stands behind an element and of its text. */
function lightness(element) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const of = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return alpha > 0 ? (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255 : undefined;
  };
  let background;
  for (let at = element; at && background === undefined; at = at.parentElement) {
    background = of(getComputedStyle(at).backgroundColor);
  }
  return { background, text: of(getComputedStyle(element).color) };
}
