// Every scenario, against the official server: what the report says has to be what the server counted.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Authority } from "../conformance/certificates.mjs";
import { bench, limit, Official } from "./bench.mjs";
import { OwnServer } from "./own.mjs";

let served;
afterEach(async () => { await served?.stop(); served = undefined; });

const short = ["--seconds", "0.4", "--warmup", "0.2"];

function without_faults(r) {
  assert.equal(r.code, 0, r.out + r.err);
  assert.equal(r.report.format, "jackfield-bench/1");
  assert.equal(r.first.errors, 0, r.out);
  assert.equal(r.first.failure, null);
}

/** Every copy that the server sent is in the report, and nothing else. */
function same_copies(r, counts) {
  without_faults(r);
  const { expected, received, lost, twice, foreign, malformed } = r.first.copies;
  assert.deepEqual({ expected, received, lost, twice, foreign, malformed },
    { expected: counts.copies, received: counts.copies, lost: 0, twice: 0, foreign: 0, malformed: 0 });
  assert.ok(r.first.latency_us.count > 0 && r.first.latency_us.count <= counts.copies);
  assert.ok(r.first.latency_us.min > 0 && r.first.latency_us.p50 >= r.first.latency_us.min && r.first.latency_us.max >= r.first.latency_us.p99);
}

for (const [road, args, transports] of [
  ["websocket", ["echo"], ["websocket"]],
  ["polling", ["poll"], ["polling"]],
  ["upgrade", ["echo", "--transport", "upgrade"], ["websocket"]]]) {
  for (const [loop, load] of [["closed", []], ["open", ["--rate", 200]]]) {
    test(`echo over ${road}, ${loop} loop`, limit, async () => {
      served = await Official.start();
      const r = await bench(...args, served.url, "-c", 10, ...short, ...load);
      same_copies(r, served.counts);
      assert.equal(served.counts.connections, 10);
      assert.equal(r.first.connect.connected, 10);
      assert.ok(r.first.copies.expected >= r.first.sent);
      if (loop === "open") assert.equal(r.first.sent, 80);   // 200/s for 0.4 s, whatever the server did
      assert.deepEqual([...served.counts.transports].filter((t) => !t.startsWith("upgrade")), road === "polling" ? ["polling"] : transports);
    });
  }
}

test("echo with many in flight and long payloads", limit, async () => {
  served = await Official.start();
  const r = await bench("echo", served.url, "-c", 3, "--in-flight", 16, "--size", 4096, ...short);
  same_copies(r, served.counts);
  assert.ok(r.first.bytes_in > 4096 * served.counts.echo);
});

for (const threads of [1, 2]) {
  test(`cast with ${threads} thread(s)`, limit, async () => {
    served = await Official.start();
    same_copies(await bench("cast", served.url, "-c", 20, "--threads", threads, "--rate", 100, ...short), served.counts);
    assert.equal(served.counts.copies, 20 * served.counts.cast);
  });

  test(`room with ${threads} thread(s)`, limit, async () => {
    served = await Official.start();
    const r = await bench("room", served.url, "-c", 20, "--rooms", 4, "--threads", threads, "--rate", 200, ...short);
    same_copies(r, served.counts);
    assert.equal(served.counts.join, 20);
    assert.equal(served.counts.copies, 5 * served.counts.room);
  });
}

test("cast and room, closed loop", limit, async () => {
  served = await Official.start();
  same_copies(await bench("cast", served.url, "-c", 5, "--senders", 2, ...short), served.counts);
  await served.stop();
  served = await Official.start();
  same_copies(await bench("room", served.url, "-c", 6, "--rooms", 2, ...short), served.counts);
});

test("idle answers heartbeats, and counts them", limit, async () => {
  served = await Official.start({ options: { pingInterval: 100, pingTimeout: 5000 } });
  const r = await bench("idle", served.url, "-c", 8, "--seconds", "1", "--warmup", "0.1");
  without_faults(r);
  assert.ok(served.counts.heartbeats >= 8, "the server saw pongs");
  assert.ok(r.first.heartbeats >= served.counts.heartbeats && r.first.heartbeats <= served.counts.heartbeats + 8);
  assert.equal(r.first.connect.still_there, 8);
});

test("idle: casts to everybody, then half of the lines cut", limit, async () => {
  served = await Official.start();
  const r = await bench("idle", served.url, "-c", 20, ...short, "--probe-rate", 20, "--casts", 2, "--kill", 50, "--settle", "0.5");
  same_copies(r, served.counts);
  assert.deepEqual(r.first.acts.map((a) => [a.name, a.expected, a.happened, a.lines_lost]),
    [["hold", 20, 20, 0], ["cast 1", 20, 20, 0], ["cast 2", 20, 20, 0], ["kill 50 %", 10, 10, 0]]);
  assert.equal(r.first.connect.still_there, 10);
  assert.ok(served.counts.reasons.has("transport error") || served.counts.reasons.has("transport close"));
  assert.ok(r.first.acts[3].probes_us.count > 0, "somebody asked behind the cut");
});

for (const [loop, load] of [["closed", []], ["open", ["--rate", 50]]]) {
  test(`churn, ${loop} loop`, limit, async () => {
    served = await Official.start();
    const r = await bench("churn", served.url, "-c", 4, ...short, ...load);
    without_faults(r);
    assert.equal(r.first.connect.connected, served.counts.connections);
    assert.ok(r.first.delivered > 0 && r.first.delivered <= served.counts.connections);
    if (loop === "open") assert.equal(r.first.sent, 20);
  });
}

for (const back of ["at-once", "client"]) {
  test(`storm, back ${back}`, limit, async () => {
    served = await Official.start();
    const r = await bench("storm", served.url, "-c", 10, "--rounds", 2, "--back", back);
    without_faults(r);
    assert.deepEqual(r.first.acts.map((a) => [a.expected, a.happened]), [[10, 10], [10, 10]]);
    assert.equal(served.counts.connections, 30);   // they came, and came back twice
    assert.equal(r.first.connect.connected, 30);
    if (back === "client") assert.ok(r.first.acts[0].latency_us.min >= 0.5e6, "the official client waits 0.5 s at least");
  });
}

test("chat mixes rooms, requests, comings and goings", limit, async () => {
  served = await Official.start();
  const r = await bench("chat", served.url, "-c", 20, "--rooms", 4, "--rate", 400, "--seconds", 1, "--warmup", "0.2");
  without_faults(r);
  const { counts } = served;
  assert.ok(counts.echo > 0 && counts.room > 0 && counts.connections > 20, JSON.stringify(counts));
  assert.equal(counts.join, counts.connections);
  assert.equal(r.first.connect.connected, counts.connections);
  // Who left while a copy was under way to them is no loss; nobody got what was not sent.
  assert.equal(r.first.copies.received + r.first.copies.written_off, r.first.copies.expected);
  assert.ok(r.first.copies.received <= counts.copies);
});

test("another namespace, with auth", limit, async () => {
  served = await Official.start();
  const seen = [];
  served.io.of("/load").on("connection", (socket) => {
    seen.push(socket.handshake.auth);
    socket.on("echo", (payload, reply) => reply(payload));
  });
  const r = await bench("echo", served.url, "-c", 2, "--nsp", "/load", "--auth", '{"token":"t"}', ...short);
  without_faults(r);
  assert.deepEqual(seen, [{ token: "t" }, { token: "t" }]);
  assert.ok(r.first.copies.received > 0);
});

// The library's own server, in another process, as `jackfield bench` without a URL starts it.
for (const scenario of ["idle", "echo", "poll", "cast", "room", "churn", "chat"]) {
  test(`${scenario} against a server of its own`, limit, async () => {
    const r = await bench(scenario, "-c", 20, ...short);
    without_faults(r);
    assert.equal(r.report.target.own_server, true);
    assert.ok(r.first.server.rss_connected_bytes > 1e6, "its memory is known");
    assert.equal(r.first.copies.lost, 0);
    if (scenario !== "idle") assert.ok(r.first.delivered > 0);
    if (scenario !== "idle") assert.ok(r.first.timeline.delivered.length > 0);
  });
}

// S40
test("https: certificates are checked, and may be trusted, resumed or ignored", limit, async () => {
  const authority = new Authority("bench authority");
  served = await Official.start({ tls: authority.vouch("server") });
  const resumed = [];
  served.http.on("secureConnection", (s) => resumed.push(s.isSessionReused()));
  const refused = await bench("echo", served.url, "-c", 2, ...short);
  assert.equal(refused.code, 1);
  assert.equal(refused.first.connect.failures.tls, 2);
  assert.match(refused.out, /authority|self.signed|issuer/i);
  assert.equal(served.counts.connections, 0);
  for (const road of ["websocket", "upgrade", "polling"]) {
    served.counts.copies = 0;
    const what = road === "polling" ? ["poll"] : ["echo", "--transport", road];
    same_copies(await bench(...what, served.url, "-c", 3, "--tls-ca", authority.cert, ...short), served.counts);
  }
  assert.ok(!resumed.includes(true), "full handshakes unless asked otherwise");
  served.counts.copies = 0;
  same_copies(await bench("cast", served.url.replace("https", "wss"), "-c", 3, "--tls-insecure", "--rate", 50, ...short), served.counts);
  resumed.length = 0;
  without_faults(await bench("churn", served.url, "-c", 1, "--tls-ca", authority.cert, "--tls-resume", ...short));
  assert.ok(resumed.filter((r) => r).length >= Math.floor(resumed.length / 3), `resumed: ${resumed}`);
});

test("https against the library's own server", limit, async () => {
  const authority = new Authority("own authority");
  const { cert, key } = authority.vouch("own");
  const own = await OwnServer.start("--tls-cert", cert, "--tls-key", key);
  try {
    const r = await bench("echo", `https://127.0.0.1:${own.port}`, "-c", 10, "--in-flight", 8, "--size", 20_000, "--tls-ca", authority.cert, ...short);
    without_faults(r);
    assert.ok(r.first.delivered > 0 && r.first.copies.lost === 0);
  } finally {
    await own.stop();
  }
});
