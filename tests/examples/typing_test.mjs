import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after });

async function pair(room) {
  const both = await Promise.all(["ada", "grace"].map((name) => server.connected({ auth: { name }, transports: ["websocket"] })));
  for (const s of both) assert.equal(await s.emitWithAck("join", room), true);
  return both;
}

test("typing is told to the others; saying something ends it", async () => {
  const [ada, grace] = await pair("one");
  const typing = next(grace, "typing");
  ada.emit("typing");
  assert.deepEqual(await typing, ["ada"]);
  const said = next(grace, "said");
  assert.equal(await ada.emitWithAck("say", "hello"), true);
  assert.deepEqual(await said, ["ada", "hello"]);
  assert.deepEqual(grace.heard, [["typing", "ada"], ["quiet", "ada"], ["said", "ada", "hello"]]);
  assert.deepEqual(ada.heard, [["said", "ada", "hello"]]);
});

test("who falls silent is quiet after a while, counted from the last key", async () => {
  const [ada, grace] = await pair("two");
  const begun = performance.now();
  ada.emit("typing");
  await next(grace, "typing");
  setTimeout(() => ada.emit("typing"), 500);
  assert.deepEqual(await next(grace, "quiet"), ["ada"]);
  assert.ok(performance.now() - begun >= 1990, "1.5 s after the second key");
});

test("who leaves, or goes to another room, is quiet at once", async () => {
  const [ada, grace] = await pair("three");
  for (const go of [() => ada.emit("join", "four"), () => ada.disconnect()]) {
    ada.emit("join", "three");
    ada.emit("typing");
    await next(grace, "typing");
    const begun = performance.now();
    go();
    assert.deepEqual(await next(grace, "quiet"), ["ada"]);
    assert.ok(performance.now() - begun < 1400);
  }
});

test("a name is needed", async () => {
  assert.equal((await server.refused()).message, "a name is needed");
});
