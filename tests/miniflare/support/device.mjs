// A device that counts what is unread from events alone, as the contract lets a client do.
import { Connection } from "./connection.mjs";
import { expect } from "./http.mjs";

/**
 * One device of a person: takes the counts of a boot once, and from then on adds up what events say. Loads them anew only where
 * the contract leaves no other way: after a sync mark without `recovered`, after `joined`, and where it is given what was deleted
 * meanwhile, whose mentions nobody can know any more.
 */
export class Device {
  #person;
  #path;
  #connection;
  #logs = new Map();
  #bases = new Map();
  #stale = true;
  #refreshing;
  #connecting;

  /** `region` is that of the gateway it connects to. */
  static async start(person, region) {
    const device = new Device(person, `/socket?region=${region}`);
    await device.#connect({});
    return device;
  }

  constructor(person, path) {
    this.#person = person;
    this.#path = path;
  }

  get person() {
    return this.#person;
  }

  get connection() {
    return this.#connection;
  }

  /** Connects again where the connection is gone, from where each log was left. */
  keepConnected() {
    if (!this.#connection.closed) return Promise.resolve();
    const resume = Object.fromEntries([...this.#logs].map(([id, { epoch, seq }]) => [id, { epoch, seq }]));
    this.#connecting ??= this.#connect(resume).finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  /** Drops the connection as a phone in a tunnel does; `keepConnected` comes back. */
  drop() {
    return this.#connection.drop();
  }

  /** Loads the counts of a boot where events alone do not give them. */
  refresh() {
    this.#refreshing ??= this.#load().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #load() {
    while (this.#stale) {
      this.#stale = false;
      const { channels } = expect(await this.#person.get("/boot"), 200);
      // What came meanwhile may be newer than the answer.
      if (this.#stale) continue;
      this.#bases.clear();
      for (const { id, seq, last_read_seq, unread, mentions } of channels) {
        this.#bases.set(id, { last_read_seq, unread, mentions, counted_seq: seq });
      }
    }
  }

  /** Where the device is in a log. */
  seqOf(id) {
    return this.#logs.get(id)?.seq;
  }

  /** `{last_read_seq, unread, mentions}` of each channel, from the last counts and the events after them. */
  counts() {
    const counts = {};
    for (const [id, base] of this.#bases) {
      const { last_read_seq } = base;
      let { unread, mentions } = base;
      for (const event of this.#logs.get(id)?.events ?? []) {
        if (event.seq <= base.counted_seq) continue;
        const [more, named] = this.#difference(event, last_read_seq);
        unread += more;
        mentions += named;
      }
      counts[id] = { last_read_seq, unread, mentions };
    }
    return counts;
  }

  /** By how much an event changes the counts after a read marker: `[unread, mentions]`. */
  #difference(event, last_read_seq) {
    const me = this.#person.user;
    const names = (users = [], everyone = false) => (users.includes(me) || everyone ? 1 : 0);
    const author = event.event === "message_deleted" ? event.subject ?? event.user : event.user;
    const isUnread = (event.target ?? event.seq) > last_read_seq && (event.thread === undefined || event.also_to_channel);
    if (author === me || !isUnread) return [0, 0];
    const now = names(event.mentions, event.everyone);
    const before = names(event.mentions_before, event.everyone_before);
    switch (event.event) {
      case "message":
        return [1, now];
      case "message_edited":
        return [0, now - before];
      case "message_deleted":
        return [-1, -before];
      default:
        return [0, 0];
    }
  }

  async #connect(resume) {
    const connection = await Connection.open(this.#person.server, {
      token: this.#person.token,
      path: this.#path,
      onLine: (line) => this.#take(line),
    });
    this.#connection = connection;
    connection.expectFrom(resume);
    await connection.ok("hello", { resume });
    await connection.sync(this.#person.user);
    const { channels } = await this.#person.boot();
    for (const { id } of channels) await connection.sync(id);
    this.#stale = true;
    await this.refresh();
  }

  #take(line) {
    if (line.sync !== undefined) {
      const log = this.#logs.get(line.sync);
      if (!line.recovered || !log) {
        this.#logs.set(line.sync, { epoch: line.epoch, seq: line.seq, from: line.seq, events: [] });
        this.#stale = true;
      }
      return;
    }
    if (line.event === undefined || line.seq === undefined) return;
    const log = this.#logs.get(line.channel);
    if (log) {
      log.seq = line.seq;
      log.events.push(line);
    }
    const { event, subject } = line;
    if (line.deleted || event === "joined" || event === "left") this.#stale = true;
    if (event === "left") this.#logs.delete(subject);
    if (event === "read") {
      const { last_read_seq, unread, mentions, counted_seq } = line;
      this.#bases.set(subject, { last_read_seq, unread, mentions, counted_seq });
      // Without the events after what was counted there is nothing to add up.
      if (this.#refreshing || !(this.#logs.get(subject)?.from <= counted_seq)) this.#stale = true;
    }
  }
}
