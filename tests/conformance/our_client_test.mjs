// Our client on the roads that servers cannot see: TLS and who vouches for whom, proxies, IPv6, cookies; and networks that are
// hostile to it. The server is the official one.
import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createTls } from "node:https";
import net from "node:net";
import { after, afterEach, test } from "node:test";
import { Server } from "socket.io";
import { Authority } from "./certificates.mjs";
import { end, io } from "./driven.mjs";

const limit = { timeout: 30_000 };
const made = [], servers = [];
afterEach(async () => {
  for (const s of made.splice(0)) s.disconnect();
  for (const close of servers.splice(0)) await close();
});
after(async () => assert.equal(await end(), 0, "the driver's status"));

const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const both_ways = [["polling", ["polling"]], ["websocket", ["websocket"]]];

async function listening(server, host = "127.0.0.1") {
  const held = new Set();
  server.on("connection", (c) => { held.add(c); c.on("error", () => {}).on("close", () => held.delete(c)); });
  server.listen(0, host);
  await once(server, "listening");
  servers.push(async () => { server.close(); held.forEach((c) => c.destroy()); });
  return server.address().port;
}

/** The official server, echoing; what it heard of requests. */
async function official({ tls, host, ...options } = {}) {
  const http = tls ? createTls(tls) : createServer(), it = { io: new Server(http, options), requests: [], bodies: "" };
  http.prependListener("request", (r) => {
    it.requests.push(r);
    const emit = r.emit;   // a listener of our own would take the body from the server
    r.emit = function (name, data) {
      if (name === "data") it.bodies += data;
      return emit.apply(this, arguments);
    };
  });
  http.prependListener("upgrade", (r) => it.requests.push(r));
  it.io.on("connection", (s) => {
    s.on("echo", (...a) => a.pop()(...a));
    s.on("peer", (ack) => ack(s.request.socket.getPeerCertificate?.().subject?.CN ?? null));
  });
  it.port = await listening(http, host);
  servers.unshift(async () => it.io.close());
  it.url = `${tls ? "https://localhost" : "http://127.0.0.1"}:${it.port}`;
  return it;
}

function client(url, options) {
  const s = io(url, { reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
  made.push(s);
  return s;
}

// --- TLS

const authority = new Authority();
const site = (names) => {
  const made_for = authority.vouch(`site ${names}`, names);
  return { cert: readFileSync(made_for.cert), key: readFileSync(made_for.key) };
};

test("TLS: a server that the authority vouches for, on each transport", limit, async () => {
  const server = await official({ tls: site("DNS:localhost") });
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    const s = client(server.url, { transports, caFile: authority.cert });
    await event(s, "connect");
    assert.equal(await s.emitWithAck("echo", "secret"), "secret");
    s.disconnect();
  }
});

test("TLS: who must not be trusted is not, and the error says why", limit, async () => {
  const right = site("DNS:localhost"), elsewhere = site("DNS:example.invalid");
  for (const [tls, caFile, why] of [
    [right, undefined, /unknown authority|self-signed|unable to get/i], [right, new Authority("stranger").cert, /unknown authority|self-signed|unable to get/i],
    [elsewhere, authority.cert, /example\.invalid.*localhost/],
  ]) {
    const server = await official({ tls });
    for (const [, transports] of both_ways) {
      const s = client(server.url, { transports, caFile, reconnection: false });
      const [error] = await event(s, "connect_error");
      assert.match(error.message, why);
    }
    assert.equal(server.requests.length, 0, "nothing was said to it");
  }
});

test("TLS: a certificate of the client's", limit, async () => {
  const me = authority.vouch("sensor 7");
  const server = await official({ tls: { ...site("DNS:localhost"), ca: authority.pem, requestCert: true, rejectUnauthorized: true } });
  for (const [, transports] of both_ways) {
    const known = client(server.url, { transports, caFile: authority.cert, certFile: me.cert, keyFile: me.key });
    await event(known, "connect");
    assert.equal(await known.emitWithAck("peer"), "sensor 7");
    const unknown = client(server.url, { transports, caFile: authority.cert, reconnection: false });
    await event(unknown, "connect_error");
  }
});

// --- proxies, addresses, cookies

/** An HTTP proxy that knows one password: it forwards requests and opens tunnels. */
async function password_proxy(password) {
  const asked = [], forwarded = [];
  const refused = (q) => q.headers["proxy-authorization"] !== `Basic ${Buffer.from(password).toString("base64")}`;
  const server = createServer((q, r) => {
    if (refused(q)) return r.writeHead(407).end();
    const { "proxy-authorization": _, ...headers } = q.headers;
    forwarded.push(new URL(q.url).host);
    const on = request(q.url, { method: q.method, headers }, (answer) => answer.pipe(r.writeHead(answer.statusCode, answer.headers)));
    on.on("error", () => r.destroy());
    r.on("close", () => on.destroy());
    q.pipe(on);
  });
  server.on("connect", (q, near, head) => {
    asked.push(q.url);
    if (refused(q)) return near.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    const [, host, port] = /^(.*):(\d+)$/.exec(q.url);
    const far = net.connect(Number(port), host, () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const s of [near, far]) s.on("error", () => { near.destroy(); far.destroy(); });
  });
  return { port: await listening(server), asked, forwarded };
}

test("a proxy: everything goes through it, TLS too; a wrong password is an error", limit, async () => {
  const through = await password_proxy("ada:secret");
  for (const tls of [undefined, site("DNS:localhost")]) {
    const server = await official({ tls });
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
      const s = client(server.url, { transports, caFile: authority.cert, proxy: `http://ada:secret@127.0.0.1:${through.port}` });
      await event(s, "connect");
      assert.equal(await s.emitWithAck("echo", 1), 1);
    }
    const host = new URL(server.url).host;
    assert.ok(through.asked.includes(host), "a tunnel for WebSockets, and for everything over TLS");
    assert.equal(through.forwarded.includes(host), !tls, "plain polls are forwarded");
    const wrong = client(server.url, { caFile: authority.cert, proxy: `http://ada:wrong@127.0.0.1:${through.port}`, reconnection: false });
    assert.match((await event(wrong, "connect_error"))[0].message, /407/);
  }
});

test("IPv6, as an address and by a name that has both kinds", limit, async () => {
  const server = await official({ host: "::1" });
  const both = (await lookup("localhost", { all: true })).some(({ family }) => family === 6);   // not on every machine
  for (const url of [`http://[::1]:${server.port}`, ...(both ? [`http://localhost:${server.port}`] : [])]) {
    const s = client(url);
    await event(s, "connect");
    assert.equal(await s.emitWithAck("echo", 6), 6);
  }
});

test("cookies go round only with credentials", limit, async () => {   // P196
  for (const withCredentials of [true, false]) {
    const server = await official({ cookie: { name: "stick", path: "/" } });
    const s = client(server.url, { withCredentials });
    await event(s, "connect");
    if (s.io.engine.transport.name !== "websocket") await event(s.io.engine, "upgrade");
    const later = server.requests.slice(1);
    assert.ok(later.length >= 3 && later.some((r) => r.headers.upgrade));
    for (const r of later) assert.equal(/^stick=/.test(r.headers.cookie ?? ""), withCredentials);
  }
});

// --- the protocol, from a server's seat

test("batches respect maxPayload, and a message that is larger is sent all the same", limit, async () => {   // P195
  const server = await official({ maxHttpBufferSize: 1000 });
  const bodies = [], got = [];
  server.io.engine.on("connection", (c) => c.on("packet", (p) => p.data && bodies.push(String(p.data).length)));
  server.io.on("connection", (s) => s.on("n", (i) => got.push(i)));
  const s = client(server.url, { transports: ["polling"] });
  for (let i = 0; i < 40; i++) s.emit("n", i, "x".repeat(100));
  await event(s, "connect");
  await s.emitWithAck("echo");
  assert.deepEqual(got, Array.from({ length: 40 }, (_, i) => i));
  const posts = server.requests.filter((r) => r.method === "POST").map((r) => Number(r.headers["content-length"]));
  assert.ok(Math.max(...posts) <= 1000 && posts.some((n) => n > 500), `${posts}`);
  const gone = event(s, "disconnect");
  s.emit("n", 40, "x".repeat(2000));   // the server refuses what the client has sent
  await gone;
  const largest = server.requests.filter((r) => r.method === "POST").map((r) => Number(r.headers["content-length"]));
  assert.ok(Math.max(...largest) > 2000);
});

test("a polling client's close is a \"1\" behind its data", limit, async () => {   // P90
  const server = await official();
  const why = new Promise((ok) => server.io.on("connection", (s) => s.on("disconnect", ok)));
  const closed = new Promise((ok) => server.io.engine.on("connection", (c) => c.on("close", ok)));
  const s = client(server.url, { transports: ["polling"] });
  await event(s, "connect");
  server.bodies = "";
  s.emit("last", 1);
  s.disconnect();
  assert.equal(await why, "client namespace disconnect");
  assert.equal(await closed, "transport close");
  assert.equal(server.bodies.replaceAll("\x1e", ""), '42["last",1]411');
});

// --- hostile networks

/** Between client and server; `meddle(head)` sees the head of each connection's first request: "cut", "reject" or "strip". */
async function meddler(port, { meddle = () => "", delay = 0, idle = 0 } = {}) {
  const server = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    const done = () => { near.destroy(); far.destroy(); };
    for (const s of [near, far]) {
      s.on("error", done).on("close", done);
      if (idle) s.setTimeout(idle, done);
    }
    const pass = (to, data) => (delay ? setTimeout(() => to.destroyed || to.write(data), delay) : to.write(data));
    near.on("data", (data) => {
      const text = data.toString("latin1"), what = meddle(text);
      if (what === "cut") return near.resetAndDestroy();
      if (what === "reject") return near.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      pass(far, what === "strip" ? Buffer.from(text.replace(/^(upgrade|connection): .*\r\n/gim, ""), "latin1") : data);
    });
    far.on("data", (data) => pass(near, data));
  });
  return `http://127.0.0.1:${await listening(server)}`;
}

const is_upgrade = (head) => /^upgrade: websocket/im.test(head);
const hostile = [
  ["rejects upgrades", { meddle: (h) => (is_upgrade(h) ? "reject" : "") }],
  ["strips upgrades", { meddle: (h) => (is_upgrade(h) ? "strip" : "") }],
  ["resets upgrades", { meddle: (h) => (is_upgrade(h) ? "cut" : "") }],
  ["delays everything", { delay: 30 }],
  ["cuts what is idle", { idle: 250 }],
  ["resets one request in seven", { meddle: (() => { let n = 0; return () => (++n % 7 === 0 ? "cut" : ""); })() }],
];
for (const [what, options] of hostile) {
  test(`a network that ${what}: retried events arrive in order, and count once`, limit, async () => {
    const server = await official({ pingInterval: 2000 });
    const seen = new Set(), order = [];
    server.io.on("connection", (s) => s.on("job", (n, done) => {
      if (!seen.has(n)) order.push(n);   // who takes jobs knows a repetition
      seen.add(n);
      done(n);
    }));
    const s = client(await meddler(server.port, options), { retries: 1000, ackTimeout: 500 });
    const results = [];
    for (let i = 0; i < 30; i++) {
      await new Promise((ok) => s.emit("job", i, (error, n) => { results.push(error ?? n); ok(); }));
      if (i % 10 === 9) await new Promise((ok) => setTimeout(ok, 300));
    }
    const all = Array.from({ length: 30 }, (_, i) => i);
    assert.deepEqual(results, all);
    assert.deepEqual(order, all);
  });
}
