// Who may come in and for how long: sign-up, invites, sign-in links, sign-out, cookies and the Origin rule.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  Connection,
  Person,
  accept,
  call,
  cookieOf,
  createPeople,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  invite,
  message,
  refusedUpgrade,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

const FOREIGN_ORIGIN = "https://elsewhere.example";
const SIGN_IN_LINK_TTL_MS = 10 * 60 * 1000;

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

describe("sign-up", () => {
  test("gives_workspace_user_and_a_token_that_works", async () => {
    const answer = await call(server, "POST", "/workspaces", { body: { name: "Acme", display_name: "Ada" } });
    const { workspace, user, token } = expect(answer, 201);
    assert.match(workspace.id, /^T[A-Za-z0-9_-]{0,63}$/);
    assert.match(user.id, /^U[A-Za-z0-9_-]{0,63}$/);
    const boot = expect(await call(server, "GET", "/boot", { token }), 200);
    assert.equal(boot.user.id, user.id);
    assert.equal(boot.user.display_name, "Ada");
    assert.equal(boot.workspace.id, workspace.id);
    assert.equal(boot.workspace.name, "Acme");
  });

  test("ids_of_workspaces_are_time_ordered", async () => {
    const first = await createWorkspace(server);
    const second = await createWorkspace(server);
    assert.ok(first.workspace < second.workspace, `${first.workspace} < ${second.workspace}`);
  });

  test("with_SIGNUP_closed_is_forbidden", async () => {
    const closed = await startServer({ env: { SIGNUP: "closed" } });
    try {
      const answer = await call(closed, "POST", "/workspaces", { body: { name: "Acme", display_name: "Ada" } });
      expectRefused(answer, "forbidden");
    } finally {
      await closed.stop();
    }
  });

  test("without_a_name_is_invalid", async () => {
    for (const body of [{}, { name: "Acme" }, { display_name: "Ada" }, { name: "", display_name: "Ada" }, { name: 1, display_name: 2 }]) {
      expectRefused(await call(server, "POST", "/workspaces", { body }), "invalid_request");
    }
  });
});

describe("the root", () => {
  test("healthz_and_readyz_answer_200", async () => {
    assert.equal((await call(server, "GET", "//healthz")).status, 200);
    assert.equal((await call(server, "GET", "//readyz")).status, 200);
  });

  test("an_unknown_path_is_not_found", async () => {
    const ada = await createWorkspace(server);
    expectRefused(await ada.get("/nowhere"), "not_found");
  });
});

describe("invites", () => {
  test("bring_a_new_user_into_the_workspace", async () => {
    const ada = await createWorkspace(server);
    const { code, url } = expect(await ada.post("/invites", { max_uses: 1, expires_in_s: 60 }), 201);
    assert.ok(url.includes(code), `${url} names ${code}`);
    const ben = await accept(server, code, "Ben");
    assert.equal(ben.workspace, ada.workspace);
    assert.notEqual(ben.user, ada.user);
    assert.equal((await ben.boot()).user.display_name, "Ben");
  });

  test("are_not_found_once_used_up", async () => {
    const ada = await createWorkspace(server);
    const code = await invite(ada, { max_uses: 2 });
    await accept(server, code, "Ben");
    await accept(server, code, "Cy");
    expectRefused(await call(server, "POST", `/invites/${code}/accept`, { body: { display_name: "Di" } }), "not_found");
  });

  test("let_in_no_more_than_max_uses_when_all_come_at_once", async () => {
    const ada = await createWorkspace(server);
    const code = await invite(ada, { max_uses: 3 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        call(server, "POST", `/invites/${code}/accept`, { body: { display_name: `Guest ${n}` } })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, ...Array(9).fill(404)]);
  });

  test("are_not_found_once_expired", async () => {
    const ada = await createWorkspace(server);
    const code = await invite(ada, { max_uses: 1000, expires_in_s: 1 });
    await accept(server, code, "Ben");
    const refused = await eventually("the invite is over", async () => {
      const answer = await call(server, "POST", `/invites/${code}/accept`, { body: { display_name: "Cy" } });
      return answer.status === 201 ? undefined : answer;
    });
    expectRefused(refused, "not_found");
  });

  test("that_nobody_made_are_not_found", async () => {
    for (const code of ["nothing", "x".repeat(64), "%00", "..%2f..", "a%20b"]) {
      expectRefused(await call(server, "POST", `/invites/${code}/accept`, { body: { display_name: "Ben" } }), "not_found");
    }
  });

  test("need_sane_numbers_and_a_signed_in_caller", async () => {
    const ada = await createWorkspace(server);
    for (const body of [
      { max_uses: 0, expires_in_s: 60 },
      { max_uses: -1, expires_in_s: 60 },
      { max_uses: 1.5, expires_in_s: 60 },
      { max_uses: "1", expires_in_s: 60 },
      { max_uses: 1, expires_in_s: -60 },
      { max_uses: 1, expires_in_s: "60" },
    ]) {
      expectRefused(await ada.post("/invites", body), "invalid_request");
    }
    expectRefused(await call(server, "POST", "/invites", { body: { max_uses: 1, expires_in_s: 60 } }), "not_authenticated");
  });

  test("tell_the_workspace_that_a_user_joined", async () => {
    const ada = await createWorkspace(server);
    const socket = await ada.connect({ channels: [ada.workspace] });
    const ben = await accept(server, await invite(ada), "Ben");
    const event = await socket.event("user_joined", { channel: ada.workspace });
    assert.equal(event.subject ?? event.user, ben.user);
    assert.equal(typeof event.seq, "number");
    await socket.close();
  });
});

describe("users", () => {
  test("are_all_listed_page_by_page", async () => {
    const people = await createPeople(server, 5);
    const everybody = people.map(({ user }) => user).sort();
    await eventually("everybody is listed", async () => {
      const listed = [];
      let cursor;
      do {
        const query = new URLSearchParams({ limit: 2, ...(cursor && { cursor }) });
        const page = expect(await people[0].get(`/users?${query}`), 200);
        assert.ok(page.users.length <= 2);
        listed.push(...page.users.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor);
      assert.equal(new Set(listed).size, listed.length, "nobody is listed twice");
      return listed.length === everybody.length && listed.sort().join() === everybody.join();
    });
  });

  test("are_found_by_ids_but_not_those_of_another_workspace", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const stranger = await createWorkspace(server);
    const { users } = await eventually("ben is known", async () => {
      const page = expect(await ada.get(`/users?ids=${ben.user},${stranger.user}`), 200);
      return page.users.length > 0 && page;
    });
    assert.deepEqual(users.map(({ id }) => id), [ben.user]);
  });

  test("are_found_by_the_prefix_of_their_name", async () => {
    const ada = await createWorkspace(server, "Ada");
    const zoe = await accept(server, await invite(ada), "Zoe Zebra");
    const { users } = await eventually("zoe is known", async () => {
      const page = expect(await ada.get("/users?prefix=zoe"), 200);
      return page.users.length > 0 && page;
    });
    assert.deepEqual(users.map(({ id, display_name }) => [id, display_name]), [[zoe.user, "Zoe Zebra"]]);
  });
});

describe("sign-in links", () => {
  test("sign_the_same_user_in_on_another_device_once", async () => {
    const ada = await createWorkspace(server);
    const { code, url, expires_ms } = expect(await ada.post("/sign-in-links", {}), 201);
    assert.ok(url.includes(code), `${url} names ${code}`);
    assert.ok(Math.abs(expires_ms - Date.now() - SIGN_IN_LINK_TTL_MS) < 60_000, `expires at ${expires_ms}`);
    const second = Person.from(server, await call(server, "POST", `/sign-in-links/${code}/accept`, { body: {} }));
    assert.equal(second.user, ada.user);
    assert.equal(second.workspace, ada.workspace);
    assert.equal((await second.boot()).user.id, ada.user);
    expectRefused(await call(server, "POST", `/sign-in-links/${code}/accept`, { body: {} }), "not_found");
  });

  test("let_in_only_one_of_many_that_come_at_once", async () => {
    const ada = await createWorkspace(server);
    const { code } = expect(await ada.post("/sign-in-links", {}), 201);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call(server, "POST", `/sign-in-links/${code}/accept`, { body: {} })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(404)]);
  });

  test("that_nobody_made_are_not_found", async () => {
    expectRefused(await call(server, "POST", "/sign-in-links/nothing/accept", { body: {} }), "not_found");
  });

  test("are_not_invites_nor_the_other_way_round", async () => {
    const ada = await createWorkspace(server);
    const { code } = expect(await ada.post("/sign-in-links", {}), 201);
    expectRefused(await call(server, "POST", `/invites/${code}/accept`, { body: { display_name: "Ben" } }), "not_found");
    expectRefused(await call(server, "POST", `/sign-in-links/${await invite(ada)}/accept`, { body: {} }), "not_found");
  });
});

/** Another session of the same user. */
async function secondDevice(person) {
  const { code } = expect(await person.post("/sign-in-links", {}), 201);
  return Person.from(server, await call(server, "POST", `/sign-in-links/${code}/accept`, { body: {} }));
}

describe("sign-out", () => {
  test("ends_the_token_and_closes_the_sessions_sockets_with_4500", async () => {
    const { people: [ada, ben], channel } = await createRoom(server, 2);
    const gateway = await ada.connect({ channels: [channel] });
    const direct = await ada.connectDirectly(channel);
    const bystander = await ben.connect({ channels: [channel] });
    assert.equal((await ada.post("/sign-out", {})).status, 204);
    assert.equal((await gateway.untilClosed()).code, 4500);
    assert.equal((await direct.untilClosed()).code, 4500);
    expectRefused(await ada.get("/boot"), "not_authenticated");
    expectRefused(await ada.post(`/channels/${channel}/messages`, message("too late")), "not_authenticated");
    expectRefused({ ...(await refusedUpgrade(server, { token: ada.token })) }, "not_authenticated");
    await bystander.send(channel, "still here");
    await bystander.close();
  });

  test("leaves_the_users_other_session_alone", async () => {
    const phone = await createWorkspace(server);
    const laptop = await secondDevice(phone);
    const channel = await phone.createChannel();
    const socket = await laptop.connect({ channels: [channel] });
    assert.equal((await phone.post("/sign-out", {})).status, 204);
    await eventually("the phone is out", async () => (await phone.get("/boot")).status === 401);
    await laptop.boot();
    await socket.send(channel, "from the laptop");
    assert.equal(socket.closed, undefined);
    await socket.close();
  });

  test("everywhere_ends_every_session_of_the_user", async () => {
    const [phone, other] = await createPeople(server, 2);
    const laptop = await secondDevice(phone);
    const socket = await laptop.connect({ channels: [phone.user] });
    assert.equal((await phone.post("/sign-out", { everywhere: true })).status, 204);
    assert.equal((await socket.untilClosed()).code, 4500);
    expectRefused(await laptop.get("/boot"), "not_authenticated");
    expectRefused(await phone.get("/boot"), "not_authenticated");
    await other.boot();
  });
});

describe("the session cookie", () => {
  test("is_HttpOnly_and_SameSite_Lax_and_on_plain_http_loopback_not_Secure", async () => {
    const signUp = await call(server, "POST", "/workspaces", { body: { name: "Acme", display_name: "Ada" } });
    const ada = Person.from(server, signUp);
    const join = await call(server, "POST", `/invites/${await invite(ada)}/accept`, { body: { display_name: "Ben" } });
    const { code } = expect(await ada.post("/sign-in-links", {}), 201);
    const link = await call(server, "POST", `/sign-in-links/${code}/accept`, { body: {} });
    for (const answer of [signUp, join, link]) {
      expect(answer, 201);
      const [cookie] = answer.headers.getSetCookie();
      assert.match(cookie, /;\s*HttpOnly/i);
      assert.match(cookie, /;\s*SameSite=Lax/i);
      assert.doesNotMatch(cookie, /;\s*Secure/i);
      assert.notEqual(cookieOf(answer), "");
    }
  });

  test("signs_reads_in_without_an_Origin", async () => {
    const ada = await createWorkspace(server);
    const boot = expect(await call(server, "GET", "/boot", { cookie: ada.cookie }), 200);
    assert.equal(boot.user.id, ada.user);
  });

  test("needs_a_same_origin_Origin_on_writes", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    const write = (origin) =>
      call(server, "POST", `/channels/${channel}/messages`, { cookie: ada.cookie, origin, body: message("hi") });
    expectRefused(await write(undefined), "forbidden");
    expectRefused(await write(FOREIGN_ORIGIN), "forbidden");
    expectRefused(await write("null"), "forbidden");
    expectRefused(await write(`${server.origin}.example`), "forbidden");
    expectRefused(await write(server.origin.replace("http:", "https:")), "forbidden");
    expect(await write(server.origin), 201);
    assert.deepEqual((await ada.wholeHistory(channel)).map(({ text }) => text), ["hi"]);
  });

  test("needs_a_same_origin_Origin_on_every_kind_of_write", async () => {
    const [ada, ben] = await createPeople(server, 2);
    const channel = await ada.createChannel();
    for (const [method, path, body] of [
      ["POST", "/invites", { max_uses: 1, expires_in_s: 60 }],
      ["POST", "/sign-in-links", {}],
      ["POST", "/sign-out", {}],
      ["POST", "/channels", { name: "forged", kind: "public" }],
      ["POST", `/channels/${channel}/leave`, {}],
      ["POST", `/channels/${channel}/members`, { user: ben.user }],
      ["DELETE", `/channels/${channel}/members/${ada.user}`, undefined],
      ["POST", "/directs", { users: [ben.user] }],
    ]) {
      const answer = await call(server, method, path, { cookie: ada.cookie, origin: FOREIGN_ORIGIN, body });
      expectRefused(answer, "forbidden");
    }
    await ada.boot();
  });

  test("needs_a_same_origin_Origin_on_socket_upgrades", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    for (const path of ["/socket", `/channels/${channel}/socket`]) {
      for (const origin of [undefined, FOREIGN_ORIGIN]) {
        expectRefused(await refusedUpgrade(server, { cookie: ada.cookie, origin, path }), "forbidden");
      }
      const socket = await Connection.open(server, { cookie: ada.cookie, origin: server.origin, path });
      await socket.close();
    }
  });

  test("is_what_sign_out_ends", async () => {
    const ada = await createWorkspace(server);
    const answer = await call(server, "POST", "/sign-out", { cookie: ada.cookie, origin: server.origin, body: {} });
    assert.equal(answer.status, 204);
    expectRefused(await call(server, "GET", "/boot", { cookie: ada.cookie }), "not_authenticated");
  });
});

describe("the bearer token", () => {
  test("needs_no_Origin", async () => {
    const ada = await createWorkspace(server);
    await ada.createChannel();
    const socket = await ada.connect();
    await socket.close();
  });

  test("is_missed_by_every_call_that_needs_it", async () => {
    const ada = await createWorkspace(server);
    const channel = await ada.createChannel();
    for (const [method, path, body] of [
      ["GET", "/boot"],
      ["GET", "/users"],
      ["GET", "/channels"],
      ["POST", "/channels", { name: "x", kind: "public" }],
      ["POST", `/channels/${channel}/join`, {}],
      ["POST", `/channels/${channel}/leave`, {}],
      ["POST", `/channels/${channel}/members`, { user: ada.user }],
      ["DELETE", `/channels/${channel}/members/${ada.user}`],
      ["POST", "/directs", { users: [ada.user] }],
      ["POST", `/channels/${channel}/messages`, message("hi")],
      ["GET", `/channels/${channel}/messages?after=0`],
      ["POST", "/invites", { max_uses: 1, expires_in_s: 60 }],
      ["POST", "/sign-in-links", {}],
      ["POST", "/sign-out", {}],
    ]) {
      expectRefused(await call(server, method, path, { body }), "not_authenticated");
    }
    expectRefused(await refusedUpgrade(server, {}), "not_authenticated");
    expectRefused(await refusedUpgrade(server, { path: `/channels/${channel}/socket` }), "not_authenticated");
  });
});
