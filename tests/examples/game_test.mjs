import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after });
const websocket = { transports: ["websocket"] };

/** Resolves to the first world of which `is` says so. */
const world = (socket, is) => new Promise((ok) => {
  const look = (tick, players, coin) => {
    if (!is({ tick, players, coin })) return;
    socket.off("world", look);
    ok({ tick, players, coin });
  };
  socket.on("world", look);
});

test("twenty worlds a second", async () => {
  const socket = await server.connected(websocket);
  const first = await world(socket, () => true);
  const begun = performance.now();
  const last = await world(socket, ({ tick }) => tick >= first.tick + 20);
  const took = performance.now() - begun;
  const ticks = socket.heard.filter(([name]) => name === "world").map(([, tick]) => tick);
  assert.deepEqual(ticks, ticks.toSorted((a, b) => a - b));
  assert.equal(new Set(ticks).size, ticks.length, "none twice");
  // Never faster; a busy machine may be slower, which the deadlines of the ticks make up for.
  assert.ok(took > (last.tick - first.tick) * 50 - 60, `${took} ms`);
});

test("the server says how far a wish carries, and where the world ends", async () => {
  const socket = await server.connected(websocket);
  const me = socket.id;
  await world(socket, ({ players }) => me in players);
  socket.emit("steer", 0, -1e300);
  const before_it = await world(socket, ({ players }) => players[me].y < 50);
  assert.ok(50 - before_it.players[me].y <= 1.0001 * 3, "20 units a second, however far the wish");
  const { players } = await world(socket, ({ players }) => players[me].y === 0);
  assert.equal(players[me].x, 50);
  const { error } = await socket.emitWithAck("steer", "left", 1);
  assert.equal(error.code, "bad_argument");
});

test("who gets the coin scores, and everybody hears; who leaves is gone", async () => {
  const [ada, grace] = await Promise.all([server.connected(websocket), server.connected(websocket)]);
  const { coin, players } = await world(ada, ({ players }) => ada.id in players);
  const at = players[ada.id];
  const scored = new Promise((ok) => grace.on("score", (s) => s[ada.id] === 1 && ok(s)));
  ada.emit("steer", coin.x - at.x, coin.y - at.y);
  assert.equal((await scored)[ada.id], 1);
  ada.disconnect();
  await world(grace, ({ players }) => !(ada.id in players) && grace.id in players);
});

test("a newcomer hears the score at once", async () => {
  const socket = server.client(websocket);
  const [score] = await next(socket, "score");
  assert.equal(score[socket.id], 0);
});
