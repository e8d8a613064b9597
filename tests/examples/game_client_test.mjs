import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example } from "./example.mjs";
import { Program } from "./program.mjs";

const server = example({ before, after });   // EXAMPLE: example_game

test("a player without a thread follows the world, steers, and scores", async () => {
  const player = new Program(process.env.CLIENT, [server.url, "360"]);
  const [, worlds, tick, score] = await player.printed(/^WORLDS (\d+) TICK (\d+) SCORE (\d+) SLOW \d+$/m);
  assert.deepEqual(await player.closed, [0, null]);
  // Six seconds at 20 Hz are 120 worlds; a busy machine shows fewer of them.
  assert.ok(Number(worlds) > 30 && Number(tick) >= Number(worlds), `${worlds} worlds, tick ${tick}`);
  assert.ok(Number(score) >= 1, "the first coin is 10 units away, half a second");
});
