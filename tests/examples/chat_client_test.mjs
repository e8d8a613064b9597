import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";
import { Program } from "./program.mjs";

const server = example({ before, after });   // EXAMPLE: example_rooms
const chat = (name, room = "lab") => new Program(process.env.CLIENT, [server.url, name, room]);

test("what is typed is said, what is said is shown", async () => {
  const ada = chat("ada");
  await ada.printed(/^\* you are in lab$/m);
  const grace = await server.connected({ auth: { name: "grace" } });
  assert.equal(await grace.emitWithAck("join", "lab"), true);
  await ada.printed(/^\* grace has come$/m);
  const said = next(grace, "said");
  ada.type("good morning, « grace »");
  assert.deepEqual(await said, ["ada", "good morning, « grace »"]);
  await ada.printed(/^ada: good morning/m);
  grace.emit("say", "lab", { a: [1, null] });
  await ada.printed(/^grace: \{"a":\[1,null\]\}$/m);
  grace.disconnect();
  await ada.printed(/^\* grace has left$/m);
  assert.deepEqual(await ada.end(), [0, null]);
});

test("what was typed last arrives before it goes", async () => {
  const grace = await server.connected({ auth: { name: "grace" } });
  await grace.emitWithAck("join", "hall");
  const ada = chat("ada", "hall");
  await ada.printed(/you are in hall/);
  const said = next(grace, "said");
  ada.type("bye");
  ada.type("/quit");
  assert.deepEqual(await said, ["ada", "bye"]);
  assert.deepEqual(await ada.closed, [0, null]);
});

test("a refusal is shown, and its reason", async () => {
  const nobody = chat("");
  await nobody.printed(/^\* not connected: a name is needed$/m);
  assert.deepEqual(await nobody.end(), [0, null]);
});
