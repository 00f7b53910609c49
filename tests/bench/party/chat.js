// The yardstick: the smallest chat on partyserver. With INSERT=yes each message is stored before it is broadcast.
import { Server, routePartykitRequest } from "partyserver";

export class Chat extends Server {
  static options = { hibernate: true };

  onStart() {
    if (this.env.INSERT === "yes") {
      this.sql`CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, body TEXT NOT NULL)`;
    }
  }

  onMessage(_connection, message) {
    this.say(message);
  }

  async onRequest(request) {
    this.say(await request.text());
    return new Response(null, { status: 204 });
  }

  say(message) {
    if (this.env.INSERT === "yes") this.sql`INSERT INTO messages (body) VALUES (${message})`;
    this.broadcast(message);
  }
}

export default {
  async fetch(request, env) {
    return (await routePartykitRequest(request, env)) ?? new Response("ready");
  },
};
