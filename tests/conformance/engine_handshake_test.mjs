// Engine.IO handshakes, refusals and CORS over raw HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Connection, Polling, refused_upgrade, request, Ws } from "./raw.mjs";
import { ours, Target } from "./target.mjs";

let engine, open, matrix;
before(async () => { [engine, open, matrix] = await Promise.all([Target.start("engine-protocol"), Target.start("open"), Target.start("matrix")]); });
after(() => Promise.all([engine, open, matrix].map((t) => t?.stop())));

const limit = { timeout: 10_000 };
const E = "/engine.io/", S = "/socket.io/";

function is_error(r, status, code, message) {
  assert.equal(r.status, status);
  assert.match(r.headers["content-type"], /^application\/json/);
  assert.deepEqual(r.json(), { code, message });
}

test("the open packet has exactly five keys, in order", limit, async () => {   // P1
  const r = await request(engine.port, "GET", `${E}?EIO=4&transport=polling`);
  assert.equal(r.status, 200);
  assert.equal(r.text[0], "0");
  assert.deepEqual(Object.keys(JSON.parse(r.text.slice(1))), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
});

test("the defaults in the open packet", limit, async () => {   // P2
  const p = await Polling.open(open.port, S);
  const { sid, ...rest } = p.handshake;
  assert.deepEqual(rest, { upgrades: ["websocket"], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });
});

test("headers of a polling answer", limit, async () => {   // P3
  const r = await request(engine.port, "GET", `${E}?EIO=4&transport=polling`);
  assert.equal(r.headers["content-type"], "text/plain; charset=UTF-8");
  assert.equal(Number(r.headers["content-length"]), r.body.length);
  assert.equal(r.headers["cache-control"], "no-store");
  assert.equal(r.headers["content-encoding"], undefined);
});

test("session ids are 20 URL-safe characters and never the same", limit, async () => {   // P4 S19
  const all = await Promise.all(Array.from({ length: 50 }, () => Polling.open(engine.port)));
  for (const p of all) assert.match(p.sid, /^[A-Za-z0-9_-]{20}$/);
  assert.equal(new Set(all.map((p) => p.sid)).size, 50);
  if (ours) assert.equal(new Set(all.map((p) => p.sid.slice(0, 8))).size, 50, "no part of an id repeats");
});

test("a WebSocket handshake begins with the open packet, without upgrades", limit, async () => {   // P5
  const w = await Ws.engine(engine.port);
  assert.equal(w.open_packet[0], "0");
  assert.deepEqual(w.handshake.upgrades, []);
  assert.deepEqual(Object.keys(w.handshake), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
  w.close();
});

for (const name of ["", "abc", "webtransport", "constructor", "__proto__", "Polling"]) {
  test(`transport "${name}" is unknown`, limit, async () => {   // P7 S18
    const query = name ? `&transport=${name}` : "";
    is_error(await request(engine.port, "GET", `${E}?EIO=4${query}`), 400, 0, "Transport unknown");
  });
}

for (const sid of ["abc", "__proto__", "constructor", "%00", "A".repeat(20)]) {
  test(`sid ${sid} is unknown`, limit, async () => {   // P8 S18
    is_error(await request(engine.port, "GET", `${E}?EIO=4&transport=polling&sid=${sid}`), 400, 1, "Session ID unknown");
    is_error(await request(engine.port, "POST", `${E}?EIO=4&transport=polling&sid=${sid}`, { body: "4" }), 400, 1, "Session ID unknown");
  });
}

for (const method of ["POST", "PUT", "OPTIONS", "DELETE", "HEAD"]) {
  test(`${method} cannot open a session`, limit, async () => {   // P9 S8
    const r = await request(open.port, method, `${S}?EIO=4&transport=polling`);
    assert.equal(r.status, 400);
    if (method !== "HEAD") assert.deepEqual(r.json(), { code: 2, message: "Bad handshake method" });
  });
}

test("transport=websocket over plain HTTP is a bad request", limit, async () => {   // P10
  is_error(await request(engine.port, "GET", `${E}?EIO=4&transport=websocket`), 400, 3, "Bad request");
});

test("a plain request with another transport than the session's is a bad request", limit, async () => {   // P11
  const p = await Polling.open(engine.port);
  is_error(await request(engine.port, "GET", `${E}?EIO=4&transport=websocket&sid=${p.sid}`), 400, 3, "Bad request");
  assert.equal((await p.post("4still there")).status, 200);
});

for (const version of [null, "3", "5", "abc", "", "44"]) {
  test(`EIO=${version} is not supported`, limit, async () => {   // P14
    const query = version === null ? "" : `EIO=${version}&`;
    is_error(await request(engine.port, "GET", `${E}?${query}transport=polling`), 400, 5, "Unsupported protocol version");
  });
}

test("a refused upgrade is a plain 400 with the bare message, and the connection ends", limit, async () => {   // P16 P7 P8
  for (const [query, message] of [["EIO=4&transport=abc", "Transport unknown"], ["EIO=4&transport=websocket&sid=abc", "Session ID unknown"]]) {
    const r = await refused_upgrade(engine.port, `${E}?${query}`);
    assert.equal(r.status, 400);
    assert.match(r.headers["content-type"], /^text\/html/);
    assert.equal(r.headers.connection.toLowerCase(), "close");
    assert.equal(r.text, message);
  }
});

test("a WebSocket of another protocol revision is refused before the 101", { ...limit, skip: !ours && "the reference answers 101 first" }, async () => {   // P14 S18
  const r = await refused_upgrade(engine.port, `${E}?EIO=3&transport=websocket`);
  assert.equal(r.status, 400);
});

test("headers set for every answer are on polling answers and on the 101", limit, async () => {   // P18 P52
  const r = await request(engine.port, "GET", `${E}?EIO=4&transport=polling`, { headers: { Origin: "http://other.example" } });
  assert.equal(r.headers["access-control-allow-origin"], "*");
  const w = await Ws.engine(engine.port, E, "", { headers: { Origin: "http://other.example" } });
  assert.equal(w.answer.headers["access-control-allow-origin"], "*");
  w.close();
});

test("what lies below the path", limit, async () => {   // P20 S7
  const below = await request(engine.port, "GET", `${E}foo?EIO=4&transport=polling`);
  assert.equal(below.status, ours ? 404 : 200);
  assert.equal((await request(engine.port, "GET", "/engine.io?EIO=4&transport=polling")).status, 404);
});

test("other paths reach the other handler", limit, async () => {   // P21 S7
  for (const path of ["/", "/engine.iox/?EIO=4&transport=polling", "/ENGINE.IO/?EIO=4&transport=polling", "/x/engine.io/?EIO=4&transport=polling"]) {
    assert.equal((await request(engine.port, "GET", path)).status, 404, path);
  }
});

test("an empty sid is no sid", limit, async () => {   // P22
  const r = await request(engine.port, "GET", `${E}?EIO=4&transport=polling&sid=`);
  assert.equal(r.status, 200);
  assert.equal(r.text[0], "0");
});

test("of a repeated query key the last one counts", limit, async () => {   // S18
  is_error(await request(engine.port, "GET", `${E}?EIO=4&transport=polling&transport=abc`), 400, 0, "Transport unknown");
  assert.equal((await request(engine.port, "GET", `${E}?EIO=3&EIO=4&transport=abc&transport=polling`)).status, 200);
});

test("no cookie by default", limit, async () => {   // P24 S37
  const r = await request(open.port, "GET", `${S}?EIO=4&transport=polling`);
  assert.equal(r.headers["set-cookie"], undefined);
});

test("old Internet Explorers are told to leave the answer alone", limit, async () => {   // P27
  const ask = (agent) => request(engine.port, "GET", `${E}?EIO=4&transport=polling`, { headers: { "User-Agent": agent } });
  assert.equal((await ask("Mozilla/4.0 (compatible;MSIE 8.0)")).headers["x-xss-protection"], "0");
  assert.equal((await ask("Mozilla/5.0 Trident/7.0")).headers["x-xss-protection"], "0");
  assert.equal((await ask("curl/8")).headers["x-xss-protection"], undefined);
});

test("upgrade requests for other paths are ended", limit, async () => {   // P28 S7
  const c = await Connection.open(engine.port);
  c.request("GET", "/elsewhere", { headers: { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13" } });
  if (ours) assert.equal((await c.answer()).status, 404);
  await c.closed;
});

test("a preflight is answered 204 whatever the query", limit, async () => {   // P49 S35
  const r = await request(matrix.port, "OPTIONS", `${S}?transport=abc`, {
    headers: { Origin: "http://other.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-one,x-two" } });
  assert.equal(r.status, 204);
  assert.equal(r.body.length, 0);
  assert.equal(r.headers["access-control-allow-origin"], "http://other.example");
  assert.equal(r.headers["access-control-allow-credentials"], "true");
  assert.equal(r.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
  assert.equal(r.headers["access-control-allow-headers"], "x-one,x-two");
  const vary = r.list.filter(([n]) => n === "vary").map(([, v]) => v).join(",");
  assert.match(vary, /Origin/i);
  assert.match(vary, /Access-Control-Request-Headers/i);
});

test("error answers carry the CORS headers too", limit, async () => {   // P52 S35
  const r = await request(matrix.port, "GET", `${S}?EIO=4&transport=abc`, { headers: { Origin: "http://other.example" } });
  assert.equal(r.status, 400);
  assert.equal(r.headers["access-control-allow-origin"], "http://other.example");
  assert.equal(r.headers["access-control-allow-credentials"], "true");
});

test("no CORS headers by default", limit, async () => {   // S35
  const r = await request(open.port, "GET", `${S}?EIO=4&transport=polling`);
  assert.deepEqual(r.list.filter(([n]) => n.startsWith("access-control")), []);
});

test("a page of another origin is refused on both transports", { ...limit, skip: !ours && "the reference serves every origin" }, async () => {   // S36
  const headers = { Origin: "http://evil.example" };
  assert.equal((await request(open.port, "GET", `${S}?EIO=4&transport=polling`, { headers })).status, 403);
  assert.equal((await refused_upgrade(open.port, `${S}?EIO=4&transport=websocket`, headers)).status, 403);
  const own = { Host: `127.0.0.1:${open.port}`, Origin: `http://127.0.0.1:${open.port}` };
  assert.equal((await request(open.port, "GET", `${S}?EIO=4&transport=polling`, { headers: own })).status, 200);
});

test("a WebSocket handshake with something wrong is refused", limit, async () => {   // S10
  const target = `${E}?EIO=4&transport=websocket`;
  const version = await refused_upgrade(engine.port, target, { "Sec-WebSocket-Version": "12" });
  assert.equal(version.status, ours ? 426 : 400);
  assert.match(version.headers["sec-websocket-version"], /\b13\b/);
  for (const headers of [{ "Sec-WebSocket-Key": "short" }, { "Sec-WebSocket-Key": null }]) assert.equal((await refused_upgrade(engine.port, target, headers)).status, 400);
});

test("bytes behind the upgrade request are processed", { ...limit, skip: !ours && "the reference loses them" }, async () => {   // S10
  const c = await Connection.open(engine.port);
  const frame = Buffer.from([0x81, 0x86, 0, 0, 0, 0, ...Buffer.from("4early")]);
  c.socket.cork();
  c.request("GET", `${E}?EIO=4&transport=websocket`, { headers: { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13" } });
  c.send(frame);
  c.socket.uncork();
  const r = await c.answer();
  assert.equal(r.status, 101);
  assert.equal(r.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  while (!c.buffer.includes("4early")) await new Promise((ok) => c.socket.once("data", ok));
  c.close();
});
