// The official clients of npm, with their defaults and on each transport, in the scenarios that applications are made of. With
// CLIENT_DRIVER set, our client in the place of the official one (driven.mjs).
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Socket as Engine } from "engine.io-client";
import * as official from "socket.io-client";
import * as driven from "./driven.mjs";
import { Target } from "./target.mjs";

const ours_too = Boolean(process.env.CLIENT_DRIVER);
const { io } = ours_too ? driven : official;

let engine, matrix, open;
before(async () => { [engine, matrix, open] = await Promise.all([Target.start("engine-protocol"), Target.start("matrix"), Target.start("open")]); });
after(async () => {
  if (ours_too) assert.equal(await driven.end(), 0, "the driver's status");
  await Promise.all([engine, matrix, open].map((t) => t?.stop()));
});

const limit = { timeout: 20_000 };
const made = [];
afterEach(() => { for (const s of made.splice(0)) { s.disconnect?.(); s.close?.(); } });

const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const ask = (s, ...args) => s.timeout(10_000).emitWithAck(...args);
const bytes = (n) => Uint8Array.from({ length: n }, (_, i) => i & 255);

function client(path = "/", options = {}, target = matrix) {
  const s = io(target.url + path, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  made.push(s);
  return s;
}

async function welcomed(path, options) {
  const s = client(path, options);
  [s.welcome] = await event(s, "welcome");
  return s;
}

/** On the WebSocket, as the client sees it. */
async function upgraded(s) {
  if (s.io.engine.transport.name !== "websocket") await event(s.io.engine, "upgrade");
  return s;
}

for (const [way, transports] of [["polling", ["polling"]], ["websocket", ["websocket"]], ["upgrade", ["polling", "websocket"]]]) {
  const connect = async (path, options) => {
    const s = await welcomed(path, { transports, ...options });
    return way === "upgrade" ? upgraded(s) : s;
  };

  test(`${way}: connects, and both sides know the id`, limit, async () => {   // P122 P171 P177
    const s = await connect();
    assert.equal(s.welcome.id, s.id);
    assert.equal(s.welcome.eio, 4);
    assert.equal(s.welcome.transport, way === "upgrade" ? "polling" : way);
    assert.equal(await ask(s, "transport"), way === "polling" ? "polling" : "websocket");
  });

  test(`${way}: query, headers and auth arrive`, limit, async () => {   // P123 P159 P171
    const s = await connect("/", { query: { a: "b c&d=é", "ключ": "ß" }, extraHeaders: { "x-kit": "here" }, auth: { token: [1, "é"] } });
    const h = await ask(s, "handshake");
    assert.equal(h.query.a, "b c&d=é");
    assert.equal(h.query["ключ"], "ß");
    assert.equal(h.query.EIO, "4");
    assert.equal(h.header, "here");
    assert.deepEqual(h.auth, { token: [1, "é"] });
  });

  test(`${way}: acknowledgements both ways`, limit, async () => {   // P135 P137 P139
    const s = await connect();
    const args = [1, "two", { three: [true, null, 3.5, -0.25] }, "zażółć 日本 😀 \u2028 \\ \" \u0001\u001e", [], {}];
    const back = await new Promise((ok) => s.emit("echo", ...args, (...all) => ok(all)));
    assert.deepEqual(back, args);
    s.on("question", (v, reply) => reply("got", v, [1, { x: null }]));
    assert.deepEqual(await ask(s, "ask-me", { deep: ["é"] }), { error: null, answers: ["got", { deep: ["é"] }, [1, { x: null }]] });
  });

  test(`${way}: 300 events keep their order`, limit, async () => {   // P135 P175
    const s = await connect();
    const got = [];
    const all = new Promise((ok) => s.on("echo-back", (i) => { got.push(i); if (got.length === 300) ok(); }));
    for (let i = 0; i < 300; i++) s.emit("echo", i);
    await all;
    assert.deepEqual(got, Array.from({ length: 300 }, (_, i) => i));
  });

  test(`${way}: binary both ways, nested and empty`, limit, async () => {   // P108 P110 P135
    const s = await connect();
    assert.deepEqual(await ask(s, "bin-check", { data: Buffer.from(bytes(1000)), note: "né" }), { len: 1000, sum: bytes(1000).reduce((a, b) => a + b, 0), note: "né" });
    assert.deepEqual(new Uint8Array(await ask(s, "bin-get", 1000)), bytes(1000));
    assert.equal((await ask(s, "bin-get", 0)).length, 0);
    const pushed = event(s, "bin-pushed");
    s.emit("bin-push", 300);
    const [o] = await pushed;
    assert.deepEqual([o.n, o.tail, o.parts.map((p) => [...p])], [300, "end", [[...bytes(300)], [...Buffer.from("tail")]]]);
    const echoed = await new Promise((ok) => s.emit("echo", Buffer.from([1]), { x: [Buffer.from([2]), "t", Buffer.from([3])] }, (...all) => ok(all)));
    assert.deepEqual(echoed, [Buffer.from([1]), { x: [Buffer.from([2]), "t", Buffer.from([3])] }]);
  });

  test(`${way}: messages of a megabyte`, limit, async () => {   // P160
    const s = await connect();
    assert.deepEqual(await ask(s, "text-size", "é".repeat(500_000)), { len: 500_000, bytes: 1_000_000 });
    assert.equal(await ask(s, "text-get", 1_000_000), "x".repeat(1_000_000));
    assert.equal((await ask(s, "bin-check", Buffer.from(bytes(1_000_000)))).len, 1_000_000);
    assert.deepEqual(new Uint8Array(await ask(s, "bin-get", 1_000_000)), bytes(1_000_000));
  });

  test(`${way}: rooms, with and without the sender`, limit, async () => {   // P144 P146 P147
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    const room = `room ${way}`, heard = { a: [], b: [], c: [] };
    for (const [name, s] of Object.entries({ a, b, c })) s.on("said", (m) => heard[name].push(m.data));
    await Promise.all([ask(a, "join", room), ask(b, "join", room)]);
    a.emit("say", room, "all");
    a.emit("say-others", room, "others");
    await ask(a, "echo");
    await ask(b, "leave", room);
    a.emit("say", room, "left");
    await Promise.all([a, b, c].map((s) => ask(s, "echo")));   // what was sent before has arrived
    assert.deepEqual(heard, { a: ["all", "left"], b: ["all", "others"], c: [] });
    const binary = event(a, "said-bin");
    a.emit("say-bin", room, 500);
    assert.deepEqual([...(await binary)[0].data], [...bytes(500)]);
  });

  test(`${way}: namespaces share the connection, and a refusal says why`, limit, async () => {   // P124 P125 P156 P173 P178 P179
    const s = await connect();
    const dynamic = s.io.socket("/dyn-42");
    made.push(dynamic);
    const [w] = await event(dynamic, "welcome");
    assert.equal(w.nsp, "/dyn-42");
    assert.equal(dynamic.io.engine, s.io.engine);
    const refused = s.io.socket("/auth", { auth: { token: "wrong" } });
    made.push(refused);
    const [error] = await event(refused, "connect_error");
    assert.equal(error.message, "not authorized");
    assert.deepEqual(error.data, { code: "E_AUTH", got: "wrong" });
    assert.equal(refused.active, false);
    refused.auth = { token: "letmein" };
    refused.connect();
    assert.equal((await event(refused, "welcome"))[0].auth.token, "letmein");
    const unknown = s.io.socket("/nowhere");
    assert.equal((await event(unknown, "connect_error"))[0].message, "Invalid namespace");
    dynamic.disconnect();
    assert.equal(await ask(s, "echo", "still here"), "still here");
  });

  test(`${way}: the server drops the transport, the client comes back`, limit, async () => {   // P177 P180
    const s = await connect();
    const id = s.id, gone = event(s, "disconnect"), back = event(s, "welcome");
    s.emit("drop");
    assert.ok(["transport close", "transport error"].includes((await gone)[0]));
    const offline = ask(s, "echo", "written while away");
    assert.notEqual((await back)[0].id, id);
    assert.equal(await offline, "written while away");
  });

  test(`${way}: the server kicks, the client stays away until asked`, limit, async () => {   // P132 P179
    const s = await connect();
    const gone = event(s, "disconnect");
    s.emit("kick");
    assert.deepEqual((await gone)[0], "io server disconnect");
    assert.equal(s.active, false);
    s.connect();
    await event(s, "welcome");
    assert.equal(await ask(s, "echo", 1), 1);
  });

  test(`${way}: the client leaves`, limit, async () => {   // P131 P179 P186
    const s = await connect();
    const gone = event(s, "disconnect");
    s.disconnect();
    assert.equal((await gone)[0], "io client disconnect");
    s.connect();
    await event(s, "welcome");
  });

  test(`${way}: lives through several heartbeats`, limit, async () => {   // P63 P66 P67
    const s = await connect();
    let lost = null;
    s.once("disconnect", (why) => (lost = why));
    for (let pings = 0; pings < 3; pings++) await event(s.io, "ping");
    assert.equal(lost, null);
    assert.equal(await ask(s, "echo", "alive"), "alive");
  });
}

test("what is emitted before the connection is sent in order when it is there", limit, async () => {   // P175
  const s = client();
  const got = [];
  s.on("echo-back", (i) => got.push(i));
  for (let i = 0; i < 20; i++) s.emit("echo", i);
  await event(s, "connect");
  await ask(s, "echo");
  assert.deepEqual(got, Array.from({ length: 20 }, (_, i) => i));
});

test("events sent without a pause arrive in order across the upgrade", limit, async () => {   // P73 P79
  const s = await welcomed("/", { transports: ["polling", "websocket"] });
  const got = [];
  let n = 0;
  s.on("echo-back", (i) => got.push(i));
  while (s.io.engine.transport.name !== "websocket") {
    for (let i = 0; i < 5; i++) s.emit("echo", n++);
    await new Promise(setImmediate);
  }
  for (let i = 0; i < 50; i++) s.emit("echo", n++);
  await ask(s, "echo");
  assert.deepEqual(got, Array.from({ length: n }, (_, i) => i));
});

test("volatile events in a row: what cannot be sent at once is dropped, ordinary ones are not", limit, async () => {   // P153 P187
  const s = await welcomed("/", { transports: ["websocket"] });
  const got = [];
  s.on("echo-back", (x) => got.push(x));
  s.emit("echo", "before");
  s.volatile.emit("echo", "volatile");
  s.emit("echo", "after");
  await ask(s, "echo");
  assert.deepEqual(got.filter((x) => x !== "volatile"), ["before", "after"]);
});

test("a hundred clients hear one fan-out, in order", limit, async () => {   // P146
  const all = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    const s = client("/", { transports: [i % 4 ? "websocket" : "polling"] }, open);
    await event(s, "connect");
    s.got = [];
    s.on("blob", (n, text) => s.got.push([n, text.length]));
    return s;
  }));
  assert.equal(await ask(all[0], "fanout", 20, 200), "done");
  await Promise.all(all.map((s) => ask(s, "echo")));
  for (const s of all) assert.deepEqual(s.got, Array.from({ length: 20 }, (_, i) => [i, 200]));
});

test("a message over the limit costs the connection only, and the client comes back", limit, async () => {   // P57 P180 P197
  for (const transports of [["websocket"], ["polling"]]) {
    const s = client("/", { transports }, open);
    await event(s, "connect");
    const gone = event(s, "disconnect"), back = event(s, "connect");
    s.emit("echo", "x".repeat(1_100_000));
    assert.ok(["transport close", "transport error"].includes((await gone)[0]));
    await back;
    assert.equal(await ask(s, "echo", 1), 1);
  }
});

test("engine.io-client: text, binary and empty messages on each transport", { ...limit, skip: ours_too }, async () => {   // P53 P54 P31 P70
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    const e = new Engine(engine.url, { transports });
    made.push(e);
    await event(e, "open");
    if (transports.length === 2) await event(e, "upgrade");
    for (const m of ["hello", "日本 😀", "x".repeat(100_000), Buffer.from([0, 1, 2, 255])]) {
      const back = event(e, "message");
      e.send(m);
      const [got] = await back;
      if (typeof m === "string") assert.equal(got, m);
      else assert.deepEqual([...new Uint8Array(got)], [...m]);
    }
    const closed = event(e, "close");
    e.close();
    assert.equal((await closed)[0], "forced close");
  }
});

test("engine.io-client: base64 only", { ...limit, skip: ours_too }, async () => {   // P55 P56
  for (const transports of [["polling"], ["websocket"]]) {
    const e = new Engine(engine.url, { transports, forceBase64: true });
    made.push(e);
    await event(e, "open");
    const back = event(e, "message");
    e.send(Buffer.from([1, 2, 3, 4]));
    assert.deepEqual([...new Uint8Array((await back)[0])], [1, 2, 3, 4]);
  }
});

test("namespaces that a pattern makes: each its own, others are refused", limit, async () => {   // P124 P156
  const [one, two] = await Promise.all([welcomed("/dyn-1"), welcomed("/dyn-22")]);
  assert.deepEqual([one.welcome.nsp, two.welcome.nsp], ["/dyn-1", "/dyn-22"]);
  await Promise.all([ask(one, "join", "r"), ask(two, "join", "r")]);
  const heard = event(one, "said");
  two.once("said", () => assert.fail("another namespace's room"));
  one.emit("say", "r", 1);
  assert.equal((await heard)[0].data, 1);
  assert.deepEqual(await ask(two, "echo", 2), 2);
  for (const name of ["/dyn-x", "/xdyn-1", "/dyn-"]) assert.equal((await event(client(name), "connect_error"))[0].message, "Invalid namespace");
});

test("connects at the same time to a name that is new share one namespace", limit, async () => {   // P157
  const all = await Promise.all([1, 2, 3, 4].map(() => welcomed("/dyn-777", { transports: ["websocket"] })));
  await Promise.all(all.map((s) => ask(s, "join", "r")));
  const heard = Promise.all(all.map((s) => event(s, "said")));
  all[0].emit("say", "r", "x");
  assert.equal((await heard).length, 4);
});
