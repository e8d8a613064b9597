// Servers that are none, servers that mean harm, and commands that ask for what cannot be: each ends soon, with a sentence and a status.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, test } from "node:test";
import { Authority } from "../conformance/certificates.mjs";
import { bench, binary, limit, Official, run, scratch } from "./bench.mjs";

const short = ["--seconds", "0.3", "--warmup", "0.1"];
let stop = [];
afterEach(async () => { for (const s of stop.splice(0)) await s(); });

/** A TCP server that does what it likes with a line. */
async function rogue(handle) {
  const lines = new Set();
  const server = createServer((line) => {
    lines.add(line);
    line.on("error", () => {}).on("close", () => lines.delete(line));
    handle(line);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stop.push(async () => { for (const l of lines) l.destroy(); await new Promise((ok) => server.close(ok)); });
  return `http://127.0.0.1:${server.address().port}`;
}

const head = (status, ...more) => `HTTP/1.1 ${status}\r\n${more.map((m) => m + "\r\n").join("")}\r\n`;
const answering = (text) => (line) => line.once("data", () => line.write(text));
const switching = head("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
const frame = (text) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
const open = frame('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');

for (const [what, handle, kind, args] of [
  ["closes at once", (line) => line.end(), "closed"],
  ["resets at once", (line) => line.resetAndDestroy(), "reset"],
  ["says nothing", () => {}, "timed_out"],
  ["speaks another protocol", (line) => line.write("220 mail.example.com ESMTP\r\n"), "protocol"],
  ["has no such path", answering(head("404 Not Found", "Content-Length: 4") + "nope"), "http_status"],
  ["has an endless head", answering(`HTTP/1.1 101 x\r\nx: ${"x".repeat(100_000)}`), "protocol"],
  ["upgrades with a wrong key", answering(switching.replace("s3p", "S3p")), "protocol"],
  ["sends no frames", answering(switching + "\xff\xff\xff\xff"), "protocol"],
  ["sends a frame of an exabyte", (line) => line.once("data", () => line.write(Buffer.concat([Buffer.from(switching), Buffer.from([0x82, 127, 16, 0, 0, 0, 0, 0, 0, 0])]))), "protocol"],
  ["sends no Engine.IO", (line) => line.once("data", () => line.write(Buffer.concat([Buffer.from(switching), frame("hello")]))), "protocol"],
  ["sends no Socket.IO", (line) => line.once("data", () => line.write(Buffer.concat([Buffer.from(switching), open, frame("4{{{")]))), "protocol"],
  ["polls with an endless body", answering(head("200 OK", "Content-Length: 999999999999")), "protocol", ["poll"]],
  ["polls with more behind the last chunk", answering(head("200 OK", "Transfer-Encoding: chunked") + "0\r\nok\r\n2\r\n\r\xaf\r\n\r\n"), "protocol", ["poll"]],
  ["polls with no open packet", answering(head("200 OK", "Content-Length: 5") + "hello"), "protocol", ["poll"]],
  ["polls with a redirect", answering(head("302 Found", "Location: http://example.com/", "Content-Length: 0")), "http_status", ["poll"]]]) {
  test(`a server that ${what}: ${kind}`, limit, async () => {
    const url = await rogue(handle);
    const r = await bench(...(args ?? ["echo"]), url, "-c", 3, "--connect-timeout", "0.5", ...short);
    assert.equal(r.code, 1, r.out + r.err);
    assert.equal(r.first.connect.failures[kind], 3, JSON.stringify(r.first.connect));
    assert.match(r.first.failure, /^Nobody could connect to http:\/\/127\.0\.0\.1:\d+: /);
  });
}

test("what a server says does not reach the terminal as it is", limit, async () => {
  const url = await rogue(answering(head("403 Forbidden", "Content-Length: 12") + "\x1b[31mred\n\x07\x00\x7f"));
  const r = await bench("echo", url, "-c", 1, ...short);
  assert.equal(r.code, 1);
  assert.doesNotMatch(r.out + r.err, /[\x00-\x09\x0b-\x1f\x7f]/);
  assert.match(r.first.connect.first_words.http_status, /^403 /);
});

test("a server that never reads does not eat this machine's memory", { timeout: 120_000 }, async () => {
  const url = await rogue((line) => {
    line.once("data", () => {
      line.write(Buffer.concat([Buffer.from(switching), open, frame('40{"sid":"x"}')]));
      line.pause();
    });
  });
  const r = await bench("echo", url, "-c", 1, "--rate", 200, "--size", "1000000", "--patience", "0.3", "--seconds", 2, "--warmup", 0);
  assert.equal(r.code, 1);
  assert.equal(r.first.connect.failures.stalled, 1, JSON.stringify(r.first.connect));
});

test("a flood of pings and events does no harm", limit, async () => {
  const flood = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => (i % 2 ? frame("2") : frame('42["cast","x"]'))));
  const url = await rogue((line) => line.once("data", () => line.write(Buffer.concat([Buffer.from(switching), open, frame('40{"sid":"x"}'), flood]))));
  const r = await bench("cast", url, "-c", 2, "--rate", 10, "--patience", "0.2", ...short);
  assert.equal(r.code, 1);
  assert.equal(r.first.heartbeats, 20_000);
  assert.equal(r.first.copies.received, 0);
});

test("nobody listens", limit, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((ok) => server.close(ok));
  const r = await bench("echo", `http://127.0.0.1:${port}`, "-c", 3, ...short);
  assert.equal(r.code, 1);
  assert.match(r.first.failure, /refused 3 \(Connection refused\)/);
});

test("http to a TLS listener, https to a plain one, a certificate for another host", limit, async () => {
  const authority = new Authority("hostile authority");
  const secure = await Official.start({ tls: authority.vouch("other", "DNS:example.com") });
  const plain = await Official.start();
  stop.push(() => secure.stop(), () => plain.stop());
  const a = await bench("echo", secure.url.replace("https", "http"), "-c", 1, ...short);
  assert.equal(a.code, 1);
  const b = await bench("echo", plain.url.replace("http", "https"), "-c", 1, "--tls-insecure", ...short);
  assert.equal(b.code, 1);
  assert.equal(b.first.connect.failures.tls, 1);
  const c = await bench("echo", secure.url, "-c", 1, "--tls-ca", authority.cert, ...short);
  assert.equal(c.code, 1);
  assert.match(c.first.failure, /tls 1 \(.*example\.com/);
});

for (const [what, args, named] of [
  ["no such scenario", ["ech"], /no scenario 'ech'/],
  ["a URL without a scheme", ["echo", "localhost:3000"], /scheme/],
  ["a scheme that is none", ["echo", "ftp://localhost"], /scheme/],
  ["a port that is none", ["echo", "http://127.0.0.1:70000"], /port/],
  ["a host that does not exist", ["echo", "http://no-such-host.invalid:1"], /cannot be found/],
  ["somebody else's server", ["echo", "http://192.0.2.1:80"], /--i-own-this-server/],
  ["two targets", ["http://127.0.0.1:1", "http://127.0.0.1:2"], /two targets/],
  ["a payload too short for its stamp", ["echo", "http://127.0.0.1:1", "--size", "10"], /--size/],
  ["more threads than clients", ["echo", "http://127.0.0.1:1", "-c", "2", "--threads", "4"], /threads/],
  ["no number", ["echo", "http://127.0.0.1:1", "-c", "many"], /connections/],
  ["no time at all", ["echo", "http://127.0.0.1:1", "--seconds", "0"], /seconds/],
  ["hours", ["echo", "http://127.0.0.1:1", "--seconds", "100000"], /seconds/],
  ["auth that is no JSON", ["echo", "http://127.0.0.1:1", "--auth", "{"], /--auth/],
  ["casts of another scenario", ["echo", "http://127.0.0.1:1", "--casts", "3"], /--casts/],
  ["gigabytes under way", ["echo", "http://127.0.0.1:1", "--in-flight", "100000", "--size", "1000000"], /GiB/],
  ["TLS options without TLS", ["echo", "http://127.0.0.1:1", "--tls-insecure"], /https/],
  ["a baseline that is not there", ["capacity", "http://127.0.0.1:1", "--compare", "/no/such/file"], /compare/]]) {
  test(`${what} is refused with status 2`, limit, async () => {   // S48
    const r = await run(binary, "bench", ...args);
    assert.equal(r.code, 2, r.out + r.err);
    assert.match(r.out + r.err, named);
    assert.ok((r.out + r.err).trim().split("\n").length <= 2, r.out + r.err);
  });
}

test("a report that cannot be written is a sentence", limit, async () => {
  const served = await Official.start();
  stop.push(() => served.stop());
  const r = await run(binary, "bench", "echo", served.url, "-c", "1", "--seconds", "0.1", "--warmup", "0", "--html", "/no/such/folder/report.html");
  assert.equal(r.code, 1);
  assert.match(r.err, /cannot write \/no\/such\/folder/);
});

// Not for a process that may raise the hard limit: setpriv takes that away.
const unprivileged = process.getuid() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
const limited = (soft, hard, ...args) => run("prlimit", `--nofile=${soft}:${hard}`, ...unprivileged, binary, "bench", ...args.map(String));

test("too few descriptors: it raises the limit, or says what to do", limit, async () => {
  const served = await Official.start();
  stop.push(() => served.stop());
  const raised = await limited(32, 512, "idle", served.url, "-c", 200, ...short);
  assert.equal(raised.code, 0, raised.out + raised.err);
  const refused = await limited(32, 128, "idle", served.url, "-c", 200, ...short);
  assert.equal(refused.code, 1);
  assert.match(refused.out + refused.err, /128 descriptors.*needs 264.*ulimit -n/);
  assert.equal(served.counts.connections, 200, "nobody came in the second run");
});

test("an interrupted run ends in order, with what it has", limit, async () => {
  const enough = {};
  enough.promise = new Promise((ok) => (enough.resolve = ok));
  let asked = 0;
  const served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => { reply(p); if (++asked === 20) enough.resolve(); }) });
  stop.push(() => served.stop());
  const json = scratch("interrupted.json");
  const child = spawn(binary, ["bench", "echo", served.url, "-c", "2", "--rate", "100", "--warmup", "0", "--seconds", "60", "--json", json], { stdio: "ignore" });
  await enough.promise;
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  assert.equal(code, 130);
  const [first] = JSON.parse(readFileSync(json, "utf8")).runs;
  assert.equal(first.interrupted, true);
  assert.ok(first.delivered >= 19 && first.copies.lost === 0, JSON.stringify(first.copies));
});
