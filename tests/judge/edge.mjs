// What the platform's edge does that workerd alone does not: it compresses. A proxy before a server on this machine, so that what
// is judged travels in as many bytes as it would.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { pipeline } from "node:stream";
import { constants, createBrotliCompress } from "node:zlib";

/** What Cloudflare compresses, of the types that there are here. */
const COMPRESSED = /^(text\/|application\/(javascript|json|manifest\+json|problem\+json|wasm)|image\/svg)/;
/** The level at which the edge compresses what it sends. */
const QUALITY = 4;

/** Starts an edge before `origin`; gives `{origin, stop()}`. */
export async function startEdge(origin) {
  const { hostname: host, port } = new URL(origin);
  const server = createServer((asked, answer) => {
    const options = { host, port, method: asked.method, path: asked.url, headers: asked.headers };
    const passed = request(options, (got) => send(asked, got, answer));
    passed.on("error", () => answer.destroy());
    pipeline(asked, passed, () => {});
  });
  server.on("upgrade", (asked, socket, head) => {
    const onward = connect(Number(port), host, () => {
      const lines = [`GET ${asked.url} HTTP/1.1`];
      for (let n = 0; n < asked.rawHeaders.length; n += 2) lines.push(`${asked.rawHeaders[n]}: ${asked.rawHeaders[n + 1]}`);
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      pipeline(socket, onward, socket, () => {});
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function send(asked, got, answer) {
  const headers = { ...got.headers };
  const takesBrotli = /\bbr\b/.test(asked.headers["accept-encoding"] ?? "");
  const hasBody = asked.method !== "HEAD" && got.statusCode === 200;
  if (!takesBrotli || !hasBody || headers["content-encoding"] || !COMPRESSED.test(headers["content-type"] ?? "")) {
    answer.writeHead(got.statusCode, headers);
    pipeline(got, answer, () => {});
    return;
  }
  delete headers["content-length"];
  headers["content-encoding"] = "br";
  headers.vary = [headers.vary, "accept-encoding"].filter(Boolean).join(", ");
  answer.writeHead(got.statusCode, headers);
  pipeline(got, createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }), answer, () => {});
}
