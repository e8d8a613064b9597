import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server } from "socket.io";
import { Program } from "./program.mjs";

/** The official server, whose connections can be cut. */
async function station(port = 0) {
  const http = createServer();
  const it = { io: new Server(http), measured: [], alarms: [], tcp: new Set() };
  http.on("connection", (c) => { it.tcp.add(c); c.on("close", () => it.tcp.delete(c)); });
  it.io.on("connection", (s) => s.on("measured", (...m) => it.measured.push(m)));
  it.io.of("/alarms").on("connection", (s) => s.on("alarm", (text, n, done) => { it.alarms.push(n); it.lose_answer?.(n) || done(); }));
  await new Promise((ok) => http.listen(port, "127.0.0.1", ok));
  it.port = http.address().port;
  it.url = `http://127.0.0.1:${it.port}`;
  it.close = async () => {
    it.io.close();
    it.tcp.forEach((c) => c.destroy());
    await new Promise((ok) => http.close(ok));
  };
  return it;
}

test("measurements arrive, alarms are confirmed", async () => {
  const base = await station();
  const sensor = new Program(process.env.CLIENT, [base.url, "20"]);
  await sensor.printed(/^CONFIRMED 19$/m);
  await sensor.printed(/^DROPPED \d+$/m);
  assert.deepEqual(await sensor.closed, [0, null]);
  assert.deepEqual(base.alarms, [9, 19]);
  const [quantity, value, at] = base.measured.at(-1);
  assert.ok(["temperature", "humidity"].includes(quantity) && value > 0 && Math.abs(at - Date.now()) < 60_000);
  await base.close();
});

test("a base that is away: the newest value of each quantity, every alarm, in order, and again when its answer was lost", async () => {
  const first = await station();
  const lost = new Set();
  const sensor = new Program(process.env.CLIENT, [first.url, "40"]);
  await sensor.printed(/^CONFIRMED 9$/m);
  await first.close();
  await sensor.printed(/^AWAY$/m);
  await sensor.printed(/^ALARM 29$/m);   // twenty measurements are made meanwhile
  const second = await station(first.port);
  second.lose_answer = (n) => !lost.has(n) && lost.add(n);
  await sensor.printed(/^CONFIRMED 39$/m);
  const [, dropped] = await sensor.printed(/^DROPPED (\d+)$/m);
  assert.deepEqual(await sensor.closed, [0, null]);
  assert.ok(Number(dropped) >= 5, `${dropped} values were overtaken`);
  const kept = second.measured.slice(0, 2).map(([quantity]) => quantity).sort();
  assert.deepEqual(kept, ["humidity", "temperature"], "one of each, on return");
  const order = second.alarms.filter((n, i, all) => all.indexOf(n) === i);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.ok(order.includes(19) && order.includes(29) && order.includes(39), `${second.alarms}`);
  for (const n of order) assert.equal(second.alarms.filter((x) => x === n).length, 2, `alarm ${n}: its first answer was lost`);
  await second.close();
});
