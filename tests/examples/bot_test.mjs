import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example } from "./example.mjs";
import { Program } from "./program.mjs";

const server = example({ before, after });   // EXAMPLE: example_rooms

test("the bot is in its room, adds, answers polls and goes when told to", async () => {
  const ada = await server.connected({ auth: { name: "ada" } });
  await ada.emitWithAck("join", "lab");
  const came = new Promise((ok) => ada.on("joined", (who) => ok(who)));
  const bot = new Program(process.env.CLIENT, [server.url, "lab"]);
  assert.equal(await came, "bot");
  const answer_to = (line) => new Promise((ok) => {
    const look = (who, text) => {
      if (who !== "bot") return;
      ada.off("said", look);
      ok(text);
    };
    ada.on("said", look);
    ada.emit("say", "lab", line);
  });
  assert.equal(await answer_to("bot, add 1 2 39"), "42");
  assert.equal(await answer_to("bot, dance"), "I can add, ada");
  ada.on("question", (q, answer) => answer("yes"));
  assert.deepEqual((await ada.emitWithAck("poll", "lab", "tea?")).sort(), ["perhaps", "yes"]);
  assert.deepEqual((await ada.emitWithAck("poll", "lab", "tea!")).sort(), ["that was no question", "yes"]);
  assert.equal(await answer_to("bot, bye"), "goodbye");
  assert.deepEqual(await bot.closed, [0, null]);
});

test("a signal ends it", async () => {
  const bot = new Program(process.env.CLIENT, [server.url, "lab"]);
  await bot.printed(/^READY$/m);
  bot.child.kill("SIGTERM");
  assert.deepEqual(await bot.closed, [0, null]);
});
