// axe-core on a page, and what it found in a form that says what to mend.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const AXE = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
const NODES_SHOWN = 4;

/**
 * Asserts that axe finds nothing in what is on the page, in light and in dark. `view` says what that is. Everything that moves is
 * at its end first: what fades in has no contrast yet. `except` names rules that do not fit the view.
 */
export async function assertAccessible(seat, view, { except = [] } = {}) {
  const { page } = seat;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const violations = (await examine(page)).filter(({ id }) => !except.includes(id));
    const found = violations.map(({ id, impact, help, nodes }) => {
      const shown = nodes.slice(0, NODES_SHOWN).map(({ html, failureSummary }) => `    ${html}\n      ${failureSummary.replaceAll("\n", "\n      ")}`);
      return `  ${id} (${impact}): ${help}, ${nodes.length} times\n${shown.join("\n")}`;
    });
    assert.ok(found.length === 0, `${view}, ${colorScheme}:\n${found.join("\n")}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

async function examine(page) {
  // By the debugger's way in, for which the page's content security policy has no say.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(AXE, "utf8"));
  return page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, help, nodes }) => ({
      ...{ id, impact, help },
      nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary: failureSummary ?? "" })),
    }));
  });
}
