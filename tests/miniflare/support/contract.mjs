// What the contract fixes: names, limits, codes, and the shapes that everything else here is made of.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export const SUBPROTOCOL = "heliograph.v1";
export const MAX_FRAME_BYTES = 128 * 1024;
export const MAX_TEXT_BYTES = 16 * 1024;
export const MAX_COMMANDS_IN_FLIGHT = 500;

/** The HTTP status that the contract gives each code. */
export const STATUS_OF = {
  invalid_request: 400,
  not_authenticated: 401,
  forbidden: 403,
  not_a_member: 403,
  not_found: 404,
  conflict: 409,
  archived: 410,
  too_large: 413,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
};

export const uniqueName = (stem) => `${stem}-${randomUUID().slice(0, 8)}`;
export const message = (text, more = {}) => ({ client_message_id: randomUUID(), text, ...more });

/** The id of a thing that is given as an object or as an id. */
export const idOf = (thing) => (typeof thing === "string" ? thing : thing.id);

/** Asserts that events or messages count up by one. */
export function assertGapFree(log) {
  for (let n = 1; n < log.length; n++) {
    assert.equal(log[n].seq, log[n - 1].seq + 1, `${log[n].channel} has ${log[n].seq} after ${log[n - 1].seq}`);
  }
}
