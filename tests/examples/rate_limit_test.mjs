import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { example, next } from "./example.mjs";

const server = example({ before, after });
const websocket = { transports: ["websocket"] };

test("a burst is fine, more is refused and told when to come again", async () => {
  const socket = await server.connected(websocket);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => socket.emitWithAck("add", i, 1)));
  assert.deepEqual(answers.slice(0, 10), Array.from({ length: 10 }, (_, i) => i + 1));
  const refused = answers.slice(10).filter((a) => a.error);
  assert.ok(refused.length >= 8, "10 at once; a token comes back in 200 ms");
  const last = refused.at(-1).error;
  assert.equal(last.code, "rate_limited");
  assert.ok(last.retry_after_ms > 0 && last.retry_after_ms <= 200);

  await wait(last.retry_after_ms + 5);
  assert.equal(await socket.emitWithAck("add", 1, 1), 2);
});

test("what makes more work costs more; every socket has a bucket of its own", async () => {
  const [one, two] = await Promise.all([server.connected(websocket), server.connected(websocket)]);
  const found = await Promise.all(Array.from({ length: 8 }, () => one.emitWithAck("search", "x")));
  assert.deepEqual(found.slice(0, 5), Array(5).fill(["x 1", "x 2"]));
  assert.ok(found.slice(5).filter((a) => a.error).length >= 2);
  assert.equal(await two.emitWithAck("add", 2, 2), 4);
});

test("who does not stop is sent away, whether it wants answers or not", async () => {
  const before_it = (await (await fetch(server.url + "/limits")).json()).rate;
  const socket = await server.connected(websocket);
  const gone = next(socket, "disconnect");
  for (let i = 0; i < 80; ++i) socket.emit("add", 1, 1);
  assert.equal((await gone)[0], "io server disconnect");
  const { rate } = await (await fetch(server.url + "/limits")).json();
  assert.equal(rate - before_it, 49);
});
