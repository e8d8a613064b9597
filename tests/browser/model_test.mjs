// The page's own bookkeeping, without a browser: what the server repeats is kept once and in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hue_of, length_of, limits, Model, same_group, Talk, trim_name } from "../../apps/jackfield/chat/model.js";

const message = (id, at, from = "p1", nonce = `n${id}`) => ({ id, at, from, name: "P", text: id, nonce });
const texts = (talk) => talk.messages.map((m) => m.text);

test("messages are in the order of the server's clock, whatever order they came in", () => {
  const t = new Talk("room", "r", "r");
  for (const m of [message("b", 2), message("a", 1), message("c", 3)]) assert.equal(t.add(m), "new");
  assert.deepEqual(texts(t), ["a", "b", "c"]);
});

test("a history that overlaps what is known adds nothing twice", () => {
  const t = new Talk("room", "r", "r");
  t.add(message("a", 1));
  assert.equal(t.add(message("a", 1)), "known");
  assert.equal(t.add(message("a", 1, "p1", "another nonce")), "known");
  assert.equal(t.messages.length, 1);
});

test("our message waits at the end, and finds its place when the server confirms it", () => {
  const t = new Talk("room", "r", "r");
  const own = t.add_own({ id: "me", name: "Me" }, "mine", "k1", 10);
  t.add(message("later", 50));
  assert.deepEqual(texts(t), ["later", "mine"]);
  assert.deepEqual(t.unsent(), [own]);
  assert.equal(t.add({ ...message("x", 40, "me", "k1"), text: "mine" }), "confirmed");
  assert.deepEqual(texts(t), ["mine", "later"]);
  assert.deepEqual(t.unsent(), []);
});

test("a nonce used again does not rewrite a message", () => {
  const t = new Talk("room", "r", "r");
  t.add(message("a", 1, "p1", "k"));
  assert.equal(t.add({ ...message("z", 9, "p1", "k"), text: "forged" }), "known");
  assert.deepEqual(texts(t), ["a"]);
  assert.equal(t.add(message("b", 2, "p2", "k")), "new", "another person may use the same nonce");
});

test("the page keeps a bounded number of messages", () => {
  const t = new Talk("room", "r", "r");
  for (let i = 0; i < limits.kept_messages + 20; i++) t.add(message(String(i), i));
  assert.equal(t.messages.length, limits.kept_messages);
  assert.equal(t.messages[0].text, "20");
});

test("typing ends by time, and with the message", () => {
  const t = new Talk("room", "r", "r");
  t.someone_types({ id: "p1", name: "P" }, 1000);
  t.someone_types({ id: "p2", name: "Q" }, 1000);
  assert.deepEqual(t.typists(1001), ["P", "Q"]);
  t.add(message("a", 5, "p1"));
  assert.deepEqual(t.typists(1002), ["Q"]);
  assert.deepEqual(t.typists(1000 + limits.typing_ms), []);
});

test("rooms we are not in are offered, the fullest first, the empty ones not", () => {
  const m = new Model();
  m.rooms = new Map([["a", 1], ["b", 3], ["c", 0], ["in", 9], ["d", 3]]);
  m.room("in");
  assert.deepEqual(m.other_rooms().map((r) => r.name), ["b", "d", "a"]);
});

test("leaving a talk shows the next one", () => {
  const m = new Model();
  const a = m.room("a"), b = m.room("b");
  m.current = b;
  m.forget(b);
  assert.equal(m.current, a);
  m.forget(a);
  assert.equal(m.current, null);
});

test("groups end after five minutes, with another person, and at midnight", () => {
  const at = new Date(2024, 5, 1, 12).getTime(), midnight = new Date(2024, 5, 2).getTime();
  assert.ok(same_group(message("a", at), message("b", at + 1000)));
  assert.ok(!same_group(message("a", at), message("b", at + 300_000)));
  assert.ok(!same_group(message("a", at), message("b", at, "p2")));
  assert.ok(!same_group(message("a", midnight - 1000), message("b", midnight + 1000)));
});

test("lengths are code points; names lose outer blanks and runs of them", () => {
  assert.equal(length_of("a😀é"), 3);
  assert.equal(trim_name("  a \n b  "), "a b");
});

test("every id has one of the eight colours", () => {
  const seen = new Set();
  for (let i = 0; i < 200; i++) seen.add(hue_of(`id ${i}`));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `hue-${i}`));
});
