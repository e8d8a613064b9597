// The official MessagePack parser on both ends: socket.io-client with it, or with CLIENT_DRIVER our client, in what applications do;
// and packet by packet against the official codec, raw.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import * as official from "socket.io-client";
import msgpack from "notepack.io";
import * as parser from "socket.io-msgpack-parser";
import { WebSocket } from "ws";
import * as driven from "./driven.mjs";
import { Target, ours } from "./target.mjs";

const { io } = process.env.CLIENT_DRIVER ? driven : official;

let target, recovering;
before(async () => { [target, recovering] = await Promise.all([Target.start("msgpack"), Target.start("msgpack-recovery")]); });
after(async () => {
  await driven.end();
  await Promise.all([target, recovering].map((t) => t?.stop()));
});

const limit = { timeout: 20_000 };
const made = [];
afterEach(() => { for (const s of made.splice(0)) s.disconnect?.() ?? s.close?.(); });

const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const ask = (s, ...args) => s.timeout(10_000).emitWithAck(...args);
const bytes = (n) => Uint8Array.from({ length: n }, (_, i) => i & 255);

function client(path = "/", options = {}, at = target) {
  const s = io(at.url + path, { forceNew: true, parser: parser.default ?? parser, ...options });
  made.push(s);
  return s;
}

/** Lists of numbers in place of every kind of binary, so that what arrived can be compared. */
function plain(v) {
  if (ArrayBuffer.isView(v)) return ["bytes", ...new Uint8Array(v.buffer, v.byteOffset, v.byteLength)];
  if (v instanceof ArrayBuffer) return ["bytes", ...new Uint8Array(v)];
  if (Array.isArray(v)) return v.map(plain);
  return v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)])) : v;
}

// No whole numbers beyond 64 bits: notepack.io garbles them before they are sent.
const arguments_of_all_kinds = [
  0, 1, -1, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER,
  -32, -33, -128, -129, -32_768, -32_769, -2_147_483_648, -2_147_483_649, Number.MIN_SAFE_INTEGER,
  0.5, -1.25, Math.PI, 5e-324, 1.5e-300, true, false, null, "", "text", "x".repeat(31), "x".repeat(32), "x".repeat(255),
  "x".repeat(256), "x".repeat(70_000), "zażółć 日本 😀 \u2028 \\ \" \u0001\u001e\u0000", [], {}, [[], [{}], [[[1]]]], { a: { b: { c: [1, "2", null] } } },
  Array.from({ length: 15 }, (_, i) => i), Array.from({ length: 16 }, (_, i) => i), Array.from({ length: 70_000 }, (_, i) => i % 300),
  Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i])), { "": 1, "with \"quotes\"": 2, __proto: 3 },
];

for (const [way, transports] of [["polling", ["polling"]], ["websocket", ["websocket"]], ["upgrade", ["polling", "websocket"]]]) {
  const connect = async (path, options) => {
    const s = client(path, { transports, ...options });
    [s.welcome] = await event(s, "welcome");
    if (way === "upgrade" && s.io.engine.transport.name !== "websocket") await event(s.io.engine, "upgrade");
    return s;
  };

  test(`${way}: connects, with auth`, limit, async () => {   // P121 P122 P123
    const s = await connect("/", { auth: { token: "é", list: [1, 2.5], nothing: undefined } });
    assert.equal(s.welcome.id, s.id);
    const h = await ask(s, "handshake");
    assert.equal(h.auth.token, "é");
    assert.deepEqual(h.auth.list, [1, 2.5]);
  });

  test(`${way}: every kind of argument, both ways`, limit, async () => {   // P121
    const s = await connect();
    const back = await new Promise((ok) => s.emit("echo", ...arguments_of_all_kinds, (...all) => ok(all)));
    assert.deepEqual(back, arguments_of_all_kinds);
    s.on("question", (v, reply) => reply("got", v, [1, { x: null }]));
    assert.deepEqual(await ask(s, "ask-me", { deep: ["é"] }), { error: null, answers: ["got", { deep: ["é"] }, [1, { x: null }]] });
  });

  test(`${way}: binary anywhere, of any kind and number`, limit, async () => {   // P121
    const s = await connect();
    const sent = [Buffer.from([1, 2, 3]), bytes(300), new Uint16Array([258]).buffer, { deep: [Buffer.alloc(0), { x: Buffer.alloc(70_000, 7) }] },
      ...Array.from({ length: 20 }, (_, i) => Buffer.from([i]))];
    const back = await new Promise((ok) => s.emit("echo", ...sent, (...all) => ok(all)));
    assert.deepEqual(plain(back), plain(sent));
    assert.equal((await ask(s, "bin-check", Buffer.from(bytes(1000)))).len, 1000);
    assert.deepEqual(plain(await ask(s, "bin-get", 300)), ["bytes", ...bytes(300)]);
  });

  test(`${way}: a broadcast reaches everyone in the room`, limit, async () => {   // P121
    const all = await Promise.all([connect(), connect(), connect()]);
    for (const s of all) assert.equal(await ask(s, "join", `room ${way}`), true);
    const heard = all.map((s) => event(s, "said"));
    all[0].emit("say", `room ${way}`, { list: [1, "two"], raw: Buffer.from("z") });
    for (const [said] of await Promise.all(heard)) {
      assert.deepEqual(plain(said.data), { list: [1, "two"], raw: ["bytes", 122] });
      assert.equal(said.from, all[0].id);
    }
    const binary = all.map((s) => event(s, "said-bin"));
    all[1].emit("say-bin", `room ${way}`, 500);
    for (const [said] of await Promise.all(binary)) assert.deepEqual(plain(said.data), ["bytes", ...bytes(500)]);
  });

  test(`${way}: a refusal says why, with data`, limit, async () => {   // P121 P125
    const s = client("/auth", { transports, auth: { token: Buffer.from("key") } });
    const [error] = await event(s, "connect_error");
    assert.equal(error.message, "not authorized");
    assert.equal(error.data.code, "E_AUTH");
    assert.deepEqual(plain(error.data.got), ["bytes", ...Buffer.from("key")]);
    const none = client("/nowhere", { transports });
    assert.equal((await event(none, "connect_error"))[0].message, "Invalid namespace");
    const right = await connect("/auth", { auth: { token: "letmein" } });
    right.emit("kick");
    assert.deepEqual((await event(right, "disconnect"))[0], "io server disconnect");
  });

  test(`${way}: a date arrives as its text, undefined as nothing`, limit, async () => {   // P121
    const s = await connect();
    const when = new Date(1_700_000_000_123);
    const [date, list, object] = await new Promise((ok) => s.emit("echo", when, [undefined], { gone: undefined, here: 1 }, (...all) => ok(all)));
    if (ours || process.env.CLIENT_DRIVER) {   // ours have JSON's values; the reference's have JavaScript's
      assert.equal(date, when.toISOString());
      assert.deepEqual(list, [null]);
      assert.deepEqual(object, { here: 1 });
    } else {
      assert.deepEqual(date, when);
    }
  });
}

test("what a client missed arrives when it is back", limit, async () => {   // P121
  const s = client("/", { transports: ["websocket"], reconnectionDelay: 300, randomizationFactor: 0 }, recovering);
  await event(s, "welcome");
  assert.equal(await ask(s, "join", "r"), true);
  const { id } = s;
  s.emit("say", "r", "the last thing heard");
  await event(s, "said");
  const missed = event(s, "said");
  s.emit("drop-then-say", "r", { raw: Buffer.from("z") });
  await event(s, "disconnect");
  assert.deepEqual(plain((await missed)[0].data), { raw: ["bytes", 122] });
  if (!s.connected) await event(s, "connect");
  assert.equal(s.recovered, true);
  assert.equal(s.id, id);
});

// --- raw: the official codec, without the client

async function raw() {
  const ws = new WebSocket(`${target.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  made.push(ws);
  ws.got = [];
  ws.on("message", (data, binary) => { ws.got.push(binary ? msgpack.decode(data) : String(data)); ws.emit("came"); });
  ws.closed = new Promise((ok) => ws.on("close", () => ok(true)));
  ws.say = (packet) => ws.send(Buffer.isBuffer(packet) ? packet : msgpack.encode(packet));
  ws.next = async () => { while (!ws.got.length) await event(ws, "came"); return ws.got.shift(); };
  assert.match(await ws.next(), /^0\{/);
  return ws;
}

async function joined() {
  const ws = await raw();
  ws.say({ type: 0, nsp: "/", data: undefined });
  const { type, nsp, data } = await ws.next();
  assert.deepEqual({ type, nsp, sid: typeof data.sid }, { type: 0, nsp: "/", sid: "string" });
  assert.equal((await ws.next()).data[0], "welcome");
  return ws;
}

test("packets with members in any order, options and strangers among them", limit, async () => {   // P121
  const ws = await joined();
  ws.say({ nsp: "/", options: { compress: true }, stranger: [{}], id: 5, data: ["echo", 1, { a: [Buffer.from("x")] }], type: 2 });
  const answer = await ws.next();
  assert.deepEqual(plain({ type: answer.type, nsp: answer.nsp, id: answer.id, data: answer.data }),
    { type: 3, nsp: "/", id: 5, data: [1, { a: [["bytes", 120]] }] });
});

test("float32 and numbers wider than they need to be", limit, async () => {   // P121
  const ws = await joined();
  const head = Buffer.concat([Buffer.from([0x84]), ...["type", 2, "nsp", "/", "id", 1, "data"].map((v) => msgpack.encode(v))]);
  ws.say(Buffer.concat([head, Buffer.from([0x96]), msgpack.encode("echo"), Buffer.from("ca3fc00000", "hex"), Buffer.from("cf0000000000000007", "hex"),
    Buffer.from("d3ffffffffffffffff", "hex"), Buffer.from("cd0001", "hex"), Buffer.from("db00000002", "hex"), Buffer.from("hi")]));
  assert.deepEqual((await ws.next()).data, [1.5, 7, -1, 1, "hi"]);
});

const event_of = (more) => ({ type: 2, nsp: "/", data: ["echo"], ...more });
for (const [what, message] of Object.entries({
  "an unknown type": event_of({ type: 5 }),
  "a negative type": event_of({ type: -1 }),
  "a type in text": event_of({ type: "2" }),
  "no namespace": { type: 2, data: ["echo"] },
  "a namespace that is a number": event_of({ nsp: 1 }),
  "an event without data": event_of({ data: undefined }),
  "an event with an object": event_of({ data: {} }),
  "an ack without data": event_of({ type: 3, data: undefined }),
  "a disconnect with data": event_of({ type: 1, data: {} }),
  "an id in text": event_of({ id: "1" }),
  "half an id": event_of({ id: 1.5 }),
  "trailing bytes": Buffer.concat([msgpack.encode(event_of()), Buffer.from([0xc0])]),
  "half a packet": msgpack.encode(event_of()).subarray(0, 10),
  "no map": Buffer.from([0x90]),
})) {
  test(`${what} ends the connection`, limit, async () => {   // P121 P130
    const ws = await joined();
    ws.say(message);
    assert.equal(await ws.closed, true);
  });
}

test("text ends the connection", limit, async () => {   // P121
  const ws = await joined();
  ws.send('42["echo"]');
  assert.equal(await ws.closed, true);
});

test("events that have no name are ignored", limit, async () => {   // P121
  const ws = await joined();
  for (const data of [[], [true], [null], [{}]]) ws.say(event_of({ data }));
  ws.say(event_of({ id: 1, data: ["echo", "alive"] }));
  assert.deepEqual((await ws.next()).data, ["alive"]);
});

test("a polling client's packets are base64", limit, async () => {   // P121
  const query = `${target.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(query)).text()).slice(1));
  const packet = (p) => "b" + msgpack.encode(p).toString("base64");
  const post = await fetch(`${query}&sid=${sid}`, { method: "POST", body: packet({ type: 0, nsp: "/" }) });
  assert.equal(await post.text(), "ok");
  const got = (await (await fetch(`${query}&sid=${sid}`)).text()).split("\x1e");
  assert.equal(msgpack.decode(Buffer.from(got[0].slice(1), "base64")).type, 0);
});
