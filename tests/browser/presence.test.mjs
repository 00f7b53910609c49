// Who is there.
import { stage } from "./support/stage.mjs";

const fact = stage();

fact("a dot beside somebody's avatar says whether they are there", async ({ pair }) => {
  const [ana, ben] = await pair();
  await ben.say("hello");
  const message = ana.page.getByRole("article", { name: /^Ben, / });
  await message.getByRole("img", { name: "active" }).waitFor();
  await ben.context.close();
  await message.getByRole("img", { name: /^offline/ }).waitFor({ timeout: 120_000 });
});
