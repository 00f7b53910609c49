// `cargo xtask judge`: Lighthouse on the built client before the built Worker. Takes the folder for its reports.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse, { desktopConfig } from "lighthouse";
import { chromium } from "playwright-core";
import { BROWSER } from "../browser/support/browser.mjs";
import { startServer } from "../miniflare/support/server.mjs";
import { seed } from "../../xtask/seed/workspace.mjs";
import { startEdge } from "./edge.mjs";

/** The least that each score may be, of 100. */
const LEAST = { performance: 90, accessibility: 100, "best-practices": 100 };
/** How often performance is measured at most: whatever else the machine does makes it worse, never better. */
const RUNS = 3;
const NODES_SHOWN = 3;
const FORMS = [
  ["desktop", desktopConfig],
  ["phone", undefined],
];

const [reports] = process.argv.slice(2);
const server = await startServer({ client: true });
const edge = await startEdge(server.origin);
const results = [];
try {
  const { link, places } = await seed({ url: edge.origin, people: 12, messages: 250 });
  for (const [page, path] of [
    ["door", "/"],
    ["channel", `/c/${places.general}`],
  ]) {
    await inBrowser(async ({ port, tab }) => {
      if (page === "channel") await signIn(tab, link, path);
      for (const [form, config] of FORMS) results.push(await judge({ page, form, port, config, url: edge.origin + path }));
    });
  }
} finally {
  await edge.stop();
  await server.stop();
}
console.log(table(results));
const complaints = results.flatMap(complaintsOf);
console.log(complaints.length > 0 ? `\n${complaints.join("\n")}` : "\nNothing cost points.");
console.log(`\nThe reports are in ${reports}/.`);
if (results.some(({ scores }) => Object.entries(LEAST).some(([category, least]) => scores[category] < least))) {
  process.exitCode = 1;
}

/** A browser with a profile and a port of its own, which reaches nothing but this machine. */
async function inBrowser(body) {
  const profile = await mkdtemp(join(tmpdir(), "heliograph-judge-"));
  const port = await freePort();
  const context = await chromium.launchPersistentContext(profile, {
    ...BROWSER,
    args: [...BROWSER.args, `--remote-debugging-port=${port}`, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    viewport: null,
  });
  try {
    await body({ port, tab: context.pages()[0] ?? (await context.newPage()) });
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function signIn(tab, link, path) {
  await tab.goto(link);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByRole("log").waitFor();
  await tab.goto(new URL(path, link).href);
  await tab.getByRole("article").first().waitFor();
  await tab.goto("about:blank");
}

/** The best of some runs, by performance; its report is written. */
async function judge({ page, form, port, config, url }) {
  let best;
  for (let run = 0; run < RUNS && !(best?.scores.performance >= LEAST.performance); run++) {
    const flags = { port, output: "html", logLevel: "error", onlyCategories: Object.keys(LEAST) };
    const { lhr, report } = await lighthouse(url, flags, config);
    if (lhr.runtimeError) throw new Error(`${page}, ${form}: ${lhr.runtimeError.message}`);
    const scores = Object.fromEntries(Object.keys(LEAST).map((id) => [id, Math.round(lhr.categories[id].score * 100)]));
    if (!(scores.performance <= best?.scores.performance)) best = { page, form, scores, lhr, report };
  }
  await mkdir(reports, { recursive: true });
  await writeFile(join(reports, `${page}-${form}.html`), best.report);
  return best;
}

function table(judged) {
  const rows = [
    ["", ...Object.keys(LEAST)],
    ...judged.map(({ page, form, scores }) => [`${page}, ${form}`, ...Object.values(scores)]),
    ["at least", ...Object.values(LEAST)],
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) => row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : String(cell).padStart(widths[n]))).join("  ").trimEnd())
    .join("\n");
}

/** What cost points, and with a bad performance also what would help. */
function complaintsOf({ page, form, scores, lhr }) {
  return Object.keys(LEAST).flatMap((category) => {
    const isSlow = category === "performance" && scores.performance < LEAST.performance;
    return lhr.categories[category].auditRefs
      .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
      .filter(({ score, weight }) => score !== null && score < (category === "performance" ? 0.9 : 1) && (weight > 0 || isSlow))
      .map(({ id, title, displayValue, details }) => {
        const nodes = (details?.items ?? []).map(({ node, description }) => node?.snippet ?? description).filter(Boolean);
        const shown = nodes.slice(0, NODES_SHOWN).map((node) => `\n    ${node}`);
        return `${page}, ${form}: ${category}: ${id}: ${title}${displayValue ? ` (${displayValue})` : ""}${shown.join("")}`;
      });
  });
}

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}
