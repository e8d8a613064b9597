// `jackfield emit` and `jackfield listen` as a script sees them: arguments in, lines out, status.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server } from "socket.io";

const program = process.env.JACKFIELD;
const folder = mkdtempSync(join(tmpdir(), "jackfield-"));
const http = createServer(), io = new Server(http), arrived = [], arrivals = new EventEmitter();
let url;

before(async () => {
  io.on("connection", (s) => {
    s.onAny((name, ...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
      arrived.push([name, ...args]);
      arrivals.emit("one");
      if (name === "echo") ack?.(...args);
    });
  });
  io.of("/guarded").use((s, next) => next(s.handshake.auth.token === "x" && s.handshake.headers["x-kit"] === "here" ? undefined
    : Object.assign(new Error("not you"), { data: { code: 7 } })));
  io.of("/guarded").on("connection", (s) => s.on("who", (ack) => ack(s.handshake.auth, s.handshake.headers["x-kit"], s.conn.transport.name)));
  await new Promise((ok) => http.listen(0, "127.0.0.1", ok));
  url = `http://127.0.0.1:${http.address().port}`;
});
after(() => {
  io.close();
  http.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Runs it to its end. */
async function run(args, input = "") {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  child.stdin.on("error", () => {});   // it may end without reading
  child.stdin.end(input);
  const [status] = await once(child, "close");
  return { status, err, lines: out.split("\n").filter(Boolean).map((l) => JSON.parse(l)) };
}

/** Runs `listen` and resolves once it is connected. */
async function listening(args) {
  const child = spawn(program, ["listen", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const it = { child, out: "", err: "", closed: once(child, "close") };
  child.stdout.on("data", (d) => (it.out += d));
  await new Promise((ok) => child.stderr.on("data", (d) => { it.err += d; if (/connected as/.test(it.err)) ok(); }));
  it.lines = () => it.out.split("\n").filter(Boolean).map((l) => JSON.parse(l));
  return it;
}

test("emit: JSON, text and files as arguments, the answer as a line", async () => {
  const file = join(folder, "bytes");
  writeFileSync(file, Buffer.from([0, 255, 10]));
  const r = await run(["emit", url, "echo", "--ack", "1", "text", '"text"', '{"a":[null,true]}', `@${file}`, "@-", '{"$bin":"AQI="}'], "in");
  const bin = (...b) => ({ $bin: Buffer.from(b).toString("base64") });
  assert.deepEqual(r, { status: 0, err: "", lines: [[1, "text", "text", { a: [null, true] }, bin(0, 255, 10), bin(105, 110), bin(1, 2)]] });
});

test("emit without an answer: it has arrived when the program ends", async () => {
  for (const transport of ["polling", "websocket"]) {
    arrived.length = 0;
    const first = once(arrivals, "one", { signal: AbortSignal.timeout(5000) });   // this process may read it after that one's end
    const r = await run(["emit", url, "news", `${transport}`, "--transport", transport]);
    assert.deepEqual(r, { status: 0, err: "", lines: [] });
    await first;
    assert.deepEqual(arrived, [["news", transport]]);
  }
});

test("emit: no answer in time, nobody there, refused: status 1 and a sentence", async () => {
  const late = await run(["emit", url, "silence", "--ack", "--timeout", "0.5"]);
  assert.equal(late.status, 1);
  assert.match(late.err, /^jackfield: not done in time \(--timeout\)\n$/);
  const nobody = await run(["emit", "http://127.0.0.1:1", "x"]);
  assert.equal(nobody.status, 1);
  assert.match(nobody.err, /^jackfield: not connected: .*127\.0\.0\.1/);
  const refused = await run(["emit", `${url}/guarded`, "x"]);
  assert.deepEqual(refused, { status: 1, err: "jackfield: not connected: not you\n", lines: [] });
});

test("emit: namespace, auth, header and transport are what was asked for", async () => {
  const r = await run(["emit", `${url}/guarded`, "who", "--ack", "--auth", '{"token":"x"}', "--header", "X-Kit: here", "--transport", "websocket"]);
  assert.deepEqual(r.lines, [[{ token: "x" }, "here", "websocket"]]);
});

test("wrong usage: status 2, or 1 with the reason", async () => {
  assert.equal((await run(["emit"])).status, 2);
  assert.equal((await run(["emit", url, "x", "--transport", "pigeon"])).status, 2);
  for (const [args, why] of [
    [["emit", "nowhere", "x"], /does not begin with http/], [["emit", url, "x", "--auth", "1"], /--auth is no JSON object/],
    [["emit", url, "x", "--header", "none"], /is not "Name: value"/], [["emit", url, "x", `@${folder}/missing`], /cannot be read/],
    [["emit", url, "connect"], /reserved/], [["emit", url, "x", '{"$bin":"?"}'], /not base64/],
  ]) {
    const r = await run(args);
    assert.equal(r.status, 1, args.join(" "));
    assert.match(r.err, why);
  }
});

test("listen: a line for each event, bytes too; ends after so many", async () => {
  const l = await listening([url, "--count", "2"]);
  io.emit("news", "é", { n: 1 });
  io.emit("bytes", Buffer.from([1, 2]));
  assert.deepEqual(await l.closed, [0, null]);
  assert.deepEqual(l.lines(), [{ event: "news", args: ["é", { n: 1 }] }, { event: "bytes", args: [{ $bin: "AQI=" }] }]);
});

test("listen: only the events that were named, and an answer for them", async () => {
  const l = await listening([url, "wanted", "--answer", "yes", "--answer", "[1]", "--count", "1"]);
  io.emit("other");
  const [answer] = await Promise.all([io.timeout(10_000).emitWithAck("wanted", 1), l.closed]);
  assert.deepEqual(answer, ["yes"]);
  assert.deepEqual(l.lines(), [{ event: "wanted", args: [1] }]);
});

test("listen: a signal ends it with status 0, the server with 1; a cut does not", async () => {
  const signalled = await listening([url]);
  signalled.child.kill("SIGTERM");
  assert.deepEqual(await signalled.closed, [0, null]);

  const cut = await listening([url]);
  const back = new Promise((ok) => io.once("connection", ok));
  for (const s of io.sockets.sockets.values()) s.conn.close();
  await back;
  const line = once(cut.child.stdout, "data", { signal: AbortSignal.timeout(5000) });
  io.emit("after", 1);
  await line;
  assert.deepEqual(cut.lines(), [{ event: "after", args: [1] }]);
  assert.match(cut.err, /disconnected: transport close/);
  io.disconnectSockets();
  assert.deepEqual(await cut.closed, [1, null]);
  assert.match(cut.err, /disconnected: io server disconnect/);

  const refused = await run(["listen", `${url}/guarded`]);
  assert.deepEqual(refused, { status: 1, err: 'jackfield: not connected: not you {"code":7}\n', lines: [] });
});
