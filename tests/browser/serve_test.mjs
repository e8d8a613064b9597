// The program around the chat: command line, pages over HTTP, how it starts and ends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { io } from "socket.io-client";
import { run, Served } from "./serve.mjs";

let served;
before(async () => { served = await Served.start(); });
after(() => served?.stop());

const limit = { timeout: 20_000 };

/** Node's fetch unpacks by itself and hides what came; this does not. */
function get(url, headers = {}) {
  return new Promise((ok, no) => {
    request(url, { headers, agent: false }, (r) => {
      const parts = [];
      r.on("data", (d) => parts.push(d)).on("end", () => ok({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
    }).on("error", no).end();
  });
}

test("--version says the name and a version", limit, async () => {
  const r = await run("--version");
  assert.equal(r.code, 0);
  assert.match(r.out, /^jackfield \d+\.\d+\.\d+\n$/);
});

// S54
test("a crash would leave no core file", limit, async () => {
  assert.match(readFileSync(`/proc/${served.pid}/limits`, "utf8"), /^Max core file size +0 +0/m);
});

test("--help lists the commands", limit, async () => {
  const r = await run("--help");
  assert.equal(r.code, 0);
  assert.match(r.out, /serve/);
  assert.match((await run("serve", "--help")).out, /--port/);
});

for (const [what, args, named] of [["an unknown option", ["serve", "--prot", "1"], "--prot"], ["a port that is none", ["serve", "--port", "70000"], "--port"],
  ["a port that is no number", ["serve", "--port", "http"], "--port"], ["a log level that is none", ["serve", "--log-level", "loud"], "--log-level"],
  ["an unknown command", ["sevre"], "sevre"], ["no command", [], "subcommand"]]) {
  test(`${what} ends with status 2 and is named`, limit, async () => {   // S48
    const r = await run(...args);
    assert.equal(r.code, 2);
    assert.ok((r.out + r.err).includes(named), r.out + r.err);
  });
}

test("a taken port is one sentence and status 1", limit, async () => {   // S48
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((ok) => other.once("listening", ok));
  const { port } = other.address();
  const r = await run("serve", "--port", String(port));
  other.close();
  assert.equal(r.code, 1);
  assert.equal(r.err.trim().split("\n").length, 1, r.err);
  assert.match(r.err, new RegExp(`:${port}\\b`));
  assert.match(r.err, /in use/);
});

test("an address that is none is one sentence and status 1", limit, async () => {   // S48
  const r = await run("serve", "--host", "not-an-address", "--port", "0");
  assert.equal(r.code, 1);
  assert.equal(r.err.trim().split("\n").length, 1, r.err);
  assert.match(r.err, /not-an-address/);
});

for (const [path, type] of [["/", "text/html"], ["/chat/chat.css", "text/css"], ["/chat/chat.js", "text/javascript"], ["/chat/icon.svg", "image/svg+xml"]]) {
  test(`${path} comes with a strict policy, a tag and gzip`, limit, async () => {
    const plain = await get(served.url + path);
    assert.equal(plain.status, 200);
    assert.ok(plain.headers["content-type"].startsWith(type));
    assert.equal(plain.headers["x-content-type-options"], "nosniff");
    const policy = plain.headers["content-security-policy"];
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(plain.headers["content-encoding"], undefined);
    const packed = await get(served.url + path, { "Accept-Encoding": "br, gzip" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.equal((await get(served.url + path, { "Accept-Encoding": "gzip;q=0" })).headers["content-encoding"], undefined);
    const known = await get(served.url + path, { "If-None-Match": plain.headers.etag });
    assert.equal(known.status, 304);
    assert.equal(known.body.length, 0);
    assert.equal((await get(served.url + path, { "If-None-Match": '"old"' })).status, 200);
  });
}

test("the pages hold no inline script or style", limit, async () => {
  const page = (await get(served.url + "/")).body.toString();
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/i);
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
});

test("other paths are 404", limit, async () => {
  for (const path of ["/chat/", "/chat/none.js", "/index.html", "/chat/../serve.cpp", "/chat/%2e%2e/main.cpp"]) assert.equal((await get(served.url + path)).status, 404, path);
});

test("the official browser client comes with a tag and gzip", limit, async () => {
  const plain = await get(`${served.url}/socket.io/socket.io.js`);
  assert.equal(plain.status, 200);
  assert.equal(plain.headers["content-type"], "application/javascript; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "public, max-age=0");
  const packed = await get(`${served.url}/socket.io/socket.io.js`, { "Accept-Encoding": "gzip" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  assert.equal((await get(`${served.url}/socket.io/socket.io.js`, { "If-None-Match": plain.headers.etag })).status, 304);
  assert.equal((await get(`${served.url}/socket.io/socket.io.js`, { "If-None-Match": `W/${plain.headers.etag}` })).status, 304);
  const map = await get(`${served.url}/socket.io/socket.io.js.map`);
  assert.equal(map.headers["content-type"], "application/json; charset=utf-8");
});

test("--no-chat serves the endpoint and no page", limit, async () => {
  const bare = await Served.start({ args: ["--no-chat"] });
  assert.equal((await get(new URL(bare.url).origin + "/")).status, 404);
  const s = io(new URL(bare.url).origin, { forceNew: true });
  await new Promise((ok, no) => { s.on("connect", ok); s.on("connect_error", no); });
  s.disconnect();
  assert.equal((await bare.stop()).code, 0);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} tells every client and ends with status 0`, limit, async () => {   // S47 P133
    const s = await Served.start();
    const auth = (n) => ({ name: `Visitor ${n}`, key: `0123456789abcdef${n}` });
    const clients = [["websocket"], ["polling"]].map((transports, n) => io(s.url, { transports, auth: auth(n), reconnection: false, forceNew: true }));
    await Promise.all(clients.map((c) => new Promise((ok, no) => { c.on("welcome", ok); c.on("connect_error", no); })));
    const reasons = Promise.all(clients.map((c) => new Promise((ok) => c.on("disconnect", ok))));
    const end = await s.stop(signal);
    assert.deepEqual(end, { code: 0, signal: null });
    assert.deepEqual(await reasons, ["transport close", "transport close"]);
  });
}

test("after SIGKILL it serves again on the same port at once", limit, async () => {   // S48
  const first = await Served.start();
  const s = io(first.url, { auth: { name: "Ada", key: "0123456789abcdefgh" }, reconnectionDelay: 50, forceNew: true });
  await new Promise((ok) => s.once("welcome", ok));
  await first.stop("SIGKILL");
  const killed = performance.now();
  const again = new Promise((ok) => s.once("welcome", ok));
  const second = await Served.start({ port: first.port });
  assert.ok(performance.now() - killed < 2000);
  await again;
  s.disconnect();
  await second.stop();
});

test("what peers send stays out of the log's lines", limit, async () => {   // S42
  const s = await Served.start({ args: ["--log-level", "debug"] });
  await get(`${s.url}/socket.io/?EIO=4&transport=polling%0a%1b[31m&x=${"y".repeat(3000)}`);
  const c = io(s.url, { auth: { name: "A\u001b[31m\nFORGED", key: "0123456789abcdefgh" }, forceNew: true, reconnection: false });
  await new Promise((ok) => c.once("connect_error", ok));
  c.disconnect();
  await s.stop();
  assert.doesNotMatch(s.log, /\u001b|^FORGED|y{1000}/m);
});
