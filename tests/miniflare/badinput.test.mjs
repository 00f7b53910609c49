// Bad input of every kind gets the contract's error and disturbs nobody: a bystander's connection is used after each.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  Connection,
  MAX_COMMANDS_IN_FLIGHT,
  MAX_FRAME_BYTES,
  MAX_TEXT_BYTES,
  call,
  createRoom,
  createWorkspace,
  eventually,
  expect,
  expectRefused,
  message,
  refusedUpgrade,
} from "./support/client.mjs";
import { startServer } from "./support/server.mjs";

let server;
/** The one who misbehaves, the one who must not notice, and their channel. */
let mallory, ben, channel;
/** A channel of another workspace. */
let foreign;
let bystander;

before(async () => {
  server = await startServer();
  ({ people: [mallory, ben], channel } = await createRoom(server, 2));
  const stranger = await createWorkspace(server);
  foreign = { channel: await stranger.createChannel(), user: stranger.user, workspace: stranger.workspace };
  bystander = await ben.connect({ channels: [channel] });
});

after(async () => {
  await bystander?.close();
  await server.stop();
});

/** The bystander's connection, open since the start of the file, still talks and has missed nothing. */
async function assertUndisturbed() {
  assert.equal(bystander.closed, undefined);
  const { seq } = await bystander.send(channel, "undisturbed");
  await bystander.event("message", { channel, seq });
  bystander.assertWhole();
}

const deep = (depth) => "[".repeat(depth) + "]".repeat(depth);

/** Lines that are refused as `invalid_frame` and after which the connection goes on; `re` is the id where one can be read. */
const BAD_LINES = [
  ["not JSON", "hello there", 0],
  ["half a JSON object", '{"id":5,"op":"hist', 0],
  ["JSON with something after it", '{"id":5,"op":"history"} x', "either"],
  ["a number", "7", 0],
  ["a string", '"ping"', 0],
  ["null", "null", 0],
  ["an array", '[{"id":5,"op":"history"}]', 0],
  ["an empty object", "{}", 0],
  ["no id", '{"op":"history"}', 0],
  ["id null", '{"id":null,"op":"history"}', 0],
  ["id 0", '{"id":0,"op":"history"}', 0],
  ["a negative id", '{"id":-1,"op":"history"}', 0],
  ["a fractional id", '{"id":1.5,"op":"history"}', 0],
  ["an id in a string", '{"id":"5","op":"history"}', 0],
  ["an id of 2^64", '{"id":18446744073709551616,"op":"history"}', 0],
  ["an id of 1e400", '{"id":1e400,"op":"history"}', 0],
  ["no op", '{"id":1001}', 1001],
  ["op null", '{"id":1002,"op":null}', 1002],
  ["op a number", '{"id":1003,"op":7}', 1003],
  ["a NUL byte for a frame", "\0", 0],
  ["a raw NUL in a string", '{"id":1004,"op":"send\0"}', "either"],
  ["arrays 10,000 deep", deep(10_000), 0],
  ["objects 10,000 deep", '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000), 0],
];

/** Commands with an id that are refused with a code under that id. */
function badCommands() {
  const send = (fields) => ({ op: "send", channel, ...message("x"), ...fields });
  return [
    ["send without anything", { op: "send" }, "invalid_frame"],
    ["send without channel", send({ channel: undefined }), "invalid_frame"],
    ["send without text", send({ text: undefined }), "invalid_frame"],
    ["send without client_message_id", send({ client_message_id: undefined }), "invalid_frame"],
    ["send with an empty text", send({ text: "" }), "invalid_frame"],
    ["send with a number for a text", send({ text: 7 }), "invalid_frame"],
    ["send with null for a text", send({ text: null }), "invalid_frame"],
    ["send with an array for a text", send({ text: ["x"] }), "invalid_frame"],
    ["send with an empty client_message_id", send({ client_message_id: "" }), "invalid_frame"],
    ["send with a number for a client_message_id", send({ client_message_id: 7 }), "invalid_frame"],
    ["send with a negative thread", send({ thread: -1 }), "invalid_frame"],
    ["send with a fractional thread", send({ thread: 1.5 }), "invalid_frame"],
    ["send with thread in a string", send({ thread: "1" }), "invalid_frame"],
    ["send with also_to_channel in a string", send({ also_to_channel: "yes" }), "invalid_frame"],
    ["send to a number", send({ channel: 7 }), "invalid_frame"],
    ["send to an empty id", send({ channel: "" }), "invalid_frame", "not_found"],
    ["send to an id with a slash", send({ channel: "C/../x" }), "invalid_frame", "not_found"],
    ["send to an id of 65 characters", send({ channel: `C${"x".repeat(64)}` }), "invalid_frame", "not_found"],
    ["send to an id of 10,000 characters", send({ channel: `C${"x".repeat(9_999)}` }), "invalid_frame", "not_found"],
    ["send to a channel that is not there", send({ channel: "Cnowhere" }), "not_found"],
    ["send to a direct that is not there", send({ channel: "Dnowhere" }), "not_found"],
    ["send to a channel of another workspace", send({ channel: foreign.channel }), "not_found"],
    ["send to another workspace", send({ channel: foreign.workspace }), "not_found", "invalid_frame", "forbidden"],
    ["send to a user of another workspace", send({ channel: foreign.user }), "not_found", "invalid_frame", "forbidden"],
    ["send to the own workspace's log", send({ channel: mallory.workspace }), "not_found", "invalid_frame", "forbidden"],
    ["send to the own log", send({ channel: mallory.user }), "not_found", "invalid_frame", "forbidden"],
    ["send to a colleague's log", send({ channel: ben.user }), "not_found", "invalid_frame", "forbidden"],
    ["a text of 16 KiB and a byte", send({ text: "x".repeat(MAX_TEXT_BYTES + 1) }), "too_large"],
    ["a text of 17 KiB", send({ text: "x".repeat(17 * 1024) }), "too_large"],
    ["a text of 6,000 characters that are 18,000 bytes", send({ text: "€".repeat(6_000) }), "too_large"],
    ["history without channel", { op: "history", after: 0 }, "invalid_frame"],
    ["history after a negative seq", { op: "history", channel, after: -1 }, "invalid_frame"],
    ["history before a fraction", { op: "history", channel, before: 0.5 }, "invalid_frame"],
    ["history with two positions", { op: "history", channel, before: 5, after: 1 }, "invalid_frame"],
    ["history with limit 0", { op: "history", channel, after: 0, limit: 0 }, "invalid_frame"],
    ["history with limit 201", { op: "history", channel, after: 0, limit: 201 }, "invalid_frame"],
    ["history of another workspace's channel", { op: "history", channel: foreign.channel, after: 0 }, "not_found"],
    ["history of a colleague's log", { op: "history", channel: ben.user, after: 0 }, "not_found", "forbidden", "invalid_frame"],
    ["read without seq", { op: "read", channel }, "invalid_frame"],
    ["read of a negative seq", { op: "read", channel, seq: -1 }, "invalid_frame"],
    ["read of a seq in a string", { op: "read", channel, seq: "1" }, "invalid_frame"],
    ["read in another workspace", { op: "read", channel: foreign.channel, seq: 1 }, "not_found"],
    ["an op nobody knows", { op: "frobnicate" }, "unknown_op"],
    ["an op of 10,000 characters", { op: "x".repeat(10_000) }, "unknown_op"],
    ["an op in capitals", send({ op: "SEND" }), "unknown_op"],
  ];
}

describe("on a socket", () => {
  const open = {
    "the gateway": () => mallory.connect({ channels: [channel] }),
    "the direct socket": () => mallory.connectDirectly(channel),
  };

  for (const [place, connect] of Object.entries(open)) {
    for (const [what, line, re] of BAD_LINES) {
      test(`${what} is invalid_frame at ${place} and the connection goes on`, async () => {
        const socket = await connect();
        const from = socket.lines.length;
        socket.sendFrame(line);
        const reply = await socket.until((line) => line.re !== undefined, "a reply", { from });
        assert.equal(reply.error?.code, "invalid_frame", JSON.stringify(reply));
        if (re !== "either") assert.equal(reply.re, re);
        await socket.send(channel, "goes on");
        await assertUndisturbed();
        await socket.close();
      });
    }

    test(`escaped unpaired surrogates are invalid_frame at ${place} and the connection goes on`, async () => {
      const socket = await connect();
      for (const [n, text] of ["\\ud800", "\\udc00", "x\\ud83dx", "\\ude00\\ud83d"].entries()) {
        const from = socket.lines.length;
        socket.sendFrame(`{"id":${2_000 + n},"op":"send","channel":"${channel}","client_message_id":"s${n}","text":"${text}"}`);
        const reply = await socket.until((line) => line.re !== undefined, "a reply", { from });
        assert.equal(reply.error?.code, "invalid_frame", JSON.stringify(reply));
      }
      await socket.send(channel, "goes on");
      await assertUndisturbed();
      await socket.close();
    });

    test(`an escaped NUL in a text is invalid_frame at ${place}`, async () => {
      const socket = await connect();
      await socket.refused("send", { channel, ...message("a\0b") }, "invalid_frame");
      await socket.send(channel, "goes on");
      await assertUndisturbed();
      await socket.close();
    });

    test(`a key given twice gets one reply at ${place} and the connection goes on`, async () => {
      const socket = await connect();
      socket.sendFrame(
        `{"id":3000,"op":"send","channel":"${channel}","client_message_id":"twice","text":"first","text":"second"}`,
      );
      const reply = await socket.reply(3000).catch(() => socket.reply(0));
      assert.ok(reply.ok || reply.error.code === "invalid_frame", JSON.stringify(reply));
      await socket.send(channel, "goes on");
      assert.equal(socket.lines.filter(({ re }) => re === 3000 || re === 0).length, 1);
      await assertUndisturbed();
      await socket.close();
    });

    test(`a binary frame is invalid_frame or ends the connection with 4501 at ${place}`, async () => {
      const socket = await connect();
      socket.sendFrame(Buffer.from(JSON.stringify({ id: 1, op: "history", channel, after: 0 })), { binary: true });
      const outcome = await eventually("an answer", () => socket.closed ?? socket.lines.find(({ re }) => re !== undefined && re !== 1));
      assert.ok(outcome.code === 4501 || outcome.error?.code === "invalid_frame", JSON.stringify(outcome));
      await assertUndisturbed();
      if (!socket.closed) await socket.close();
    });

    test(`a text frame that is no UTF-8 is invalid_frame or ends the connection with 1007 at ${place}`, async () => {
      const socket = await connect();
      const from = socket.lines.length;
      socket.sendFrame(Buffer.from([0xff, 0xfe, 0xc0, 0x80]), { binary: false });
      const outcome = await eventually("an answer", () => socket.closed ?? socket.lines.slice(from).find(({ re }) => re === 0));
      assert.ok([1007, 1006].includes(outcome.code) || outcome.error?.code === "invalid_frame", JSON.stringify(outcome));
      await assertUndisturbed();
      if (!socket.closed) await socket.close();
    });

    test(`a frame of 129 KiB ends the connection with 1009 at ${place}`, async () => {
      const socket = await connect();
      socket.sendFrame("x".repeat(129 * 1024));
      assert.equal((await socket.untilClosed()).code, 1009);
      await assertUndisturbed();
    });

    test(`a frame over 128 KiB made of many good lines ends the connection with 1009 at ${place}`, async () => {
      const socket = await connect();
      const { line } = socket.number("history", { channel, after: 0, limit: 1 });
      socket.sendFrame(line + "\n".repeat(MAX_FRAME_BYTES + 1 - line.length));
      assert.equal((await socket.untilClosed()).code, 1009);
      await assertUndisturbed();
    });

    test(`a frame of exactly 128 KiB is taken at ${place}`, async () => {
      const socket = await connect();
      const { id, line } = socket.number("send", { channel, ...message("fits") });
      socket.sendFrame(line + "\n".repeat(MAX_FRAME_BYTES - line.length));
      assert.ok((await socket.reply(id)).ok);
      await socket.close();
    });
  }

  test("every bad command is refused with its code and the connection goes on", async (t) => {
    const socket = await mallory.connect({ channels: [channel] });
    for (const [what, { op, ...fields }, ...codes] of badCommands()) {
      await t.test(what, async () => {
        const error = await socket.refused(op, fields, ...codes);
        assert.equal(typeof error.message, "string");
        await assertUndisturbed();
      });
    }
    await socket.send(channel, "goes on");
    await socket.close();
    assert.ok((await mallory.wholeHistory(channel)).every(({ text }) => text !== "x"), "none of them was stored");
  });

  test("every bad send is refused with its code on the direct socket too", async (t) => {
    const direct = await mallory.connectDirectly(channel);
    for (const [what, { op, ...fields }, ...codes] of badCommands()) {
      // Of other channels this socket may say what it likes, as long as it refuses.
      if (op !== "send" || (fields.channel !== channel && fields.channel !== undefined)) continue;
      await t.test(what, () => direct.refused(op, fields, ...codes));
    }
    await direct.send(channel, "goes on");
    await direct.close();
  });

  test("hello with a resume of the wrong shape is invalid_frame or ends the connection with 4501", async () => {
    for (const resume of [7, [], { [channel]: 7 }, { [channel]: { epoch: 7, seq: 1 } }, { [channel]: { epoch: "x", seq: -1 } }]) {
      const socket = await Connection.open(server, { token: mallory.token });
      const id = socket.post("hello", { resume });
      const outcome = await eventually("an answer", () => socket.closed ?? socket.lines.find(({ re }) => re === id || re === 0));
      assert.ok(outcome.code === 4501 || outcome.error?.code === "invalid_frame", JSON.stringify(outcome));
      if (!socket.closed) await socket.close();
    }
    await assertUndisturbed();
  });

  test("not JSON before hello ends the connection with 4501 or is invalid_frame", async () => {
    const socket = await Connection.open(server, { token: mallory.token });
    socket.sendFrame("not json");
    const outcome = await eventually("an answer", () => socket.closed ?? socket.lines[0]);
    assert.ok(outcome.code === 4501 || (outcome.re === 0 && outcome.error?.code === "invalid_frame"), JSON.stringify(outcome));
    await assertUndisturbed();
    if (!socket.closed) await socket.close();
  });

  test("of more than 500 commands in flight the further ones are overloaded and every one is answered", async () => {
    const socket = await mallory.connect({ channels: [channel] });
    const beyond = 100;
    const commands = Array.from({ length: MAX_COMMANDS_IN_FLIGHT + beyond }, (_, n) =>
      socket.number("history", { channel, after: n, limit: 1 }));
    const frame = commands.map(({ line }) => line).join("\n");
    assert.ok(frame.length < MAX_FRAME_BYTES);
    socket.sendFrame(frame);
    const replies = await Promise.all(commands.map(({ id }) => socket.reply(id)));
    const refused = replies.filter(({ error }) => error);
    assert.deepEqual([...new Set(refused.map(({ error }) => error.code))], ["overloaded"]);
    assert.ok(refused.every(({ error }) => error.retry_after_ms >= 0), JSON.stringify(refused[0]));
    assert.ok(replies.slice(0, MAX_COMMANDS_IN_FLIGHT).every(({ ok }) => ok), "the first 500 are done");
    assert.equal(refused.length, beyond);
    await socket.send(channel, "goes on");
    await assertUndisturbed();
    await socket.close();
  });
});

/** Bodies of `POST /channels/{id}/messages` that are refused. */
const BAD_BODIES = [
  ["an empty body", ""],
  ["not JSON", "hello there"],
  ["half a JSON object", '{"client_message_id":"a","te'],
  ["JSON with something after it", '{"client_message_id":"a","text":"x"} x'],
  ["a number", "7"],
  ["a string", '"x"'],
  ["null", "null"],
  ["an array", "[]"],
  ["an escaped unpaired surrogate", '{"client_message_id":"a","text":"\\ud800"}'],
  ["an escaped NUL in a text", '{"client_message_id":"a","text":"a\\u0000b"}'],
  ["a raw NUL in a text", '{"client_message_id":"a","text":"a\0b"}'],
  ["arrays 10,000 deep", deep(10_000)],
  ["a text that is arrays 10,000 deep", `{"client_message_id":"a","text":${deep(10_000)}}`],
  ["bytes that are no UTF-8", Buffer.concat([Buffer.from('{"client_message_id":"a","text":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')])],
];

describe("over HTTP", () => {
  for (const [what, raw] of BAD_BODIES) {
    test(`${what} is invalid_request`, async () => {
      const headers = { "content-type": "application/json" };
      const answer = await mallory.call("POST", `/channels/${channel}/messages`, { raw, headers });
      expectRefused(answer, "invalid_request");
      await assertUndisturbed();
    });
  }

  test("a body without a content type of JSON is taken as JSON or refused as invalid_request", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]) {
      const raw = JSON.stringify(message(`as ${type}`));
      const answer = await mallory.call("POST", `/channels/${channel}/messages`, { raw, headers: { "content-type": type } });
      if (answer.status !== 201) expectRefused(answer, "invalid_request");
    }
    await assertUndisturbed();
  });

  test("a key given twice is taken once or refused as invalid_request", async () => {
    const raw = '{"client_message_id":"doubled","text":"first","text":"second"}';
    const answer = await mallory.call("POST", `/channels/${channel}/messages`, { raw, headers: { "content-type": "application/json" } });
    if (answer.status !== 201) expectRefused(answer, "invalid_request");
    await assertUndisturbed();
  });

  test("a text of 17 KiB is too_large, in whichever characters", async () => {
    for (const text of ["x".repeat(17 * 1024), "€".repeat(6_000)]) {
      expectRefused(await mallory.post(`/channels/${channel}/messages`, message(text)), "too_large");
    }
    await assertUndisturbed();
  });

  test("a body of 2 MiB is refused as too_large or invalid_request", async () => {
    const answer = await mallory.post(`/channels/${channel}/messages`, message("x".repeat(2 * 1024 * 1024)));
    expectRefused(answer, "too_large", "invalid_request");
    await assertUndisturbed();
  });

  test("names of 100,000 characters are refused", async () => {
    const long = "x".repeat(100_000);
    expectRefused(await mallory.post("/channels", { name: long, kind: "public" }), "too_large", "invalid_request");
    const signUp = await call(server, "POST", "/workspaces", { body: { name: long, display_name: long } });
    expectRefused(signUp, "too_large", "invalid_request");
    await assertUndisturbed();
  });

  test("ids of other workspaces and ids of no shape are not_found", async () => {
    const ids = [foreign.channel, foreign.workspace, foreign.user, "Cnowhere", "Dnowhere", "x", "C%00", "C%ff", "C%2f..%2f", `C${"x".repeat(64)}`, `C${"x".repeat(3_000)}`];
    for (const id of ids) {
      expectRefused(await mallory.get(`/channels/${id}/messages?after=0`), "not_found", "invalid_request");
      expectRefused(await mallory.post(`/channels/${id}/messages`, message("x")), "not_found", "invalid_request");
      expectRefused(await mallory.post(`/channels/${id}/join`, {}), "not_found", "invalid_request");
      expectRefused(await mallory.post(`/channels/${id}/leave`, {}), "not_found", "invalid_request");
      expectRefused(await mallory.post(`/channels/${id}/members`, { user: ben.user }), "not_found", "invalid_request");
      expectRefused(await mallory.call("DELETE", `/channels/${id}/members/${ben.user}`), "not_found", "invalid_request");
      expectRefused(await refusedUpgrade(server, { token: mallory.token, path: `/channels/${id}/socket` }), "not_found", "invalid_request");
    }
    expectRefused(await mallory.post(`/channels/${channel}/members`, { user: foreign.user }), "not_found");
    await assertUndisturbed();
  });

  test("a socket's since that is no seq is invalid_request", async () => {
    for (const since of ["-1", "x", "1.5", "99999999999999999999999"]) {
      const path = `/channels/${channel}/socket?epoch=x&since=${since}`;
      expectRefused(await refusedUpgrade(server, { token: mallory.token, path }), "invalid_request");
    }
    await assertUndisturbed();
  });
});

describe("a token", () => {
  /** Texts that look ever so much like the token and are not it. */
  async function forgeries() {
    const { token } = mallory;
    const other = await startServer();
    const elsewhere = await createWorkspace(other).finally(() => other.stop());
    const flipped = (at) => {
      const bytes = token.split("");
      bytes[at] = bytes[at] === "A" ? "B" : "A";
      return bytes.join("");
    };
    return [
      ["of another server", elsewhere.token],
      ["cut at the end", token.slice(0, -1)],
      ["cut at the start", token.slice(1)],
      ["cut in half", token.slice(0, token.length / 2)],
      ["with something after it", `${token}A`],
      ["with its middle changed", flipped(Math.floor(token.length / 2))],
      ["with its start changed", flipped(0)],
      ["with the end of its signature changed", flipped(token.length - 4)],
      ["in capitals", token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase()],
      ["that is a word", "secret"],
      ["that is one character", "x"],
      ["that is dots", "..."],
      ["of 6,000 characters", "x".repeat(6_000)],
      ["that is a JWT without algorithm", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJVMSJ9."],
    ];
  }

  /** Mallory's token with another payload, signed as the server signs. */
  function resigned(changes) {
    const [version, payload] = mallory.token.split(".");
    const changed = { ...JSON.parse(Buffer.from(payload, "base64url")), ...changes };
    const signed = `${version}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}`;
    return `${signed}.${createHmac("sha256", server.sessionKey).update(signed).digest("base64url")}`;
  }

  async function assertRefusedEverywhere(what, token) {
    expectRefused(await call(server, "GET", "/boot", { token }), "not_authenticated");
    const send = await call(server, "POST", `/channels/${channel}/messages`, { token, body: message(what) });
    expectRefused(send, "not_authenticated");
    expectRefused(await refusedUpgrade(server, { token }), "not_authenticated");
    expectRefused(await refusedUpgrade(server, { token, path: `/channels/${channel}/socket` }), "not_authenticated");
    const [name] = mallory.cookie.split("=");
    expectRefused(await call(server, "GET", "/boot", { cookie: `${name}=${token}` }), "not_authenticated");
  }

  test("that is forged, garbled or cut is not_authenticated everywhere", async () => {
    for (const [what, token] of await forgeries()) await assertRefusedEverywhere(what, token);
    await assertUndisturbed();
  });

  test("that is over is not_authenticated everywhere, though its signature is right", async () => {
    const nowMs = Date.now();
    const lasting = resigned({ exp: nowMs + 60_000 });
    expect(await call(server, "GET", "/boot", { token: lasting }), 200);
    await assertRefusedEverywhere("over", resigned({ exp: nowMs - 1 }));
    await assertUndisturbed();
  });

  test("in another scheme or none is not_authenticated", async () => {
    for (const authorization of [mallory.token, `Basic ${mallory.token}`, "Bearer", "Bearer ", `Bearer ${mallory.token} x`]) {
      expectRefused(await call(server, "GET", "/boot", { headers: { authorization } }), "not_authenticated");
    }
    await assertUndisturbed();
  });
});

test("nothing that was stored in all this came doubled or out of order", async () => {
  const messages = await mallory.wholeHistory(channel);
  assert.equal(new Set(messages.map(({ seq }) => seq)).size, messages.length);
  const ownIds = bystander.messages(channel).map(({ seq }) => seq);
  assert.deepEqual(messages.map(({ seq }) => seq).slice(-ownIds.length), ownIds);
  expect(await mallory.get("/boot"), 200);
});

test("nothing of all this made the Worker throw", () => {
  assert.deepEqual(server.uncaught, []);
});
