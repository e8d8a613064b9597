// WebSocket, upgrade and heartbeat of Engine.IO on the wire.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Connection, eventually, Polling, request, SEPARATOR, Ws } from "./raw.mjs";
import { ours, Target } from "./target.mjs";

let engine, open, matrix;
before(async () => { [engine, open, matrix] = await Promise.all([Target.start("engine-protocol"), Target.start("open"), Target.start("matrix")]); });
after(() => Promise.all([engine, open, matrix].map((t) => t?.stop())));

const limit = { timeout: 10_000 };
const candidate = (p, options) => Ws.open(`ws://127.0.0.1:${p.port}${p.target.replace("transport=polling", "transport=websocket")}`, options);

async function upgraded(port, path, query) {
  const p = await Polling.open(port, path, query);
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  w.send("5");
  return { p, w };
}

test("one packet per frame; binary has no prefix", limit, async () => {   // P53
  const w = await Ws.engine(engine.port);
  w.send("4text", Buffer.from([1, 2, 3, 4]), "4日本 😀");
  assert.equal(await w.next(), "4text");
  assert.deepEqual(await w.next(), Buffer.from([1, 2, 3, 4]));
  assert.equal(await w.next(), "4日本 😀");
  w.close();
});

test("an empty binary message comes back empty", limit, async () => {   // P53
  const w = await Ws.engine(engine.port);
  w.send(Buffer.alloc(0), "4x");
  assert.deepEqual(await w.next(), Buffer.alloc(0));
  assert.equal(await w.next(), "4x");
  w.close();
});

test("a session opened with b64=1 gets binary as text", limit, async () => {   // P55
  const w = await Ws.engine(engine.port, "/engine.io/", "&b64=1");
  w.send(Buffer.from([1, 2, 3, 4]));
  assert.equal(await w.next(), "bAQIDBA==");
  w.close();
});

test("b-texts are taken as binary from anybody", limit, async () => {   // P56
  const w = await Ws.engine(engine.port);
  w.send("bAQIDBA==");
  assert.deepEqual(await w.next(), Buffer.from([1, 2, 3, 4]));
  w.close();
});

test("a message over the limit closes with 1009, one at the limit does not", limit, async () => {   // P57 S12
  const w = await Ws.engine(engine.port);
  w.send(`4${"x".repeat(999_999)}`);
  assert.equal((await w.next()).length, 1_000_000);
  w.send(`4${"x".repeat(1_000_000)}`);
  assert.equal((await w.closed).code, 1009);
});

test("fragments count together", limit, async () => {   // P57 S12
  const w = await Ws.engine(engine.port);
  w.socket.send("4", { fin: false });
  for (let i = 0; i < 11; i++) w.socket.send("x".repeat(100_000), { fin: false });
  assert.equal((await w.closed).code, 1009);
});

for (const text of ["9", "", "x", "\u00e9"]) {
  test(`the undecodable text ${JSON.stringify(text)} closes the session`, limit, async () => {   // P58 S21
    const w = await Ws.engine(engine.port);
    w.send(text);
    await w.closed;
    assert.equal((await request(engine.port, "GET", `/engine.io/?EIO=4&transport=websocket&sid=${w.handshake.sid}`)).json().code, 1);
  });
}

test("0, 1, 5 and 6 from the client do not break an established WebSocket", limit, async () => {   // P59
  const w = await Ws.engine(engine.port);
  w.send("0", "5", "6", "1", "4alive");
  assert.equal(await w.next(), "4alive");
  w.close();
});

for (const text of ["2", "2probe"]) {
  test(`${text} from the client of an established WebSocket ends it`, limit, async () => {   // P47
    const w = await Ws.engine(engine.port);
    w.send(text);
    await w.closed;
  });
}

test("the server's close is a WebSocket close", limit, async () => {   // P60
  const w = await Ws.engine(matrix.port, "/socket.io/");
  w.send("40");
  await w.next();
  w.send('42["drop"]');
  const { code } = await w.closed;
  assert.ok(code === 1005 || code === 1000, `close code ${code}`);
});

test("the first offered subprotocol is taken", limit, async () => {   // P61
  const w = await Ws.engine(engine.port, "/engine.io/", "", { protocols: ["one", "two"] });
  assert.equal(w.socket.protocol, "one");
  w.close();
});

test("permessage-deflate is not agreed on by default, and is where it is on", limit, async () => {   // P62 S17
  const plain = await Ws.engine(engine.port, "/engine.io/", "", { perMessageDeflate: true });
  assert.equal(plain.socket.extensions, "");
  plain.close();
  const echo = await Target.start("ws-echo");
  const w = await Ws.open(echo.url.replace("http", "ws"), { perMessageDeflate: { threshold: 0 } });
  assert.match(w.socket.extensions, /permessage-deflate/);
  for (const text of ["", "x", "hello ".repeat(20_000)]) {
    w.send(text);
    assert.equal(await w.next(), text);
  }
  w.close();
  await echo.stop();
});

// ---- heartbeat: the profile pings every 300 ms and waits 200 ms

test("a ping comes after the interval, the next one an interval after the pong", limit, async () => {   // P63
  const w = await Ws.engine(engine.port, "/engine.io/", "", { pong: false });
  const opened = performance.now();
  assert.equal(await w.next(), "2");
  const first = performance.now();
  assert.ok(first - opened > 250, `${first - opened} ms`);
  await new Promise((ok) => setTimeout(ok, 100));   // time is what is tested: counted from the ping, the next one would be early
  w.send("3");
  const answered = performance.now();
  assert.equal(await w.next(), "2");
  assert.ok(performance.now() - answered > 250, `${performance.now() - answered} ms behind the pong`);
  w.close();
});

test("no pong: a WebSocket is closed, a polling session forgotten", limit, async () => {   // P64 P65
  const w = await Ws.engine(engine.port, "/engine.io/", "", { pong: false });
  assert.equal(await w.next(), "2");
  const talk = setInterval(() => w.send("4ordinary traffic does not help"), 50);
  const pinged = performance.now();
  await w.closed;
  clearInterval(talk);
  assert.ok(performance.now() - pinged < 2000);
  const p = await Polling.open(engine.port);
  assert.equal((await p.get()).text, "2");
  const r = await eventually(() => p.post("4x"), (r) => r.status === 400);
  assert.equal(r.json().code, 1);
});

test("the heartbeat goes on across an upgrade", limit, async () => {   // P66
  const { w } = await upgraded(engine.port);
  w.socket.removeAllListeners("message");
  const pings = [];
  await new Promise((ok) => w.socket.on("message", (d) => { if (String(d) === "2") { pings.push(1); w.send("3"); if (pings.length === 3) ok(); } }));
  w.send("4still here");
  w.close();
});

// ---- upgrade

test("the probe is answered, and a parked GET released with 6", limit, async () => {   // P70
  const p = await Polling.open(open.port, "/socket.io/");
  const parked = await p.park();
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  const probed = performance.now();
  assert.equal((await parked.answer()).text, "6");
  assert.ok(performance.now() - probed < 1000);
  w.send("5", "40");
  assert.match(await w.next(), /^40/);
  w.close();
  parked.close();
});

test("a GET that comes after the probe is released too", limit, async () => {   // P71
  const p = await Polling.open(open.port, "/socket.io/");
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  const asked = performance.now();
  assert.equal((await p.get()).text, "6");
  assert.ok(performance.now() - asked < 1000);
  w.close();
});

test("after the upgrade messages use the WebSocket and polling is refused", limit, async () => {   // P72
  const { p, w } = await upgraded(open.port, "/socket.io/");
  w.send("40");
  assert.match(await w.next(), /^40/);
  const r = await p.get();
  assert.equal(r.status, 400);
  assert.deepEqual(r.json(), { code: 3, message: "Bad request" });
  assert.equal((await p.post("4x")).status, 400);
  w.send('420["echo",1]');
  assert.equal(await w.next(), "430[1]");
  w.close();
});

test("what the server sends between the last poll and 5 arrives behind 5, in order, once", limit, async () => {   // P73
  const p = await Polling.open(open.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  await p.post(Array.from({ length: 50 }, (_, i) => `42["echo",${i}]`).join(SEPARATOR));
  w.send("5");
  for (let i = 0; i < 50; i++) assert.equal(await w.next(), `42["echo",${i}]`);
  for (let i = 0; i < 50; i++) w.send(`42["echo","w${i}"]`);
  for (let i = 0; i < 50; i++) assert.equal(await w.next(), `42["echo","w${i}"]`);
  w.close();
});

for (const first of ["4early", "6", "1", "nonsense"]) {
  test(`${JSON.stringify(first)} before the upgrade closes the candidate only`, limit, async () => {   // P74 S22
    const p = await Polling.open(open.port, "/socket.io/");
    const w = await candidate(p);
    w.send(first);
    await w.closed;
    await p.post("40");
    assert.match((await p.packets())[0], /^40/);
    const again = await candidate(p);
    again.send("2probe");
    assert.equal(await again.next(), "3probe");
    again.close();
  });
}

test("a second WebSocket during an upgrade is closed, and the first goes on", limit, async () => {   // P75 S22
  const p = await Polling.open(open.port, "/socket.io/");
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  const second = await candidate(p).catch(() => null);
  if (second) await second.closed;
  w.send("5", "40");
  assert.match(await w.next(), /^40/);
  w.close();
});

test("a second WebSocket after the upgrade is closed, and the session goes on", limit, async () => {   // P75 S22
  const { p, w } = await upgraded(open.port, "/socket.io/");
  w.send("40");
  assert.match(await w.next(), /^40/);
  const second = await candidate(p).catch(() => null);
  if (second) await second.closed;
  w.send('420["echo",1]');
  assert.equal(await w.next(), "430[1]");
  w.close();
});

test("a candidate that dies leaves the session on polling", limit, async () => {   // P76 P81
  const p = await Polling.open(open.port, "/socket.io/");
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  w.socket.terminate();
  await p.post("40");
  const packets = [];
  while (!packets.some((x) => x.startsWith("40"))) packets.push(...await p.packets());
});

test("a session that ends during the upgrade takes the candidate with it", limit, async () => {   // P77
  const p = await Polling.open(open.port, "/socket.io/");
  const w = await candidate(p);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  await p.post("1");
  await w.closed;
});

test("a WebSocket with transport=polling never becomes a session", limit, async () => {   // P16
  const w = await Ws.open(`ws://127.0.0.1:${open.port}/socket.io/?EIO=4&transport=polling`).catch((e) => e);
  if (w instanceof Error) assert.equal(w.status, 400);
  else assert.equal(await w.next(), undefined);
});

// ---- frames that break RFC 6455

const frames = [
  ["an unmasked frame", [0x81, 0x02, 0x34, 0x78], 1002],
  ["a reserved bit", [0xc1, 0x82, 0, 0, 0, 0, 0x34, 0x78], 1002],
  ["a reserved opcode", [0x83, 0x82, 0, 0, 0, 0, 0x34, 0x78], 1002],
  ["a fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002],
  ["a ping of 126 bytes", [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
  ["a continuation of nothing", [0x80, 0x81, 0, 0, 0, 0, 0x34], 1002],
  ["a text inside a fragmented text", [0x01, 0x81, 0, 0, 0, 0, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0x34], 1002],
  ["a close with one byte", [0x88, 0x81, 0, 0, 0, 0, 0x03], 1002],
  ["a close with a code that may not be sent", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xee], 1002],
  ["text that is not UTF-8", [0x81, 0x83, 0, 0, 0, 0, 0x34, 0xc3, 0x28], 1007],
  ["a length with the top bit", [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], ours ? 1002 : 1009],
];
if (ours) frames.push(["a length not in its shortest form", [0x81, 0xfe, 0, 2, 0, 0, 0, 0, 0x34, 0x78], 1002]);

for (const [what, bytes, code] of frames) {
  test(`${what} closes with ${code}`, limit, async () => {   // S11 S14 S15
    const w = await Ws.engine(engine.port);
    w.socket._socket.write(Buffer.from(bytes));
    assert.equal((await w.closed).code, code);
  });
}

test("a client's close is answered with its code", limit, async () => {   // S15
  const w = await Ws.engine(engine.port);
  w.socket.close(4321, "bye");
  assert.equal((await w.closed).code, 4321);
});

test("a WebSocket ping is answered with its bytes", limit, async () => {   // S16
  const w = await Ws.engine(engine.port);
  const pong = new Promise((ok) => w.socket.once("pong", (d) => ok(d.toString())));
  w.socket.ping("are you there");
  assert.equal(await pong, "are you there");
  w.close();
});

test("text cut inside a character and a message of many fragments come back whole", limit, async () => {   // S13 S14
  const w = await Ws.engine(engine.port);
  const bytes = Buffer.from("4日本 😀");
  bytes.forEach((b, i) => w.socket.send(Buffer.from([b]), { binary: false, fin: i === bytes.length - 1 }));
  assert.equal(await w.next(), "4日本 😀");
  w.close();
});

test("one connection can serve plain requests and then become a WebSocket", limit, async () => {   // S10
  const c = await Connection.open(engine.port);
  assert.equal((await c.request("GET", "/engine.io/?EIO=4&transport=polling").answer()).status, 200);
  c.request("GET", "/engine.io/?EIO=4&transport=websocket", { headers: { Upgrade: "websocket", Connection: "keep-alive, Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13" } });
  assert.equal((await c.answer()).status, 101);
  c.close();
});
