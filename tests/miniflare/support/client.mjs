// A client of Heliograph written from the protocol's text alone. The tests import it from here:
//
// - `contract`    names, limits and codes
// - `waiting`     facts that are awaited
// - `http`        one call
// - `connection`  one WebSocket
// - `person`      somebody signed in; workspaces and rooms to begin with
// - `follower`    a client that reconnects, resumes and sends again
// - `device`      a client that counts what is unread from events
export * from "./contract.mjs";
export * from "./waiting.mjs";
export * from "./http.mjs";
export * from "./connection.mjs";
export * from "./person.mjs";
export * from "./follower.mjs";
export * from "./device.mjs";
