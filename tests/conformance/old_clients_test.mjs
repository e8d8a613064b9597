// socket.io-client 2 of npm, beside clients of today; and its protocol over a raw WebSocket.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { io } from "socket.io-client";
import old_io from "socket.io-client-v2";
import { Ws } from "./raw.mjs";
import { Target } from "./target.mjs";

let matrix;
before(async () => { matrix = await Target.start("matrix"); });
after(() => matrix?.stop());

const limit = { timeout: 20_000 };
const made = [];
afterEach(() => { for (const s of made.splice(0)) { s.disconnect?.(); s.close?.(); } });

const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const ask = (s, ...args) => new Promise((ok) => s.emit(...args, ok));
const bytes = (n) => Uint8Array.from({ length: n }, (_, i) => i & 255);

function made_of(io_of, path, options) {
  const s = io_of(matrix.url + path, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  made.push(s);
  return s;
}

async function welcomed(path = "/", options = {}, io_of = old_io) {
  const s = made_of(io_of, path, options);
  [s.welcome] = await event(s, "welcome");
  return s;
}

const ways = [["polling", ["polling"]], ["websocket", ["websocket"]], ["upgrade", ["polling", "websocket"]]];
for (const [way, transports] of ways) {
  test(`${way}: connects to the main namespace with the id of its session`, limit, async () => {   // P162
    const s = await welcomed("/", { transports });
    assert.equal(s.welcome.eio, 3);
    assert.equal(s.welcome.id, s.id);
    assert.equal(s.id, s.io.engine.id);
    if (way === "upgrade" && s.io.engine.transport.name !== "websocket") await event(s.io.engine, "upgrade");
    assert.equal(await ask(s, "transport"), way === "polling" ? "polling" : "websocket");
  });

  test(`${way}: another namespace takes its auth from the query`, limit, async () => {   // P162
    const s = await welcomed("/auth", { transports, query: { token: "letmein", more: "é,&" } });
    assert.equal(s.welcome.id, `/auth#${s.io.engine.id}`);
    assert.equal(s.welcome.auth.token, "letmein");
    assert.equal(s.welcome.auth.more, "é,&");
  });

  test(`${way}: a refusal is the application's data`, limit, async () => {   // P162
    const s = made_of(old_io, "/auth", { transports, query: { token: "wrong" } });
    assert.deepEqual(await event(s, "error"), [{ code: "E_AUTH", got: "wrong" }]);
  });

  test(`${way}: events, acknowledgements and binary both ways`, limit, async () => {   // P97 P99 P100 P102 P135
    const s = await welcomed("/", { transports });
    const args = [1, "zażółć 日本 😀 \u2028 \\ \" \u0001", { three: [true, null, 3.5] }, []];
    assert.deepEqual(await new Promise((ok) => s.emit("echo", ...args, (...all) => ok(all))), args);
    s.on("question", (v, reply) => reply("got", v));
    assert.deepEqual(await ask(s, "ask-me", "é"), { error: null, answers: ["got", "é"] });
    assert.equal((await ask(s, "bin-check", { data: Buffer.from(bytes(1000)), note: "né" })).len, 1000);
    assert.deepEqual(new Uint8Array(await ask(s, "bin-get", 1000)), bytes(1000));
    const mixed = [Buffer.from([1]), { x: [Buffer.from([2]), "t", Buffer.from([3])] }];
    assert.deepEqual(await new Promise((ok) => s.emit("echo", ...mixed, (...all) => ok(all))), mixed);
    assert.equal((await ask(s, "text-get", 1_000_000)).length, 1_000_000);
  });

  test(`${way}: one broadcast reaches old and new clients alike`, limit, async () => {   // P102 P146
    const room = `both ${way}`;
    const all = await Promise.all([welcomed("/", { transports }), welcomed("/", { transports, forceBase64: true }), welcomed("/", { transports }, io)]);
    await Promise.all(all.map((s) => ask(s, "join", room)));
    const texts = all.map((s) => event(s, "said")), binaries = all.map((s) => event(s, "said-bin"));
    all[0].emit("say", room, { text: "né" });
    all[2].emit("say-bin", room, 300);
    for (const [said] of await Promise.all(texts)) assert.deepEqual(said, { room, from: all[0].id, data: { text: "né" } });
    for (const [said] of await Promise.all(binaries)) assert.deepEqual(new Uint8Array(said.data), bytes(300));
  });

  test(`${way}: outlives several pings of its own, and comes back after a cut`, limit, async () => {   // P101
    const s = await welcomed("/", { transports });
    await event(s, "pong");
    await event(s, "pong");
    assert.equal(s.connected, true);
    const back = event(s, "welcome");
    s.emit("drop");
    await back;
    assert.equal(await ask(s, "text-get", 1), "x");
  });
}

const socket = () => Ws.open(`ws://127.0.0.1:${matrix.port}/socket.io/?EIO=3&transport=websocket`);

test("the main namespace is joined unasked, and asking for it is a violation", limit, async () => {   // P162
  const w = await socket();
  assert.match(await w.next(), /^0\{/);
  assert.equal(await w.next(), "40");
  assert.match(await w.next(), /^42\["welcome",/);
  w.send("40");
  assert.equal((await w.closed).code, 1005);
});

test("an unknown namespace is refused with an object, without its query", limit, async () => {   // P162
  const w = await socket();
  for (let i = 0; i < 3; i++) await w.next();
  w.send("40/nowhere?token=1,");
  assert.equal(await w.next(), '44/nowhere,{"message":"Invalid namespace"}');
  w.send("40/dyn-42?a=1&b=%C3%A9,");
  assert.equal(await w.next(), "40/dyn-42,");
  const [, welcome] = /^42\/dyn-42,(.*)$/.exec(await w.next());
  assert.deepEqual(JSON.parse(welcome)[1].auth, { a: "1", b: "é" });
  w.close();
});
