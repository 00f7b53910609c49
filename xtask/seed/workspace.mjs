// Makes the observatory's workspace on a running server, through the public API alone.
import { CHANNELS, DIRECTS, WORKSPACE, cast } from "./cast.mjs";
import { SeedError, Server } from "./client.mjs";
import { reading } from "./readings.mjs";
import { STORY } from "./story.mjs";

/** Who writes the weather down, in turns of so many readings. */
const OBSERVERS = ["tomas", "zadie", "lior"];
const READINGS_A_TURN = 6;

/** With fewer, some place would stay empty. */
const FEWEST_MESSAGES = Object.keys(STORY).length;
/** With fewer there is no conversation. */
const FEWEST_PEOPLE = 2;
/** Each of them joins every channel, one after the other: more would take very long. */
const MOST_PEOPLE = 1_000;

/**
 * Fills a server. Gives `{viewer, places, counts, link}`: the signed-in person who looks, the ids of the places by key, what was
 * made, and the link with which a browser becomes that person.
 */
export async function seed({ url, people, messages }) {
  if (!(people >= FEWEST_PEOPLE && people <= MOST_PEOPLE)) {
    throw new SeedError(`--people takes ${FEWEST_PEOPLE} to ${MOST_PEOPLE}`);
  }
  if (!(messages >= FEWEST_MESSAGES)) throw new SeedError(`--messages takes ${FEWEST_MESSAGES} or more`);
  const server = new Server(url);
  const crowd = await gather(server, cast(people));
  try {
    const places = await build(crowd);
    const scripts = portion(messages, places);
    const counts = { people: crowd.length, channels: 0, directs: 0, messages: 0, replies: 0, reactions: 0 };
    await Promise.all(places.map((place) => tell(place, scripts.get(place.key), crowd, places, counts)));
    for (const place of places.filter(({ archived }) => archived)) {
      await place.owner.member.call("PATCH", `/channels/${place.id}`, { archived: true });
    }
    for (const { isDirect } of places) counts[isDirect ? "directs" : "channels"]++;
    const viewer = crowd[0].member;
    const { url: link } = await viewer.call("POST", "/sign-in-links");
    return { viewer, link, counts, places: Object.fromEntries(places.map(({ key, id }) => [key, id])) };
  } finally {
    await Promise.all(crowd.map(({ member }) => member.leave()));
  }
}

/** Signs everybody in. */
async function gather(server, people) {
  const [first, ...others] = people;
  const founder = await server.found(WORKSPACE, first.name);
  const crowd = [{ ...first, member: founder }];
  if (others.length > 0) {
    const { code } = await founder.call("POST", "/invites", { max_uses: others.length, expires_in_s: 3_600 });
    for (const person of others) crowd.push({ ...person, member: await server.accept(code, person.name) });
  }
  for (const { member, title } of crowd) await member.call("PATCH", "/me", { title });
  return crowd;
}

/** Makes the channels and directs with their members, as far as those are there. */
async function build(crowd) {
  const founder = crowd[0];
  const { channels } = await founder.member.call("GET", "/boot");
  const places = [];
  for (const plan of CHANNELS) {
    const members = plan.members ? crowd.filter(({ key }) => plan.members.includes(key)) : crowd;
    const owner = members.find(({ key }) => key === plan.owner) ?? founder;
    const { name, topic, kind = "public" } = plan;
    // A workspace begins with one.
    const begun = channels.find((channel) => channel.name === name);
    const id = begun?.id ?? (await owner.member.call("POST", "/channels", { name, kind, topic })).channel.id;
    for (const { member } of members.filter((person) => person !== owner)) {
      if (kind === "private") await owner.member.call("POST", `/channels/${id}/members`, { user: member.user });
      else await member.call("POST", `/channels/${id}/join`, {});
    }
    places.push({ ...plan, id, owner, members, isDirect: false });
  }
  for (const plan of DIRECTS) {
    const members = crowd.filter(({ key }) => plan.members.includes(key));
    if (members.length < plan.members.length) continue;
    const users = members.map(({ member }) => member.user);
    const { channel } = await members[0].member.call("POST", "/directs", { users });
    places.push({ ...plan, id: channel.id, members, isDirect: true });
  }
  return places;
}

/** By place, what is said there so that it is `messages` in all: the beginnings of the story, or weather before it. */
function portion(messages, places) {
  const scripts = new Map();
  const stories = places.map(({ key }) => [key, STORY[key]]);
  const whole = stories.reduce((sum, [, lines]) => sum + lines.length, 0);
  // One line for each place, and of the rest to each what is its due.
  const rest = Math.min(messages, whole) - places.length;
  const dueAfter = (lines) => Math.floor((rest * lines) / (whole - places.length));
  let before = 0;
  for (const [key, lines] of stories) {
    const after = before + lines.length - 1;
    scripts.set(key, lines.slice(0, 1 + dueAfter(after) - dueAfter(before)));
    before = after;
  }
  const readings = Array.from({ length: Math.max(0, messages - whole) }, (_, n) => [
    OBSERVERS[Math.floor(n / READINGS_A_TURN) % OBSERVERS.length],
    reading(n),
  ]);
  scripts.set("night", [...readings, ...scripts.get("night")]);
  return scripts;
}

/** Says all lines of a place, one after the other; then what is done to them. */
async function tell(place, lines, crowd, places, counts) {
  const inPlace = (key) => place.members.find((person) => person.key === key);
  // Whoever is not there is stood in for by somebody who is, always the same.
  const speaker = (key) => inPlace(key) ?? place.members[[...key].reduce((sum, c) => sum + c.charCodeAt(0), 0) % place.members.length];
  const name = (text) =>
    text
      .replace(/@\{([\w-]+)\}/g, (_, key) => `<@${(crowd.find((person) => person.key === key) ?? speaker(key)).member.user}>`)
      .replace(/#\{([\w-]+)\}/g, (_, key) => `<#${places.find((other) => other.key === key).id}>`);
  const said = new Map();
  const later = [];
  let seq;
  for (const [who, text, more = {}] of lines) {
    const author = speaker(who).member;
    const thread = more.in === undefined ? {} : { thread: said.get(more.in), ...(more.also && { also_to_channel: true }) };
    seq = await author.say(place.id, name(text), thread);
    if (more.id) said.set(more.id, seq);
    counts.messages++;
    if (more.in) counts.replies++;
    for (const [emoji, keys] of Object.entries(more.reacts ?? {})) {
      for (const reader of keys.map(inPlace).filter(Boolean)) {
        await reader.member.command("react", { channel: place.id, seq, emoji });
        counts.reactions++;
      }
    }
    const target = { channel: place.id, seq };
    if (more.edit) later.push(() => author.command("edit", { ...target, text: name(more.edit) }));
    if (more.gone) later.push(() => author.command("delete", target));
  }
  for (const change of later) await change();
  // The story may have ended before the message that was read last.
  const read = said.get(place.readTo) ?? (place.readTo && seq);
  if (read) await crowd[0].member.command("read", { channel: place.id, seq: read });
}
