// One HTTP call, and what a test wants of its answer.
import assert from "node:assert/strict";
import { STATUS_OF } from "./contract.mjs";

/** No call may take longer than this, whatever happens to the server meanwhile. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * One call. `path` is below `/api/v1`, or at the root when it begins with `//`. `body` is sent as JSON, `raw` as it is.
 * Gives `{status, headers, text, body}`; an error that is not problem+json with what the contract wants fails the test here.
 */
export async function call(server, method, path, { token, cookie, origin, body, raw, headers = {} } = {}) {
  const url = path.startsWith("//") ? server.origin + path.slice(1) : `${server.origin}/api/v1${path}`;
  const sent = { ...headers };
  if (token !== undefined) sent.authorization = `Bearer ${token}`;
  if (cookie !== undefined) sent.cookie = cookie;
  if (origin !== undefined) sent.origin = origin;
  if (body !== undefined) sent["content-type"] ??= "application/json";
  const answer = await fetch(url, {
    method,
    headers: sent,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await answer.text();
  const result = { status: answer.status, headers: answer.headers, text, body: parsed(text) };
  if (answer.status >= 400 && !path.startsWith("//")) assertProblem(result, `${method} ${path}`);
  return result;
}

/** RFC 9457 with a `code` of the contract that goes with the status. */
export function assertProblem({ status, headers, body, text }, what) {
  assert.match(headers.get("content-type") ?? "", /^application\/problem\+json\b/, `${what}: ${status} ${text}`);
  assert.equal(typeof body?.type, "string", `${what}: type in ${text}`);
  assert.equal(typeof body.title, "string", `${what}: title in ${text}`);
  assert.equal(body.status, status, `${what}: status in ${text}`);
  assert.equal(STATUS_OF[body.code], status, `${what}: code in ${text}`);
  if (status === 429 || status === 503) {
    assert.match(headers.get("retry-after") ?? "", /^\d+$/, `${what}: Retry-After`);
    assert.equal(typeof body.retry_after_ms, "number", `${what}: retry_after_ms in ${text}`);
  }
}

/** Asserts the status and gives the body. */
export function expect(answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `expected ${statuses.join(" or ")}, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** Asserts that a call was refused with this code (and so with its status). */
export function expectRefused(answer, ...codes) {
  assert.ok(codes.includes(answer.body?.code), `expected ${codes.join(" or ")}, got ${answer.status}: ${answer.text}`);
}

/** `Cookie` as a browser would send it back after this answer. */
export function cookieOf(answer) {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** The JSON of a text, or nothing where it is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
