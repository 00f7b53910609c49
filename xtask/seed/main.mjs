// `cargo xtask seed`: --url URL --people N --messages N, all of them given.
import { parseArgs } from "node:util";
import { SeedError } from "./client.mjs";
import { seed } from "./workspace.mjs";

const { values } = parseArgs({ options: { url: { type: "string" }, people: { type: "string" }, messages: { type: "string" } } });
const number = (option) => {
  if (!/^\d+$/.test(values[option] ?? "")) throw new SeedError(`--${option} takes a number`);
  return Number(values[option]);
};

try {
  const { counts, link } = await seed({ url: values.url, people: number("people"), messages: number("messages") });
  const { people, channels, directs, messages, replies, reactions } = counts;
  console.log(`${people} people, ${channels} channels and ${directs} directs, ${messages} messages (${replies} of them in threads), ${reactions} reactions.`);
  console.log(`\nOpen this in a browser within 10 minutes; it works once:\n\n  ${link}\n`);
} catch (error) {
  if (!(error instanceof SeedError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
