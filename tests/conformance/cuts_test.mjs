// The official client, or with CLIENT_DRIVER ours, behind a proxy that cuts its connections after any byte: with recovery on, every
// event comes once and in order, and every retried event counts once. The bulk of this is tests/unit/server/cuts_test.cpp; here the
// client is real.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as official from "socket.io-client";
import { CuttingProxy, seeded } from "./cutting_proxy.mjs";
import * as driven from "./driven.mjs";
import { Target } from "./target.mjs";

const { io } = process.env.CLIENT_DRIVER ? driven : official;

let target;
before(async () => { target = await Target.start("recovery"); });
after(async () => {
  await driven.end();
  await target?.stop();
});

const ticks = 200, adds = 60, clients = 10;

async function live(url, transports, seed) {
  // timeout: the client takes a cut between the 101 and the open packet for no end of the attempt, and waits.
  const s = io(url, {
    forceNew: true, transports, reconnectionDelay: 5, reconnectionDelayMax: 20, retries: 1000, ackTimeout: 1500, timeout: 500,
  });
  const heard = [], sums = [], claims = [];
  try {
    await new Promise((ok) => s.once("connect", ok));
    // Before the first event the pid may be lost with the CONNECT answer; a client that has it is never fresh again.
    s.on("connect", () => claims.push(s.recovered));
    s.on("tick", (i) => heard.push(i));
    const done = new Promise((ok) => s.once("ticked", ok));
    s.emit("start", ticks, `start ${seed}`);
    for (let i = 0; i < adds; i++) s.emit("add", 1, i, (error, sum) => sums.push(error ?? sum));
    await done;
    while (sums.length < adds) await new Promise((ok) => s.emit("add", 0, adds + sums.length, ok));
    assert.deepEqual(heard, Array.from({ length: ticks }, (_, i) => i));
    assert.deepEqual(sums, Array.from({ length: adds }, (_, i) => i + 1));
    assert.ok(claims.every((c) => c === true), `claims ${claims}`);
  } finally {
    s.disconnect();
  }
  return claims.length;
}

// P165 P166
for (const [way, transports, most] of [["polling", ["polling"], 5000], ["websocket", ["websocket"], 1500], ["upgrade", ["polling", "websocket"], 2500]]) {
  test(`${way}: nothing lost, nothing twice, no wrong claim`, { timeout: 120_000 }, async (t) => {
    const random = seeded(20_250 + most);
    const proxy = await CuttingProxy.start(target.port, random, most);
    try {
      const returns = await Promise.all(Array.from({ length: clients }, (_, i) => live(proxy.url, transports, `${way} ${i}`)));
      const recovered = returns.reduce((a, b) => a + b, 0);
      assert.ok(proxy.cuts >= clients && proxy.unnoticed > 0 && recovered >= clients, `${proxy.cuts} cuts, ${proxy.unnoticed} unnoticed, ${recovered} recoveries`);
      t.diagnostic(`${proxy.cuts} cuts, ${proxy.unnoticed} unnoticed, ${recovered} recoveries`);
    } finally {
      proxy.stop();
    }
  });
}
