// What a load generator gets wrong when it means well: messages that are lost or come twice, a server that stands still, a load
// that cannot be kept up, somebody else's traffic. Each is made on purpose, and has to be in the report.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { bench, limit, Official } from "./bench.mjs";

let served;
afterEach(async () => { await served?.stop(); served = undefined; });

const short = ["--seconds", "0.4", "--warmup", "0.2"];

/** Nothing else runs in this process meanwhile, so nobody is served. */
function stand_still(ms) {
  for (const end = performance.now() + ms; performance.now() < end;);
}

test("lost answers are counted, and the run has failed", limit, async () => {
  let seen = 0, dropped = 0;
  served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => { if (++seen % 10) reply(p); else ++dropped; }) });
  const r = await bench("echo", served.url, "-c", 4, "--rate", 200, "--patience", "0.5", ...short);
  assert.equal(r.code, 1);
  assert.ok(dropped > 0);
  assert.equal(r.first.copies.expected, seen);
  assert.equal(r.first.copies.lost, dropped);
  assert.equal(r.first.copies.received, seen - dropped);
  assert.match(r.out, new RegExp(`lost ${dropped}\\b`));
});

test("copies of a cast that one receiver did not get are counted", limit, async () => {
  let casts = 0;
  served = await Official.start({ behave: (socket, io) => socket.on("cast", (p) => {
    ++casts;
    io.except([...io.sockets.sockets.keys()][3]).emit("cast", p);
  }) });
  const r = await bench("cast", served.url, "-c", 6, "--rate", 50, "--patience", "0.5", ...short);
  assert.equal(r.code, 1);
  assert.equal(r.first.copies.expected, 6 * casts);
  assert.equal(r.first.copies.lost, casts);
  assert.equal(r.first.to_last_receiver_us.count, 0, "no cast was complete");
});

test("copies that come twice are counted", limit, async () => {
  let casts = 0;
  served = await Official.start({ behave: (socket, io) => socket.on("cast", (p) => {
    ++casts;
    io.emit("cast", p);
    io.emit("cast", p);
  }) });
  const r = await bench("cast", served.url, "-c", 5, "--rate", 50, ...short);
  assert.equal(r.code, 1);
  assert.ok(r.first.copies.twice > 0 && r.first.copies.twice <= 5 * casts);   // of the last cast it does not wait for them
  assert.ok(r.first.copies.twice >= 5 * (casts - 1));
  assert.equal(r.first.copies.lost, 0);
});

test("an answer with another's payload is malformed, not delivered", limit, async () => {
  let asked = 0;
  served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => { ++asked; reply(`${p}!`); }) });
  const r = await bench("echo", served.url, "-c", 2, "--rate", 50, "--patience", "0.3", ...short);
  assert.equal(r.code, 1);
  assert.equal(r.first.copies.malformed, asked);
  assert.equal(r.first.copies.received, 0);
});

// Coordinated omission: a closed loop would send nothing while the server stands still, and report one slow answer.
test("a server that stands still for 400 ms is seen by all who were due meanwhile", limit, async () => {
  let stood = false;
  served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => {
    reply(p);
    if (stood || performance.now() - began < 700) return;
    stood = true;
    stand_still(400);
  }) });
  const began = performance.now();
  const r = await bench("echo", served.url, "-c", 10, "--rate", 500, "--seconds", 1.5, "--warmup", 0.1);
  assert.equal(r.code, 0, r.out);
  assert.equal(r.first.sent, 750, "the load does not wait for the server");
  const { p90, max } = r.first.latency_us;
  // 200 of 750 were due while it stood: the tenth part waited for 240 ms of that at least.
  assert.ok(p90 >= 150e3, `p90 ${p90} us`);
  assert.ok(max >= 300e3, `max ${max} us`);
});

test("a ramp stops where the server cannot follow", limit, async () => {
  // 5 ms a message: 200 a second at most, on any machine.
  served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => { stand_still(5); reply(p); }) });
  const r = await bench("echo", served.url, "-c", 10, "--ramp", "rate", "--ramp-from", 10, "--ramp-to", 10_000, "--ramp-factor", 3,
    "--bound", 200, "--patience", 1, "--seconds", 1, "--warmup", 0.2);
  const { ramp } = r.report;
  assert.ok(ramp.held_upto === null || ramp.held_upto <= 210, JSON.stringify(ramp));
  assert.ok(ramp.broke_at <= 810 && ["latency", "throughput", "errors", "generator"].includes(ramp.why), JSON.stringify(ramp));
  assert.ok(ramp.steps.every((s) => s.achieved <= 220), "nobody can have been faster than the server");
});

test("a ramp of connections stops at the server's limit", limit, async () => {
  served = await Official.start();
  served.io.use((socket, next) => next(served.io.sockets.sockets.size < 30 ? undefined : new Error("full house")));
  const r = await bench("idle", served.url, "--ramp", "connections", "--ramp-from", 10, "--ramp-to", 1000, "--ramp-factor", 2, "--probe-rate", 20, ...short);
  assert.equal(r.report.ramp.held_upto, 20);
  assert.equal(r.report.ramp.broke_at, 40);
  assert.equal(r.report.ramp.why, "errors");
  assert.equal(r.report.runs.at(-1).connect.failures.unwelcome, 10);
  assert.match(r.report.runs.at(-1).connect.first_words.unwelcome, /full house/);
});

test("another run on the same server is told apart", limit, async () => {
  served = await Official.start();
  const [a, b] = await Promise.all([bench("cast", served.url, "-c", 4, "--rate", 50, "--seconds", 1, "--warmup", 0.5),
    bench("cast", served.url, "-c", 4, "--rate", 50, "--seconds", 1, "--warmup", 0.5)]);
  for (const r of [a, b]) {
    assert.equal(r.code, 0, r.out);
    assert.equal(r.first.copies.received, r.first.copies.expected);
    assert.equal(r.first.copies.expected % 4, 0);
  }
  assert.ok(a.first.copies.foreign > 0 && b.first.copies.foreign > 0);
  assert.match(a.out, /somebody else's run/);
});

test("a server without the contract's events is told, not measured", limit, async () => {
  served = await Official.start({ behave: () => {} });
  const echo = await bench("echo", served.url, "-c", 2, "--patience", "0.3", ...short);
  assert.equal(echo.code, 1);
  assert.match(echo.err, /nothing came back.*'echo'/);
  const room = await bench("room", served.url, "-c", 10, "--patience", "0.3", ...short);
  assert.equal(room.code, 1);
  assert.match(room.first.failure, /'join'/);
  // Without need of the contract it is a server like any other.
  assert.equal((await bench("churn", served.url, "-c", 2, ...short)).code, 0);
});

test("lines that the server closes in the middle are failures", limit, async () => {
  served = await Official.start({ behave: (socket) => {
    let n = 0;
    socket.on("echo", (p, reply) => { if (++n === 5) socket.disconnect(true); else reply(p); });
  } });
  const r = await bench("echo", served.url, "-c", 3, "--rate", 100, "--patience", "0.3", ...short);
  assert.equal(r.code, 1);
  assert.equal(r.first.connect.failures.closed, 3);
  assert.equal(r.first.connect.still_there, 0);
  assert.equal(r.first.copies.received + r.first.copies.written_off, r.first.copies.expected);
});

test("the same seed draws the same load", limit, async () => {
  const sent = [];
  for (const seed of [7, 7, 8]) {
    served = await Official.start();
    const r = await bench("echo", served.url, "-c", 2, "--rate", 300, "--spacing", "poisson", "--seed", seed, ...short);
    assert.equal(r.code, 0, r.out);
    sent.push(r.first.sent);   // within the window; what a thread that stood still sends behind its end is not counted in it
    await served.stop();
  }
  served = undefined;
  assert.equal(sent[0], sent[1]);
  assert.notEqual(sent[0], sent[2], "another seed, another load");
});
