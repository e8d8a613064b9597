import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after });
const named = (name) => server.connected({ auth: { name } });

test("who has no name does not come in", async () => {
  const e = await server.refused();
  assert.equal(e.message, "a name is needed");
  assert.deepEqual(e.data, { field: "name" });
});

test("those in a room hear each other, text and binary", async () => {
  const [ada, grace, eve] = await Promise.all([named("ada"), named("grace"), named("eve")]);
  assert.equal(await ada.emitWithAck("join", "lab"), true);
  const joined = next(ada, "joined");
  assert.equal(await grace.emitWithAck("join", "lab"), true);
  assert.deepEqual(await joined, ["grace", "lab"]);

  const said = [next(ada, "said"), next(grace, "said")];
  assert.equal(await grace.emitWithAck("say", "lab", { text: "hello", data: Buffer.from([1, 2]) }), true);
  for (const s of said) assert.deepEqual(await s, ["grace", { text: "hello", data: Buffer.from([1, 2]) }]);

  assert.equal(await eve.emitWithAck("say", "lab", "let me in"), false);
  assert.equal(await eve.emitWithAck("join", ada.id), false);
  const left = [next(ada, "left"), next(ada, "left")];
  grace.emit("leave", "lab");
  assert.deepEqual(await left[0], ["grace", "lab"]);
  assert.deepEqual(eve.heard, []);
});

test("a posting is typed, and the sender is the server's to say", async () => {
  const [ada, grace] = await Promise.all([named("ada"), named("grace")]);
  await ada.emitWithAck("join", "board");
  await grace.emitWithAck("join", "board");
  const post = next(grace, "post");
  assert.equal(await ada.emitWithAck("post", { room: "board", text: "news", from: "the king" }), true);
  assert.deepEqual(await post, [{ room: "board", text: "news", from: "ada" }]);
  const { error } = await ada.emitWithAck("post", { room: "board" });
  assert.equal(error.code, "bad_argument");
  assert.match(error.message, /text is missing/);
});

test("a poll gathers the answers that come in time", async () => {
  const [ada, grace, mute] = await Promise.all([named("ada"), named("grace"), named("mute")]);
  for (const s of [ada, grace, mute]) await s.emitWithAck("join", "parliament");
  ada.on("question", (q, answer) => answer(`${q} yes`));
  grace.on("question", (q, answer) => answer(`${q} no`));
  assert.deepEqual((await ada.emitWithAck("poll", "parliament", "tea?")).sort(), ["tea? no", "tea? yes"]);
  const left = next(grace, "left");
  mute.disconnect();
  assert.deepEqual(await left, ["mute", "parliament", "client namespace disconnect"]);
});
