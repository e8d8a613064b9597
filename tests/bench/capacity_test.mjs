// `jackfield bench capacity`: what it finds, writes, reads again and compares.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { binary, Official, run, scratch } from "./bench.mjs";

const limit = { timeout: 300_000 };
let served;
afterEach(async () => { await served?.stop(); served = undefined; });

const quick = ["--step-seconds", "0.3", "--max-connections", "60", "--max-rate", "300"];

test("a baseline is found, written, and compared with", limit, async () => {
  const path = scratch("baseline.json");
  const found = await run(binary, "bench", "capacity", "--scenario", "echo,room", "--bound", "2000", ...quick, "--baseline", path);
  assert.equal(found.code, 0, found.out + found.err);
  const b = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(b.format, "jackfield-capacity/1");
  assert.equal(b.target.own_server, true);
  assert.deepEqual(b.bound, { percentile: 99, latency_us: 2e6 });
  assert.equal(b.connections.max, 60);
  assert.equal(b.connections.limited_by, "end");
  assert.deepEqual(b.messages.map((m) => m.scenario), ["echo", "room"]);
  for (const m of b.messages) {
    assert.equal(m.limited_by, "end");
    assert.ok(m.max.sent_per_s > 200 && m.max.sent_per_s < 450, JSON.stringify(m.max));   // Poisson around 300
    assert.ok(m.average.sent_per_s < m.max.sent_per_s);
    assert.ok(m.max.p99_us > 0 && m.max.p50_us <= m.max.p99_us);
  }
  assert.ok(b.messages[0].max.cpu_us_per_delivery > 0);
  assert.equal(b.messages[1].copies_per_message, 10);

  // Ten times as fast on paper: worse by far now, whatever this machine does at the moment.
  b.messages[0].max.cpu_us_per_delivery /= 10;
  b.messages[0].limited_by = b.messages[1].limited_by = "latency";
  const better = scratch("better.json");
  writeFileSync(better, JSON.stringify(b));
  const worse = await run(binary, "bench", "capacity", "--scenario", "echo", "--no-connections", "--bound", "2000", ...quick, "--compare", better);
  assert.equal(worse.code, 1, worse.out + worse.err);
  assert.match(worse.out, /echo us CPU per delivery .* WORSE/);
  assert.match(worse.out, /room was not measured this time/);

  // And the other way round.
  b.messages[0].max.cpu_us_per_delivery *= 1000;
  writeFileSync(better, JSON.stringify(b));
  const fine = await run(binary, "bench", "capacity", "--scenario", "echo", "--no-connections", "--bound", "2000", ...quick, "--compare", better);
  assert.equal(fine.code, 0, fine.out + fine.err);
  assert.match(fine.out, /echo us CPU per delivery .* better/);
});

test("what is no baseline is refused before anything is measured", limit, async () => {
  for (const [text, why] of [["{", /no JSON/], ['{"format":"jackfield-bench/1"}', /format/], ['{"format":"jackfield-capacity/1"}', /missing/]]) {
    const path = scratch("wrong.json");
    writeFileSync(path, text);
    const r = await run(binary, "bench", "capacity", "--compare", path);
    assert.equal(r.code, 2);
    assert.match(r.err, why);
  }
});

test("the limit of a server is found, and named", limit, async () => {
  // 5 ms a message on the only thread: 200 a second at most.
  served = await Official.start({ behave: (socket) => socket.on("echo", (p, reply) => {
    for (const end = performance.now() + 5; performance.now() < end;);
    reply(p);
  }) });
  served.io.use((_, next) => next(served.io.sockets.sockets.size < 120 ? undefined : new Error("full")));
  const json = scratch("capacity.json");
  const r = await run(binary, "bench", "capacity", served.url, "--scenario", "echo", "--bound", "300", "--step-seconds", "0.6", "--max-connections", "150",
    "--patience", "1", "--json", json);
  assert.equal(r.code, 0, r.out + r.err);
  const b = JSON.parse(readFileSync(json, "utf8"));
  assert.notEqual(b.connections.limited_by, "end");
  assert.ok(b.connections.max <= 120, JSON.stringify(b.connections));
  const [echo] = b.messages;
  assert.ok(["latency", "throughput", "errors", "generator"].includes(echo.limited_by), JSON.stringify(echo));
  assert.ok(echo.max.delivered_per_s <= 210, JSON.stringify(echo));
});
