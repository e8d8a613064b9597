// Clients, and the requests of one client, that are spread over several workers: what only they can get wrong. The kernel deals
// connections out, so there are enough of them that every worker has some.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import { Connection, Polling, SEPARATOR } from "./raw.mjs";
import { Target } from "./target.mjs";

let engine, matrix;
before(async () => { [engine, matrix] = await Promise.all([Target.start("engine-calm-v3"), Target.start("matrix-calm")]); });
after(() => Promise.all([engine, matrix].map((t) => t?.stop())));

const limit = { timeout: 30_000 };
const how_many = 24;
const ways = [["polling"], ["websocket"], ["polling", "websocket"]];

const event = (emitter, name) => new Promise((ok) => emitter.once(name, (...args) => ok(args)));
const ask = (s, ...args) => s.timeout(10_000).emitWithAck(...args);
const numbers = (n) => Array.from({ length: n }, (_, i) => i);

async function crowd(path = "/", target = matrix) {
  const all = numbers(how_many).map((i) => io(target.url + path, { forceNew: true, reconnection: false, transports: ways[i % ways.length] }));
  await Promise.all(all.map((s) => event(s, "welcome")));
  return all;
}

/** What each has heard in the room until `last` came. */
const heard = (all, last) => Promise.all(all.map((s) => new Promise((ok) => {
  const got = [];
  s.on("said", (m) => { if (m.data === last) ok(got); else got.push(m); });
})));

test("a room is one room, wherever its members are", limit, async () => {   // P146 P147
  const all = await crowd();
  assert.equal(new Set(all.map((s) => s.id)).size, how_many);
  await Promise.all(all.map((s) => ask(s, "join", "one")));
  const got = heard(all, "end");
  for (const s of all) s.emit("say-others", "one", "me");
  await Promise.all(all.map((s) => ask(s, "echo", 1)));   // all were heard
  all[0].emit("say", "one", "end");
  const lists = await got;
  lists.forEach((list, i) => assert.deepEqual(list.map((m) => m.from).sort(), all.filter((_, k) => k !== i).map((s) => s.id).sort()));
  for (const s of all) s.disconnect();
});

test("each speaker's words arrive in order, everywhere and once", limit, async () => {   // P146
  const all = await crowd();
  await Promise.all(all.map((s) => ask(s, "join", "order")));
  const speakers = all.slice(0, 6);
  const got = heard(all, "end");
  for (let i = 0; i < 50; i++) for (const s of speakers) s.emit("say", "order", i);
  await Promise.all(speakers.map((s) => ask(s, "echo", 1)));
  all[0].emit("say", "order", "end");
  for (const list of await got)
    for (const s of speakers) assert.deepEqual(list.filter((m) => m.from === s.id).map((m) => m.data), numbers(50));
  for (const s of all) s.disconnect();
});

test("a namespace that a rule makes is the same for all", limit, async () => {   // P155 P157
  const all = await crowd("/dyn-7");
  await Promise.all(all.map((s) => ask(s, "join", "here")));
  const got = heard(all, "end");
  all[3].emit("say", "here", "x");
  await ask(all[3], "echo", 1);
  all[3].emit("say", "here", "end");
  for (const list of await got) assert.deepEqual(list.map((m) => m.data), ["x"]);
  for (const s of all) s.disconnect();
});

test("a session is found by requests on connections of their own", limit, async () => {
  const all = await Promise.all(numbers(8).map(() => Polling.open(engine.port)));
  for (const p of all) {
    for (let i = 0; i < 12; i++) assert.equal((await p.post(`4${i}`)).text, "ok");
    let back = [];
    while (back.length < 12) back = back.concat(await p.packets());
    assert.deepEqual(back, numbers(12).map((i) => `4${i}`));
  }
});

test("one connection carries requests for sessions of all workers, sent at once", limit, async () => {
  const all = await Promise.all(numbers(12).map(() => Polling.open(engine.port)));
  const c = await Connection.open(engine.port);
  for (const p of all) c.request("POST", p.target, { body: "4hello" + SEPARATOR + "4you" }).request("GET", p.target);
  for (const p of all) {
    assert.equal((await c.answer()).text, "ok", p.sid);
    const echoed = (await c.answer()).text.split(SEPARATOR).filter((x) => x !== "2");
    assert.deepEqual(echoed, ["4hello", "4you"]);
  }
  c.close();
});

test("a large body moves with its request", limit, async () => {
  const body = "4" + "x".repeat(300_000);
  for (const p of await Promise.all(numbers(6).map(() => Polling.open(engine.port)))) {
    assert.equal((await p.post(body)).text, "ok");
    assert.deepEqual(await p.packets(), [body]);
  }
});

test("clients of all workers are told of the end, and then it has ended", limit, async () => {   // P133
  const t = await Target.start("matrix-calm");
  const all = await crowd("/", t);
  const why = Promise.all(all.map((s) => event(s, "disconnect")));
  process.kill(t.pid, "SIGTERM");
  for (const [reason] of await why) assert.ok(["io server disconnect", "transport close"].includes(reason), reason);
  assert.deepEqual(await t.stop(), { code: 0, signal: null });
});
