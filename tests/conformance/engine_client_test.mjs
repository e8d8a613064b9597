// Our Engine.IO client against the official server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { readFileSync } from "node:fs";
import net from "node:net";
import { after, test } from "node:test";
import { Server } from "engine.io";
import { Authority } from "./certificates.mjs";

const limit = { timeout: 20_000 };
const ends = [];
after(() => { for (const end of ends) end(); });

/** The official server on a free port; `sessions` are those that came, `requests` all that was asked. */
async function serve(options = {}, make = createServer) {
  const http = make();
  const engine = new Server({ pingInterval: 25_000, ...options });
  const at = { engine, sessions: [], requests: [], closes: [] };
  engine.attach(http, { path: "/engine.io/" });   // takes off who listened for requests before
  http.on("request", (r) => at.requests.push(r));
  http.on("upgrade", (r) => at.requests.push(r));
  engine.on("connection", (session) => {
    at.sessions.push(session);
    session.on("data", (data) => session.send(data));
    session.on("close", (reason) => at.closes.push(reason));
  });
  await new Promise((ok) => http.listen(0, "127.0.0.1", ok));
  at.port = http.address().port;
  ends.push(() => { engine.close(); http.closeAllConnections(); http.close(); });
  return at;
}

/** The client as a program; `says(prefix)` resolves to the next line that begins so. */
class Client {
  constructor(port, ...options) {
    this.child = spawn(process.env.ENGINE_CLIENT, [String(port), ...options], { stdio: ["pipe", "pipe", "inherit"] });
    ends.push(() => this.child.kill());
    this.lines = [];
    this.waits = [];
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (d) => {
      const all = (rest + d).split("\n");
      rest = all.pop();
      for (const line of all) { this.lines.push(line); this.waits = this.waits.filter((w) => !w(line)); }
    });
    this.do("connect");
  }
  do(line) { this.child.stdin.write(line + "\n"); }
  /** Every line counts once. */
  says(prefix) {
    const there = this.lines.findIndex((l) => l.startsWith(prefix));
    if (there >= 0) return Promise.resolve(this.lines.splice(there, 1)[0]);
    return new Promise((ok) => this.waits.push((line) => {
      if (!line.startsWith(prefix)) return false;
      this.lines.splice(this.lines.indexOf(line), 1);
      ok(line);
      return true;
    }));
  }
  async end() {
    this.child.stdin.end();
    return (await once(this.child, "close"))[0];
  }
}

const roads = { polling: ["--transports", "polling"], websocket: ["--transports", "websocket"], both: [] };

for (const [name, options] of Object.entries(roads)) {
  test(`${name}: text and binary come back, the close is in order`, limit, async () => {   // P67 P90 P170
    const server = await serve({ pingInterval: 50, pingTimeout: 5000 });
    const c = new Client(server.port, ...options);
    const [, kind, sid] = (await c.says("open ")).split(" ");
    assert.equal(kind, name === "websocket" ? "websocket" : "polling");
    if (name === "both") await c.says("upgrade");
    assert.equal(sid, server.sessions[0].id);
    for (const text of ["hello", "zażółć 日本 😀", "x".repeat(200_000), ""]) {
      c.do(`send ${text}`);
      assert.equal(await c.says("text "), `text ${text}`);
    }
    c.do("binary 0001feff");
    assert.equal(await c.says("binary "), "binary 0001feff");
    for (let pings = 0; pings < 3; pings++) await once(server.sessions[0], "heartbeat");   // and is still there
    assert.deepEqual(server.closes, []);
    c.do("close");
    assert.match(await c.says("close "), /^close forced close/);
    if (server.closes.length === 0) await once(server.sessions[0], "close");
    assert.deepEqual(server.closes, ["transport close"]);
    assert.equal(await c.end(), 0);
  });
}

test("1000 messages each way while the road changes: all of them, in order", limit, async () => {   // P73 P78 P79
  const server = await serve();
  const c = new Client(server.port);
  await c.says("open ");
  for (let i = 0; i < 1000; i++) c.do(`send m${i}`);
  for (let i = 0; i < 1000; i++) assert.equal(await c.says("text "), `text m${i}`);
  await c.says("upgrade");
  c.do("send over the WebSocket");
  assert.equal(await c.says("text "), "text over the WebSocket");
  assert.equal(server.sessions[0].transport.name, "websocket");
});

test("permessage-deflate", limit, async () => {   // P62
  const server = await serve({ perMessageDeflate: { threshold: 0 } });
  const c = new Client(server.port, ...roads.websocket);
  await c.says("open ");
  assert.match(server.requests[0].headers["sec-websocket-extensions"], /^permessage-deflate/);
  assert.match(server.sessions[0].transport.socket.extensions, /permessage-deflate/);
  for (const text of ["small", "y".repeat(100_000), "z".repeat(5000)]) {
    c.do(`send ${text}`);
    assert.equal(await c.says("text "), `text ${text}`);
  }
});

test("polls are compressed when they are big", limit, async () => {
  const server = await serve({ httpCompression: { threshold: 100 } });
  const c = new Client(server.port, ...roads.polling);
  await c.says("open ");
  assert.match(server.requests[0].headers["accept-encoding"], /gzip/);
  const text = "q".repeat(50_000);
  c.do(`send ${text}`);
  assert.equal(await c.says("text "), `text ${text}`);
});

test("batches stay below maxPayload", limit, async () => {   // P195
  const server = await serve({ maxHttpBufferSize: 100 });
  const c = new Client(server.port, ...roads.polling);
  await c.says("open ");
  for (let i = 0; i < 50; i++) c.do(`send ${String(i).padStart(30, ".")}`);
  for (let i = 0; i < 50; i++) assert.equal(await c.says("text "), `text ${String(i).padStart(30, ".")}`);
});

test("what is too big for the server: 413 is a transport error", limit, async () => {   // P197
  const server = await serve({ maxHttpBufferSize: 100 });
  const c = new Client(server.port, ...roads.polling);
  await c.says("open ");
  c.do(`send ${"x".repeat(200)}`);
  assert.equal(await c.says("close "), "close transport error: the polling POST was answered with HTTP status 413");
});

test("what is too big for the server: 1009 is a transport close", limit, async () => {   // P197
  const server = await serve({ maxHttpBufferSize: 100 });
  const c = new Client(server.port, ...roads.websocket);
  await c.says("open ");
  c.do(`send ${"x".repeat(200)}`);
  assert.equal(await c.says("close "), "close transport close: the server closed the WebSocket with code 1009");
});

test("a refusal names its status", limit, async () => {   // P197
  const server = await serve({ allowRequest: (_, answer) => answer("no", false) });
  assert.equal(await new Client(server.port, ...roads.polling).says("close "), "close transport error: the polling GET was answered with HTTP status 403");
  assert.match(await new Client(server.port, ...roads.websocket).says("close "), /^close transport error: .*HTTP status 4\d\d/);
});

test("the server closes: transport close on either road", limit, async () => {   // P60 P89
  for (const options of [roads.polling, roads.websocket]) {
    const server = await serve();
    const c = new Client(server.port, ...options);
    await c.says("open ");
    server.sessions[0].close();
    assert.match(await c.says("close "), /^close transport close/);
  }
});

test("silence of the server is a ping timeout", limit, async () => {   // P68
  for (const options of [roads.polling, roads.websocket]) {
    const server = await serve({ pingInterval: 200, pingTimeout: 100 });
    server.engine.on("connection", (session) => { clearTimeout(session.pingIntervalTimer); session.sendPacket = () => {}; });
    const c = new Client(server.port, ...options);
    await c.says("open ");
    assert.match(await c.says("close "), /^close ping timeout/);
  }
});

test("all transports are tried when that is wanted", limit, async () => {   // P193
  const server = await serve({ transports: ["websocket"] });
  assert.match(await new Client(server.port).says("close "), /^close transport error: .*HTTP status 400/);
  assert.match(await new Client(server.port, "--try-all").says("open "), /^open websocket/);
});

test("an upgrade that the server does not allow is not tried", limit, async () => {   // P82
  const server = await serve({ allowUpgrades: false });
  const c = new Client(server.port);
  await c.says("open ");
  c.do("send x");
  await c.says("text x");
  assert.equal(server.requests.filter((r) => r.headers.upgrade).length, 0);
});

test("cookies go round with credentials only", limit, async () => {   // P196
  for (const options of [["--credentials"], []]) {
    const server = await serve({ cookie: true });
    const c = new Client(server.port, ...options);
    await c.says("upgrade");
    const sent = server.requests.slice(1).map((r) => r.headers.cookie);
    assert.ok(sent.length >= 2);
    for (const cookie of sent) assert.equal(cookie, options.length ? `io=${server.sessions[0].id}` : undefined);
  }
});

test("base64 alone", limit, async () => {   // P56
  const server = await serve();
  const c = new Client(server.port, "--base64");
  await c.says("upgrade");
  c.do("binary 00ff10");
  assert.equal(await c.says("binary "), "binary 00ff10");
});

test("over TLS, with an authority of one's own; and not without it", limit, async () => {
  const authority = new Authority(), site = authority.vouch("site");
  const server = await serve({}, () => createSecureServer({ cert: readFileSync(site.cert), key: readFileSync(site.key) }));
  const c = new Client(server.port, "--ca", authority.cert);
  await c.says("upgrade");
  c.do("send secret");
  assert.equal(await c.says("text "), "text secret");
  const stranger = new Authority();
  assert.match(await new Client(server.port, "--ca", stranger.cert).says("close "), /^close transport error: TLS: /);
});

/** An HTTP proxy as Node makes one: requests are forwarded, CONNECT opens a tunnel. */
async function proxy() {
  const seen = [];
  const p = createServer();
  p.on("request", (request, response) => {
    seen.push(`${request.method} ${request.url.split("?")[0]}`);
    const to = new URL(request.url);
    const onward = net.connect(Number(to.port), to.hostname, () => {
      const headers = Object.entries({ ...request.headers, connection: "close" }).map(([n, v]) => `${n}: ${v}\r\n`).join("");
      onward.write(`${request.method} ${to.pathname}${to.search} HTTP/1.1\r\n${headers}\r\n`);
      request.pipe(onward, { end: false });
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.pipe(response.socket, { end: true });   // the server's answer as it is
  });
  p.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const [host, port] = request.url.split(":");
    const onward = net.connect(Number(port), host, () => { socket.write("HTTP/1.1 200 OK\r\n\r\n"); onward.pipe(socket).pipe(onward); });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  await new Promise((ok) => p.listen(0, "127.0.0.1", ok));
  ends.push(() => { p.closeAllConnections(); p.close(); });
  return { url: `http://127.0.0.1:${p.address().port}`, seen };
}

test("through a proxy: requests are forwarded, the WebSocket has a tunnel", limit, async () => {
  const server = await serve();
  const between = await proxy();
  const c = new Client(server.port, "--proxy", between.url);
  await c.says("upgrade");
  c.do("send through");
  assert.equal(await c.says("text "), "text through");
  assert.equal(between.seen[0], `GET http://127.0.0.1:${server.port}/engine.io/`);
  assert.ok(between.seen.includes(`CONNECT 127.0.0.1:${server.port}`));
});
