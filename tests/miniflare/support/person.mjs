// Somebody signed in, and the workspaces and rooms that tests begin with.
import assert from "node:assert/strict";
import { Connection } from "./connection.mjs";
import { message, uniqueName } from "./contract.mjs";
import { call, cookieOf, expect } from "./http.mjs";
import { eventually } from "./waiting.mjs";

/** Somebody signed in: `user` and `workspace` are ids. */
export class Person {
  constructor(server, { workspace, user, token }, cookie) {
    this.server = server;
    this.workspace = workspace.id;
    this.user = user.id;
    this.token = token;
    this.cookie = cookie;
  }

  static from(server, answer) {
    return new Person(server, expect(answer, 201), cookieOf(answer));
  }

  call(method, path, options = {}) {
    return call(this.server, method, path, { token: this.token, ...options });
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body) {
    return this.call("POST", path, { body });
  }

  async boot() {
    return expect(await this.get("/boot"), 200);
  }

  /** Makes a channel and gives its id. */
  async createChannel({ name = uniqueName("room"), kind = "public", ...rest } = {}) {
    return expect(await this.post("/channels", { name, kind, ...rest }), 201).channel.id;
  }

  async joinChannel(channel) {
    expect(await this.post(`/channels/${channel}/join`, {}), 200);
  }

  async add(channel, person) {
    expect(await this.post(`/channels/${channel}/members`, { user: person.user }), 200);
  }

  /** Sends over HTTP and gives `{channel, epoch, seq, at}`. */
  async say(channel, text, more = {}) {
    return expect(await this.post(`/channels/${channel}/messages`, message(text, more)), 201);
  }

  async history(channel, query) {
    return expect(await this.get(`/channels/${channel}/messages?${new URLSearchParams(query)}`), 200);
  }

  /** All messages of a channel, ascending, read page by page from the start. */
  async wholeHistory(channel) {
    const messages = [];
    for (let after = 0; ; after = messages.at(-1).seq) {
      const page = await this.history(channel, { after, limit: 200 });
      messages.push(...page.messages);
      if (!page.has_more) return messages;
      assert.notEqual(page.messages.length, 0, "has_more with an empty page");
    }
  }

  /** An open socket of the gateway, `hello` said, and a sync mark had for each channel in `channels`. */
  async connect({ channels = [], resume, hello = {}, ...options } = {}) {
    const connection = await Connection.open(this.server, { token: this.token, ...options });
    connection.expectFrom(resume);
    connection.hello = await connection.ok("hello", { ...(resume && { resume }), ...hello });
    for (const channel of channels) await connection.sync(channel);
    return connection;
  }

  /** An open socket straight to the channel server of `channel`, its first sync mark had. */
  async connectDirectly(channel, { epoch, since } = {}) {
    const query = new URLSearchParams({ ...(epoch !== undefined && { epoch }), ...(since !== undefined && { since }) });
    const connection = await Connection.open(this.server, {
      token: this.token,
      path: `/channels/${channel}/socket?${query}`,
    });
    if (since !== undefined) connection.expectFrom({ [channel]: { epoch, seq: since } });
    await connection.sync(channel);
    return connection;
  }
}

/** A workspace of its own, so that tests do not see each other. */
export async function createWorkspace(server, display_name = "Ada") {
  return Person.from(server, await call(server, "POST", "/workspaces", { body: { name: uniqueName("ws"), display_name } }));
}

export async function invite(person, { max_uses = 1000, expires_in_s = 3600 } = {}) {
  return expect(await person.post("/invites", { max_uses, expires_in_s }), 201).code;
}

export async function accept(server, code, display_name = "Guest") {
  return Person.from(server, await call(server, "POST", `/invites/${code}/accept`, { body: { display_name } }));
}

/** `[owner, …]`: a fresh workspace with so many people in it. */
export async function createPeople(server, count) {
  const owner = await createWorkspace(server);
  const people = [owner];
  if (count > 1) {
    const code = await invite(owner);
    for (let n = 1; n < count; n++) people.push(await accept(server, code, `Guest ${n}`));
  }
  return people;
}

/** `{people, channel}`: a fresh workspace, so many people, and one channel that all are members of. */
export async function createRoom(server, count, { kind = "public" } = {}) {
  const people = await createPeople(server, count);
  const channel = await people[0].createChannel({ kind });
  for (const person of people.slice(1)) {
    if (kind === "public") await person.joinChannel(channel);
    else await people[0].add(channel, person);
  }
  await Promise.all(people.map((person) => untilInBoot(person, channel)));
  return { people, channel };
}

/** Waits until a membership has reached the person's own list. */
export function untilInBoot(person, channel) {
  return eventually(`${channel} in boot of ${person.user}`, async () => {
    const { channels } = await person.boot();
    return channels.find(({ id }) => id === channel);
  });
}
