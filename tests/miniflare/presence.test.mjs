// Who is there, over tabs, regions, evictions and a crash; and who is typing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPeople, createRoom, createWorkspace, expect } from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

/** A gateway goes to sleep when nothing has come in for so long; what is on its way then takes a moment. */
const ASLEEP_MS = 3_000 + 2_000;
/** A user's changes are told so far apart. */
const APART_MS = 1_000;
/** Whoever a gateway that lost its memory does not name has so long to come back. */
const RETURN_MS = 60_000;
const WATCH_MAX = 500;
const TYPING_EVERY_MS = 3_000;

async function start(test) {
  const server = await startServer({ env: { GATEWAY_SLOTS: "1" } });
  test.after(() => server.stop());
  server.oneUpgradeAtATime = true;
  return server;
}

const from = (person, region) => person.connect({ path: `/socket?region=${region}`, channels: [person.user] });

/** What was said of somebody in passing, in order. */
const said = (socket, user) => socket.lines.filter((line) => line.event === "presence" && line.user === user);
const statuses = (socket, user) => said(socket, user).map(({ status }) => status);

async function watch(socket, ...users) {
  const { presence } = await socket.ok("watch", { users });
  return presence.map(({ user, status }) => [user, status]);
}

/** What a socket is told of somebody next. */
function next(socket, user, { withinMs = 20_000 } = {}) {
  const seen = socket.lines.length;
  const wanted = (line) => line.event === "presence" && line.user === user;
  return socket.until(wanted, `presence of ${user}`, { from: seen, withinMs });
}

function be(socket, status) {
  socket.sendFrame(JSON.stringify({ op: "activity", status }));
}

describe("presence", { concurrency: 3 }, () => {
  test("is_merged_over_tabs_and_regions_and_told_across_regions", async (test) => {
    const server = await start(test);
    const [ada, ben] = await createPeople(server, 2);
    const watcher = await from(ben, "enam");
    assert.deepEqual(await watch(watcher, ada.user), [[ada.user, "offline"]]);
    assert.deepEqual(await watch(watcher, ben.user, ada.user), [[ben.user, "active"], [ada.user, "offline"]]);

    let told = next(watcher, ada.user);
    const tab = await from(ada, "weur");
    const event = await told;
    assert.deepEqual(Object.keys(event).sort(), ["channel", "event", "last_seen_ms", "status", "user"]);
    assert.deepEqual([event.channel, event.status], [ada.user, "active"]);
    const second = await from(ada, "weur");
    const abroad = await from(ada, "apac");
    be(tab, "away");
    be(second, "away");
    await delay(2 * APART_MS);
    assert.deepEqual(statuses(watcher, ada.user), ["active"], "the tab in the other region is active");

    told = next(watcher, ada.user);
    be(abroad, "away");
    assert.equal((await told).status, "away");
    told = next(watcher, ada.user);
    be(second, "active");
    assert.equal((await told).status, "active");
    told = next(watcher, ada.user);
    await second.close();
    assert.equal((await told).status, "away", "the others are away");
    told = next(watcher, ada.user);
    await Promise.all([tab.close(), abroad.close()]);
    const gone = await told;
    assert.equal(gone.status, "offline");
    assert.ok(Math.abs(gone.last_seen_ms - Date.now()) < 20_000, `${gone.last_seen_ms}`);
    assert.deepEqual(await watch(watcher, ada.user), [[ada.user, "offline"]]);
    await watcher.close();
  });

  test("goes_on_while_both_tiers_sleep_and_are_taken_out_of_memory", async (test) => {
    const server = await start(test);
    const [ada, ben] = await createPeople(server, 2);
    const watcher = await from(ben, "enam");
    const [tab, other] = [await from(ada, "weur"), await from(ada, "weur")];
    assert.deepEqual(await watch(watcher, ada.user), [[ada.user, "active"]]);
    be(other, "away");
    for (const evicted of [[], ["Gateway"], ["ChannelServer"], ["Gateway", "ChannelServer"]]) {
      await delay(ASLEEP_MS);
      for (const className of evicted) assert.ok((await server.evict(className)) > 0, `${className} was there`);
      for (const status of ["away", "active"]) {
        const told = next(watcher, ada.user);
        be(tab, status);
        assert.equal((await told).status, status, `${status} after the eviction of ${evicted}`);
        await delay(APART_MS);
      }
    }
    assert.equal(watcher.closed, undefined, "nobody was sent away");
    await delay(ASLEEP_MS);
    await server.evict("Gateway");
    const told = next(watcher, ada.user);
    await tab.close();
    assert.equal((await told).status, "away", "the other tab was away before");
    await Promise.all([other.close(), watcher.close()]);
  });

  test("does_not_show_a_reload_and_ends_at_once_with_the_session", async (test) => {
    const server = await start(test);
    const [ada, ben] = await createPeople(server, 2);
    const watcher = await from(ben, "enam");
    let tab = await from(ada, "weur");
    await watch(watcher, ada.user);
    for (const idle_ms of [0, ASLEEP_MS]) {
      await delay(idle_ms);
      await tab.close();
      tab = await from(ada, "weur");
    }
    await delay(ASLEEP_MS);
    assert.deepEqual(statuses(watcher, ada.user), []);
    const told = next(watcher, ada.user, { withinMs: 2_000 });
    expect(await ada.post("/sign-out", {}), 204);
    assert.equal((await told).status, "offline");
    await watcher.close();
  });

  test("is_told_no_more_to_who_stops_watching", async (test) => {
    const server = await start(test);
    const [ada, ben] = await createPeople(server, 2);
    const [stays, stops] = [await from(ben, "enam"), await from(ben, "enam")];
    const tab = await from(ada, "weur");
    for (const socket of [stays, stops]) await watch(socket, ada.user);
    assert.deepEqual(await stops.ok("unwatch", { users: [ada.user] }), { presence: [] });
    const told = next(stays, ada.user);
    be(tab, "away");
    await told;
    await stops.ping();
    assert.deepEqual(statuses(stops, ada.user), []);
    await Promise.all([stays, stops, tab].map((socket) => socket.close()));
  });

  test("is_private_to_the_workspace_and_refuses_what_is_no_command", async (test) => {
    const server = await start(test);
    const [ada, ben] = await createPeople(server, 2);
    const stranger = await createWorkspace(server, "Eve");
    const [tab, spy] = [await from(ada, "weur"), await from(stranger, "weur")];
    assert.deepEqual(await watch(spy, ada.user, "Unobody", stranger.user), [[stranger.user, "active"]]);
    const watcher = await from(ben, "weur");
    assert.deepEqual(await watch(watcher, stranger.user, ada.user), [[ada.user, "active"]]);
    const told = next(watcher, ada.user);
    be(tab, "away");
    await told;
    await spy.ping();
    assert.deepEqual(said(spy, ada.user), []);

    for (const fields of [{}, { users: ada.user }, { users: [ada.workspace] }, { users: [7] }]) {
      for (const op of ["watch", "unwatch"]) await spy.refused(op, fields, "invalid_frame");
    }
    const many = Array.from({ length: WATCH_MAX + 1 }, (_, n) => `Unobody${n}`);
    await spy.refused("watch", { users: many }, "too_large");
    for (const fields of [{}, { status: "offline" }, { status: 1 }]) await spy.refused("activity", fields, "invalid_frame");
    assert.equal(spy.closed, undefined);
    await Promise.all([tab, spy, watcher].map((socket) => socket.close()));
  });

  test("is_no_matter_of_single_channel_sockets", async (test) => {
    const server = await start(test);
    const { people: [ada], channel } = await createRoom(server, 1);
    const direct = await ada.connectDirectly(channel);
    await direct.refused("watch", { users: [ada.user] }, "unknown_op");
    await direct.refused("unwatch", { users: [ada.user] }, "unknown_op");
    be(direct, "away");
    const { error } = await direct.reply(0);
    assert.equal(error.code, "unknown_op");
    await direct.close();
  });

  test("of_those_who_do_not_come_back_after_a_crash_ends_and_of_the_others_goes_on", async (test) => {
    const server = await start(test);
    const [ada, ben, cy] = await createPeople(server, 3);
    const sockets = [await from(ada, "weur"), await from(cy, "weur")];
    let watcher = await from(ben, "enam");
    await watch(watcher, ada.user, cy.user);
    await server.kill();
    await Promise.all([...sockets, watcher].map((socket) => socket.untilClosed()));
    await server.start();
    watcher = await from(ben, "enam");
    assert.deepEqual(await watch(watcher, ada.user, cy.user), [[ada.user, "active"], [cy.user, "active"]]);
    const told = next(watcher, ada.user, { withinMs: RETURN_MS + 30_000 });
    const back = await from(cy, "weur");
    assert.equal((await told).status, "offline");
    await watcher.ping();
    assert.deepEqual(statuses(watcher, cy.user), []);
    await Promise.all([back.close(), watcher.close()]);
  });
});

test("typing_over_all_tabs_of_a_user_passes_once_in_a_while", async (test) => {
  const server = await start(test);
  const { people: [ada, ben], channel } = await createRoom(server, 2);
  const reader = await ben.connect({ path: "/socket?region=enam", channels: [channel] });
  const tabs = [];
  for (let n = 0; n < 2; n++) tabs.push(await ada.connect({ path: "/socket?region=weur", channels: [channel] }));
  const begun = Date.now();
  while (Date.now() - begun < TYPING_EVERY_MS + 1_000) {
    for (const tab of tabs) tab.post("typing", { channel });
    await delay(200);
  }
  await reader.event("typing", { channel, user: ada.user });
  await reader.ping();
  const typing = reader.lines.filter(({ event }) => event === "typing");
  assert.equal(typing.length, 2, JSON.stringify(typing));
  assert.ok(typing.every((line) => line.seq === undefined));
  await Promise.all([reader, ...tabs].map((socket) => socket.close()));
});
