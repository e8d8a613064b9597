// TLS in front of everything: the official clients over https and wss, sessions resumed, certificates of servers and clients, a new
// certificate without a restart, and those who do not speak TLS at all.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import tls from "node:tls";
import { io } from "socket.io-client";
import { Authority } from "./certificates.mjs";
import { Target } from "./target.mjs";

const limit = { timeout: 30_000 };
const authority = new Authority(), ca = authority.pem;
const live = { cert: join(authority.dir, "live.pem"), key: join(authority.dir, "live.key") };   // replaced by the reload test
const install = (pair) => { copyFileSync(pair.cert, live.cert); copyFileSync(pair.key, live.key); };
install(authority.vouch("site"));

let matrix, closed;
before(async () => {
  [matrix, closed] = await Promise.all([
    Target.start("matrix", process.env.FIXTURE, ["--tls-cert", live.cert, "--tls-key", live.key]),
    Target.start("matrix", process.env.FIXTURE, ["--tls-cert", live.cert, "--tls-key", live.key, "--tls-client-ca", authority.cert])]);
});
after(() => Promise.all([matrix, closed].map((t) => t?.stop())));

const made = [];
afterEach(() => { for (const s of made.splice(0)) { s.disconnect?.(); s.destroy?.(); } });
const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const ask = (s, ...args) => s.timeout(10_000).emitWithAck(...args);
const url = (target, host = "127.0.0.1") => `https://${host}:${target.port}`;

function client(options = {}, target = matrix, host) {
  const s = io(url(target, host), { forceNew: true, reconnection: false, ca, ...options });
  made.push(s);
  return s;
}
async function connected(options, target, host) {
  const s = client(options, target, host);
  await new Promise((ok, no) => { s.once("connect", ok); s.once("connect_error", no); });
  return s;
}
async function raw(options = {}, target = matrix) {
  const s = tls.connect({ port: target.port, host: "127.0.0.1", ca, ...options });
  made.push(s);
  s.on("error", () => {});
  await new Promise((ok, no) => { s.once("secureConnect", ok); s.once("error", no); s.once("close", () => no(new Error("closed"))); });
  return s;
}
const openssl = (...args) => new Promise((ok) => {
  const p = execFile("openssl", args, { timeout: 20_000 }, (error, out, err) => ok({ code: error?.code ?? 0, out: out + err }));
  p.stdin.end();
});

for (const [way, transports] of [["polling", ["polling"]], ["websocket", ["websocket"]], ["upgrade", ["polling", "websocket"]]]) {
  test(`${way}: texts, binary, rooms and a megabyte`, limit, async () => {   // S40
    const s = await connected({ transports });
    if (way === "upgrade" && s.io.engine.transport.name !== "websocket") await event(s.io.engine, "upgrade");
    const back = await new Promise((ok) => s.emit("echo", 1, "zażółć 😀", { x: [Buffer.from([1, 2]), null] }, (...all) => ok(all)));
    assert.deepEqual(back, [1, "zażółć 😀", { x: [Buffer.from([1, 2]), null] }]);
    assert.equal(await ask(s, "text-get", 1_000_000), "x".repeat(1_000_000));
    assert.equal((await ask(s, "bin-check", Buffer.alloc(1_000_000, 7))).len, 1_000_000);
    const other = await connected({ transports });
    await Promise.all([ask(s, "join", `tls ${way}`), ask(other, "join", `tls ${way}`)]);
    const heard = Promise.all([event(s, "said"), event(other, "said")]);
    s.emit("say", `tls ${way}`, "all");
    assert.deepEqual((await heard).map(([m]) => m.data), ["all", "all"]);
    assert.deepEqual(await ask(s, "tls"), { secure: true, version: "TLSv1.3" });   // P159
  });
}

test("a client that trusts another authority does not connect", limit, async () => {
  const [error] = await event(client({ ca: new Authority("stranger").pem, transports: ["websocket"] }), "connect_error");
  assert.match(String(error.description?.message ?? error.message), /self.signed|certificate/);
});

test("what forwarding headers say does not make a connection secure", limit, async () => {   // P159
  const plain = await Target.start("matrix");
  try {
    const s = io(plain.url, { forceNew: true, reconnection: false, extraHeaders: { "x-forwarded-proto": "https" } });
    made.push(s);
    await event(s, "connect");
    assert.deepEqual(await ask(s, "tls"), { secure: false });
  } finally {
    await plain.stop();
  }
});

test("clients with a certificate are known by it, others are refused", limit, async () => {
  const me = authority.vouch("sensor 7", "URI:spiffe://plant/7");
  const pair = { cert: readFileSync(me.cert), key: readFileSync(me.key) };
  for (const transports of [["polling"], ["websocket"]]) {
    const s = await connected({ transports, ...pair }, closed);
    assert.deepEqual(await ask(s, "tls"), { secure: true, version: "TLSv1.3", peer: "CN=sensor 7" });
    await assert.rejects(connected({ transports }, closed));
  }
  const stranger = new Authority("stranger").vouch("nobody");
  await assert.rejects(connected({ transports: ["websocket"], cert: readFileSync(stranger.cert), key: readFileSync(stranger.key) }, closed));
});

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  test(`${version}: a session is resumed`, limit, async () => {   // S40
    const first = await raw({ minVersion: version, maxVersion: version });
    assert.equal(first.isSessionReused(), false);
    let session = first.getSession();
    if (version === "TLSv1.3") [session] = await event(first, "session");   // comes behind the handshake
    first.end();
    const second = await raw({ minVersion: version, maxVersion: version, session });
    assert.equal(second.isSessionReused(), true);
  });
}

test("openssl s_client reconnects five times with one session", limit, async () => {
  const r = await openssl("s_client", "-connect", `127.0.0.1:${matrix.port}`, "-CAfile", authority.cert, "-tls1_2", "-reconnect");
  assert.equal(r.out.match(/^Reused, TLSv1\.2/gm)?.length, 5, r.out);
});

test("TLS 1.1 is refused, and so are ciphers without forward secrecy", limit, async () => {   // S40
  const at = ["s_client", "-connect", `127.0.0.1:${matrix.port}`];
  for (const how of [["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"]]) {
    const r = await openssl(...at, ...how);
    assert.notEqual(r.code, 0);
    assert.match(r.out, /alert|no protocols|handshake failure/);
  }
});

test("renegotiation is refused", limit, async () => {   // S40
  const s = await raw({ maxVersion: "TLSv1.2" });
  const error = await new Promise((ok) => { s.renegotiate({}, ok); s.once("close", () => ok(new Error("closed"))); });
  assert.ok(error);
});

test("ALPN: http/1.1 is agreed on, h2 alone is refused", limit, async () => {   // S40
  assert.equal((await raw({ ALPNProtocols: ["h2", "http/1.1"] })).alpnProtocol, "http/1.1");
  await assert.rejects(raw({ ALPNProtocols: ["h2"] }));
});

test("HTTP without TLS is told so, garbage is closed", limit, async () => {
  const answer = async (bytes) => {
    const s = net.connect(matrix.port, "127.0.0.1");
    made.push(s);
    s.on("error", () => {});
    let got = "";
    s.on("data", (d) => { got += d; });
    s.write(bytes);
    await once(s, "close");
    return got;
  };
  assert.match(await answer("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 [^]*use https:\/\//);
  for (const bytes of [Buffer.alloc(600), Buffer.from("SSH-2.0-x\r\n"), Buffer.from([0x16, 3, 1, 0x40, 0, ...Buffer.alloc(0x4000, "x")])]) await answer(bytes);
  assert.ok((await connected()).connected);
});

test("two hundred handshakes that never go on do not keep others out", limit, async () => {   // S5 S40
  const hello = await new Promise((ok) => {
    const trap = net.createServer((s) => s.once("data", (d) => { ok(d); s.destroy(); trap.close(); })).listen(0, "127.0.0.1", () => tls.connect(trap.address().port, "127.0.0.1").on("error", () => {}));
  });
  const slow = Array.from({ length: 200 }, (_, i) => {
    const s = net.connect(matrix.port, "127.0.0.1");
    made.push(s);
    s.on("error", () => {});
    s.write(hello.subarray(0, 1 + (i % (hello.length - 1))));
    return s;
  });
  await Promise.all(slow.map((s) => once(s, "connect")));
  const s = await connected();
  assert.deepEqual(await ask(s, "tls"), { secure: true, version: "TLSv1.3" });
  assert.ok(slow.every((one) => !one.destroyed));
});

test("both ends say that it is the end", limit, async () => {
  const s = await raw({ allowHalfOpen: true });
  s.write("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  s.resume();
  await once(s, "end");
  const r = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${matrix.port}`, "-quiet", "-no_ign_eof"], { stdio: ["pipe", "ignore", "pipe"] });
  let err = "";
  r.stderr.on("data", (d) => { err += d; });
  r.stdin.write("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [code] = await once(r, "close");
  assert.doesNotMatch(err, /unexpected eof/);
  assert.equal(code, 0, err);
});

test("SIGHUP: newcomers get the new certificate, who is connected stays; a bad one is refused", limit, async () => {   // S40
  const subject = async () => (await raw()).getPeerCertificate().subject.CN;
  const stays = await connected({ transports: ["websocket"] });
  assert.equal(await subject(), "site");
  const reload = async () => {
    const said = matrix.says(/^(RELOADED|REFUSED .*)$/m);
    process.kill(matrix.pid, "SIGHUP");
    return (await said)[1];
  };
  install(authority.vouch("site of tomorrow"));
  assert.equal(await reload(), "RELOADED");
  assert.equal(await subject(), "site of tomorrow");
  writeFileSync(live.key, readFileSync(authority.key));
  assert.match(await reload(), /^REFUSED port \d+: the private key .* is not the key of the certificate /);
  writeFileSync(live.cert, "nonsense");
  assert.match(await reload(), /^REFUSED .*no readable PEM certificate/);
  assert.equal(await subject(), "site of tomorrow");
  assert.deepEqual(await ask(stays, "tls"), { secure: true, version: "TLSv1.3" });
});
