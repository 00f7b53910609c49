// What messages say, and how it looks.
import assert from "node:assert/strict";
import { stage } from "./support/stage.mjs";
import { until } from "./support/browser.mjs";

const fact = stage();

const TEXT = `*bold* _italic_ ~struck~ \`<b>code</b>\` [site](https://a.example/x) https://b.example
> quoted
- one
  - inner
7. seven
\`\`\`rust
let a = "<i>";
  *b*
\`\`\`
the end`;

fact("markup is shown as what it means, to both", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ana.say(TEXT);
  for (const seat of [ana, ben]) {
    const message = seat.article("the end");
    await message.waitFor();
    const texts = (role) => message.getByRole(role, { includeHidden: true }).allInnerTexts();
    assert.deepEqual(await texts("strong"), ["bold"]);
    assert.deepEqual(await texts("emphasis"), ["italic"]);
    assert.deepEqual(await message.locator("s").allInnerTexts(), ["struck"]);
    assert.deepEqual(await texts("code"), ["<b>code</b>"]);
    assert.deepEqual(await texts("blockquote"), ["quoted"]);
    assert.equal(await message.getByRole("list").count(), 3);
    assert.equal(await message.getByRole("listitem").filter({ hasText: "seven" }).getAttribute("value"), "7");
    const lines = message.locator("pre");
    assert.equal(await lines.innerText(), 'let a = "<i>";\n  *b*');
    assert.equal(await lines.getAttribute("data-language"), "rust");
    const links = await message.getByRole("link").evaluateAll((links) =>
      links.map((link) => [link.textContent, link.href, link.rel, link.target]),
    );
    const rel = "noopener noreferrer nofollow";
    assert.deepEqual(links, [
      ["site", "https://a.example/x", rel, "_blank"],
      ["https://b.example", "https://b.example/", rel, "_blank"],
    ]);
  }
});

fact("what would be a script elsewhere is text", async ({ pair }) => {
  const [ana, ben] = await pair();
  const hostile = [
    "<script>window.broken = 1</script>",
    '<img src=x onerror="window.broken = 1">',
    "[a](javascript:window.broken=1)",
    "[b](JavaScript:window.broken=1) [c](data:text/html,<script>window.broken=1</script>)",
    '*<b onclick="window.broken=1">* is bold',
    '[d](https://a.example/"onmouseover="window.broken=1)',
    '![e](x"onerror="window.broken=1)',
    '```"><script>window.broken=1</script>\n<svg onload=window.broken=1>\n```',
  ];
  for (const text of hostile) await ana.say(text);
  await ana.say("that was all");
  await ben.hears("that was all");
  for (const seat of [ana, ben]) {
    const log = seat.log("#general");
    assert.equal(await log.locator("script, img, b, svg[onload], [onclick], [onerror], [onmouseover]").count(), 0);
    const links = await log.locator(".message-text a").evaluateAll((links) => links.map((link) => link.href));
    assert.deepEqual(links, ["https://a.example/"]);
    assert.deepEqual(await log.locator("strong").allInnerTexts(), ['<b onclick="window.broken=1">']);
    const shown = await log.innerText();
    for (const text of ["<script>window.broken = 1</script>", "[a](javascript:window.broken=1)", "<svg onload=window.broken=1>"]) {
      assert.ok(shown.includes(text), `${text} in ${shown}`);
    }
    assert.equal(await seat.page.evaluate(() => window.broken), undefined);
  }
});

fact("a person who is named is shown by their name", async ({ pair }) => {
  const [ana, ben] = await pair();
  const id = await ben.page.evaluate(async () => (await (await fetch("/api/v1/boot")).json()).user.id);
  await ana.say(`*Hi <@${id}>*, and \`<@${id}>\``);
  for (const seat of [ana, ben]) {
    await until("the name", () => seat.article("Hi").locator(".mention").allInnerTexts(), ["@Ben"]);
    assert.equal(await seat.article("Hi").locator("strong").innerText(), "Hi @Ben");
  }
});
