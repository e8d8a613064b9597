// The chat's server side by its events alone: what a client that is not our page can do, and what it cannot.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { io } from "socket.io-client";
import { Served } from "./serve.mjs";

let served;
before(async () => { served = await Served.start(); });
after(() => served?.stop());

const limit = { timeout: 20_000 };
const open = [];
afterEach(() => { for (const s of open.splice(0)) s.disconnect(); });

let keys = 0;
function socket(auth, options = {}) {
  const s = io(served.url, { auth, transports: ["websocket"], forceNew: true, reconnection: false, ...options });
  open.push(s);
  return s;
}

/** Somebody who was let in. */
async function person(name, options) {
  const s = socket({ name, key: `key-of-a-test-${String(++keys).padStart(8, "0")}` }, options);
  [s.welcome] = await event(s, "welcome");
  return s;
}

const event = (s, name) => new Promise((ok, no) => { s.once(name, (...args) => ok(args)); if (name !== "connect_error") s.once("connect_error", no); });
const ask = (s, ...args) => s.timeout(5000).emitWithAck(...args);

test("who comes is greeted with an id that does not tell the key", limit, async () => {
  const ada = await person("  Ada   L. ");
  assert.equal(ada.welcome.you.name, "Ada L.");
  assert.match(ada.welcome.you.id, /^[\w-]{16}$/);
  assert.ok(Array.isArray(ada.welcome.rooms));
});

for (const [code, auth] of [["bad-name", {}], ["bad-name", { name: "", key: "0123456789abcdef" }], ["bad-name", { name: "x".repeat(33), key: "0123456789abcdef" }],
  ["bad-name", { name: "a\u202Eb", key: "0123456789abcdef" }], ["bad-name", { name: { toString: 1 }, key: "0123456789abcdef" }], ["bad-key", { name: "Bo" }], ["bad-key", { name: "Bo", key: "short" }],
  ["bad-key", { name: "Bo", key: 12345678901234567890 }]]) {
  test(`${JSON.stringify(auth).slice(0, 60)} is refused: ${code}`, limit, async () => {   // P125
    const [error] = await event(socket(auth), "connect_error");
    assert.equal(error.data.code, code);
  });
}

test("a name is one person's, without regard to case, until they leave", limit, async () => {
  const ada = await person("Ada");
  const [error] = await event(socket({ name: "aDA", key: "another-key-0123456" }), "connect_error");
  assert.equal(error.data.code, "name-taken");
  const bo = await person("Bo");
  await ask(bo, "join", "watch");
  await ask(ada, "join", "watch");
  const gone = event(bo, "left");
  ada.disconnect();
  await gone;
  await person("ADA");
});

test("rooms tell who comes and goes, and the number of people to everybody", limit, async () => {
  const ada = await person("Ada"), bo = await person("Bo");
  const first = await ask(ada, "join", "#hall");
  assert.deepEqual(first, { ok: true, room: "hall", people: [ada.welcome.you], messages: [] });
  const came = event(ada, "came"), number = new Promise((ok) => ada.on("room", (name, n) => { if (name === "hall" && n === 2) ok(); }));
  const second = await ask(bo, "join", "hall");
  assert.deepEqual(second.people.map((p) => p.name).sort(), ["Ada", "Bo"]);
  assert.deepEqual(await came, ["hall", bo.welcome.you]);
  await number;
  const left = event(ada, "left");
  assert.deepEqual(await ask(bo, "leave", "hall"), { ok: true });
  assert.deepEqual(await left, ["hall", bo.welcome.you]);
  assert.equal((await ask(bo, "leave", "hall")).code, "not-here");
  assert.equal((await ask(bo, "say", "hall", "x", "1")).code, "not-here");
});

test("a message carries who, when and its nonce, and stands in the history", limit, async () => {
  const ada = await person("Ada"), bo = await person("Bo");
  await ask(ada, "join", "log");
  await ask(bo, "join", "log");
  const heard = event(bo, "said");
  const { ok, message } = await ask(ada, "say", "log", "  hello\nthere ", "n-1");
  assert.ok(ok);
  assert.deepEqual({ ...message, id: "", at: 0 }, { id: "", at: 0, room: "log", from: ada.welcome.you.id, name: "Ada", text: "hello\nthere", nonce: "n-1" });
  assert.ok(Math.abs(message.at - Date.now()) < 60_000);
  assert.deepEqual((await heard)[0], message);
  const cy = await person("Cy");
  assert.deepEqual((await ask(cy, "join", "log")).messages, [message]);
});

test("a room keeps its last fifty messages, also when everybody has left", { timeout: 60_000 }, async () => {
  // Six people, because one may only send ten at once.
  const all = [];
  for (let i = 0; i < 6; i++) { all.push(await person(`Writer ${i}`)); await ask(all[i], "join", "fifty"); }
  for (let i = 0; i < 60; i++) assert.ok((await ask(all[Math.floor(i / 10)], "say", "fifty", `m${i}`, "")).ok);
  for (const s of all) await ask(s, "leave", "fifty");
  const late = await ask(all[0], "join", "fifty");
  assert.deepEqual(late.messages.map((m) => m.text), Array.from({ length: 50 }, (_, i) => `m${i + 10}`));
});

test("too fast is refused, and possible again later", limit, async () => {
  const ada = await person("Ada");
  await ask(ada, "join", "fast");
  const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => ask(ada, "say", "fast", `m${i}`, "")));
  assert.equal(answers.filter((a) => a.ok).length, 10);
  assert.ok(answers.slice(10).every((a) => a.code === "slow-down"));
});

test("twenty rooms are the most for one person", limit, async () => {
  const ada = await person("Ada");
  for (let i = 0; i < 20; i++) assert.ok((await ask(ada, "join", `many ${i}`)).ok);
  assert.equal((await ask(ada, "join", "one more")).code, "too-many-rooms");
  assert.ok((await ask(ada, "join", "many 3")).ok, "a room one is in is no new one");
});

test("texts that are none, names that are none", limit, async () => {
  const ada = await person("Ada");
  await ask(ada, "join", "texts");
  for (const text of ["", " \n ", "x".repeat(2001), "a\u0000b", "\u001b[31m"]) assert.equal((await ask(ada, "say", "texts", text, "")).code, "bad-text");
  assert.equal((await ask(ada, "say", "texts", "x", "n".repeat(33))).code, "bad-text");
  for (const room of ["", " ", "#", "x".repeat(33), "a\nb", "a\u202Eb"]) assert.equal((await ask(ada, "join", room)).code, "bad-room");
});

test("arguments of another shape are refused and cost nothing", limit, async () => {
  const ada = await person("Ada");
  for (const args of [["join"], ["join", null], ["join", { a: 1 }], ["say", "lobby"], ["say", 1, 2, 3], ["whisper", [], "x", "y"], ["leave", Buffer.from([1])]])
    assert.equal((await ask(ada, ...args)).error.code, "bad_argument", JSON.stringify(args));
  ada.emit("typing");
  ada.emit("typing", "x");
  ada.emit("typing", { room: 1 });
  ada.emit("no such event", 1);
  assert.ok((await ask(ada, "join", "well")).ok);
});

test("private messages go to one person and to nobody's history", limit, async () => {
  const ada = await person("Ada"), bo = await person("Bo");
  const heard = event(bo, "whispered");
  const { message } = await ask(ada, "whisper", bo.welcome.you.id, "psst", "n");
  assert.equal(message.to, bo.welcome.you.id);
  assert.deepEqual((await heard)[0], message);
  assert.equal((await ask(ada, "whisper", "nobody", "psst", "n")).code, "gone");
});

test("typing reaches those in the room, or the one it is for, and not others", limit, async () => {
  const ada = await person("Ada"), bo = await person("Bo"), cy = await person("Cy");
  await ask(ada, "join", "types");
  await ask(bo, "join", "types");
  cy.on("typing", () => assert.fail("not for this one"));
  const shown = event(bo, "typing");
  ada.emit("typing", { room: "types" });
  assert.deepEqual((await shown)[0], { room: "types", person: ada.welcome.you });
  cy.emit("typing", { room: "types" });   // not in the room: nobody hears
  const direct = event(ada, "typing");
  bo.emit("typing", { to: ada.welcome.you.id });
  assert.deepEqual((await direct)[0], { person: bo.welcome.you });
  await ask(cy, "join", "elsewhere");
});

test("a second connection with the same key takes over, and nobody sees the person leave for good", limit, async () => {
  const auth = { name: "Ada", key: "the-same-key-twice-0" };
  const first = socket(auth);
  const [w] = await event(first, "welcome");
  await ask(first, "join", "over");
  const replaced = event(first, "replaced"), gone = event(first, "disconnect");
  const second = socket(auth);
  const [w2] = await event(second, "welcome");
  await replaced;
  assert.equal((await gone)[0], "io server disconnect");
  assert.deepEqual(w2.you, w.you);
  assert.deepEqual((await ask(second, "join", "over")).people, [w.you]);
});

test("over polling alone it is the same chat", limit, async () => {
  const ada = await person("Ada", { transports: ["polling"] }), bo = await person("Bo");
  await ask(ada, "join", "slow line");
  await ask(bo, "join", "slow line");
  const heard = event(ada, "said");
  await ask(bo, "say", "slow line", "hello", "");
  assert.equal((await heard)[0].text, "hello");
});
