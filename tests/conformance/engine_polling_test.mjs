// The polling transport over raw HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { Connection, eventually, Polling, request, round_trip, SEPARATOR, Ws, turns_of_all } from "./raw.mjs";
import { ours, Target } from "./target.mjs";

let engine, open, matrix;
before(async () => { [engine, open, matrix] = await Promise.all([Target.start("engine-protocol"), Target.start("open"), Target.start("matrix")]); });
after(() => Promise.all([engine, open, matrix].map((t) => t?.stop())));

const limit = { timeout: 10_000 };

async function is_gone(p) {
  const r = await p.get();
  assert.equal(r.status, 400);
  assert.deepEqual(r.json(), { code: 1, message: "Session ID unknown" });
}

test("a POST is answered ok", limit, async () => {   // P29
  const p = await Polling.open(engine.port);
  const r = await p.post("4hello");
  assert.equal(r.status, 200);
  assert.equal(r.text, "ok");
  assert.equal(r.headers["content-type"], "text/html");
  assert.equal(r.headers["content-length"], "2");
  assert.equal(r.headers["cache-control"], "no-store");
  assert.deepEqual(await p.packets(), ["4hello"]);
});

test("a payload of three packets is three messages in order, answered in one GET", limit, async () => {   // P30 P33
  const p = await Polling.open(engine.port);
  await p.post(["4a", "4b", "4c"].join(SEPARATOR));
  assert.deepEqual(await p.packets(), ["4a", "4b", "4c"]);
});

test("binary travels as base64 behind b", limit, async () => {   // P31
  const p = await Polling.open(engine.port);
  await p.post(`4hello${SEPARATOR}bAQIDBA==`);
  assert.deepEqual(await p.packets(), ["4hello", "bAQIDBA=="]);
});

test("a GET waits while nothing is queued", limit, async () => {   // P32
  const p = await Polling.open(open.port, "/socket.io/");
  const parked = await p.park();
  await p.post("40");
  const r = await parked.answer();
  assert.match(r.text, /^40\{"sid":"[\w-]{20}"\}$/);
  parked.close();
});

test("multibyte text survives being cut inside a character", limit, async () => {   // P34
  const p = await Polling.open(engine.port);
  const text = "4zażółć 日本 😀", bytes = Buffer.from(text);
  const c = await Connection.open(engine.port);
  c.send(`POST ${p.target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  for (const b of bytes) { c.send(Buffer.from([b])); await new Promise(setImmediate); }
  assert.equal((await c.answer()).text, "ok");
  assert.deepEqual(await p.packets(), [text]);
  c.close();
});

test("a chunked POST is put together", limit, async () => {   // P35
  const p = await Polling.open(engine.port);
  const c = await Connection.open(engine.port);
  c.send(`POST ${p.target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`, "3\r\n4he\r\n", "3;x=y\r\nllo\r\n", "0\r\n\r\n");
  assert.equal((await c.answer()).text, "ok");
  assert.deepEqual(await p.packets(), ["4hello"]);
  c.close();
});

test("a body of exactly the limit is taken, one more byte is 413, and the session goes on", limit, async () => {   // P36 P37 S4
  const p = await Polling.open(open.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  const text = (size) => `420["echo","${"x".repeat(size - '420["echo",""]'.length)}"]`;
  assert.equal((await p.post(text(1_000_000))).text, "ok");
  assert.equal((await p.packets())[0].length, 1_000_000 - '"echo",'.length);
  const r = await p.post(text(1_000_001));
  assert.equal(r.status, 413);
  assert.equal((await p.post('421["echo","again"]')).text, "ok");
  assert.deepEqual(await p.packets(), ['431["again"]'], "nothing of the large body was delivered");
});

test("413 comes from the Content-Length alone, and the connection ends", { ...limit, skip: !ours && "the reference waits for the body" }, async () => {   // S4
  const p = await Polling.open(open.port, "/socket.io/");
  const c = await Connection.open(open.port);
  c.send(`POST ${p.target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n`);
  assert.equal((await c.answer()).status, 413);
  await c.closed;
});

test("a second GET ends the session and releases the first", limit, async () => {   // P38 S20
  const p = await Polling.open(open.port, "/socket.io/");
  const first = await p.park();
  await round_trip(open.port);   // by now the first GET has been read
  const second = await Connection.open(open.port);
  second.request("GET", p.target);
  const released = await first.answer();
  assert.equal(released.status, 200);
  assert.equal(released.text, "1");
  assert.equal((await second.answer()).status, 400);
  await is_gone(p);
  first.close();
  second.close();
});

test("a second POST ends the session", limit, async () => {   // P39 S20
  const p = await Polling.open(open.port, "/socket.io/");
  const first = await Connection.open(open.port);
  first.send(`POST ${p.target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
  // "100 Continue" says that the first one is being received.
  await new Promise((ok) => { const look = () => (first.buffer.includes("100 Continue") ? ok() : first.socket.once("data", look)); look(); });
  assert.equal((await p.post("4x")).status, 400);
  await first.closed;
  await is_gone(p);
});

test("an octet-stream POST ends the session", limit, async () => {   // P40
  const p = await Polling.open(open.port, "/socket.io/");
  assert.equal((await p.post("40", { headers: { "Content-Type": "application/octet-stream" } })).status, 400);
  await is_gone(p);
});

for (const [what, body] of [["an unknown type", "9"], ["nothing", ""], ["an empty packet between two", `4a${SEPARATOR}${SEPARATOR}4b`], ["a letter", "abc"]]) {
  test(`a body with ${what} ends the session`, limit, async () => {   // P41 S21
    const p = await Polling.open(engine.port);
    await p.post(body);
    await is_gone(p);
  });
}

test("packets behind a bad one are not delivered", limit, async () => {   // P41 S21
  const witness = await Ws.engine(open.port, "/socket.io/");
  witness.send("40");
  await witness.next();
  const p = await Polling.open(open.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  await p.post('42["fanout",1,3]');
  assert.equal(await witness.next(), '42["blob",0,"xxx"]');
  await p.post(["9", '42["fanout",1,7]'].join(SEPARATOR));
  await is_gone(p);
  witness.send('421["echo","end"]');
  assert.equal(await witness.next(), '431["end"]');
  witness.close();
});

test("POST 1 closes: a parked GET is answered 6, what stands behind it is not delivered", limit, async () => {   // P43 P44
  const witness = await Ws.engine(open.port, "/socket.io/");
  witness.send("40");
  await witness.next();
  const p = await Polling.open(open.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  const parked = await p.park();
  const r = await p.post(["1", '42["fanout",1,9]'].join(SEPARATOR));
  assert.equal(r.text, "ok");
  assert.equal((await parked.answer()).text, "6");
  await is_gone(p);
  witness.send('421["echo","end"]');
  assert.deepEqual(await witness.next(), '431["end"]');
  witness.close();
  parked.close();
});

test("a client that gives up its parked GET is gone", limit, async () => {   // P45
  const p = await Polling.open(open.port, "/socket.io/");
  const parked = await p.park();
  await round_trip(open.port);
  parked.socket.resetAndDestroy();
  const r = await eventually(() => p.post("3"), (r) => r.status === 400);
  assert.equal(r.json().code, 1);
});

for (const method of ["PUT", "DELETE", "OPTIONS", "HEAD"]) {
  test(`${method} with a sid does nothing to the session`, limit, async () => {   // P46 S8
    const p = await Polling.open(open.port, "/socket.io/");
    assert.equal((await request(open.port, method, p.target)).status, ours ? 400 : 500);
    assert.equal((await p.post("40")).text, "ok");
    assert.match((await p.packets())[0], /^40/);
  });
}

test("a client may not ping", limit, async () => {   // P47 S21
  const p = await Polling.open(engine.port);
  await p.post("2");
  await is_gone(p);
});

test("0, 5 and 6 on the current transport do nothing", limit, async () => {   // P59
  const p = await Polling.open(engine.port);
  await p.post(["0", "5", "6", "4x"].join(SEPARATOR));
  assert.deepEqual(await p.packets(), ["4x"]);
});

test("answers of 1024 bytes and more are compressed for who accepts it", limit, async () => {   // P48
  const p = await Polling.open(open.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  const ask = async (size, accepted) => {
    await p.post(`42["echo","${"x".repeat(size - '42["echo",""]'.length)}"]`);
    return p.get({ headers: { "Accept-Encoding": accepted } });
  };
  const gzip = await ask(1024, "gzip, deflate");
  assert.equal(gzip.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(gzip.body).length, 1024);
  const deflate = await ask(2000, "deflate");
  assert.equal(deflate.headers["content-encoding"], "deflate");
  assert.equal(inflateSync(deflate.body).length, 2000);
  for (const [size, accepted] of [[1023, "gzip"], [2000, "br"], [2000, "identity"], [2000, "gzip;q=0"]]) {
    const r = await ask(size, accepted);
    assert.equal(r.headers["content-encoding"], undefined, `${size} ${accepted}`);
    assert.equal(r.body.length, size);
  }
});

test("the server closes a polling session: a parked GET gets 1", limit, async () => {   // P84
  const p = await Polling.open(matrix.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  const parked = await p.park();
  await p.post('42["drop"]');
  assert.equal((await parked.answer()).text, "1");
  await is_gone(p);
  parked.close();
});

test("the server closes a polling session: without a parked GET the next one gets 6 and 1", limit, async () => {   // P84 P85
  const p = await Polling.open(matrix.port, "/socket.io/");
  await p.post("40");
  await p.packets();
  await p.post('42["drop"]');
  await p.post('420["echo","last words"]');
  // Without a GET nothing is heard of p's close. A session that asked later for the same delay is closed later, on the same worker.
  const witness = await Ws.engine(matrix.port, "/socket.io/");
  witness.send("40");
  await witness.next();
  witness.send('42["drop"]');
  await witness.closed;
  await turns_of_all(matrix.port);
  assert.equal((await p.get()).text, '430["last words"]');
  assert.equal((await p.get()).text, `6${SEPARATOR}1`);
  await is_gone(p);
});

test("requests in one go are answered in order", { ...limit, skip: !ours && "the reference serves them side by side" }, async () => {   // S6
  const p = await Polling.open(engine.port);
  const c = await Connection.open(engine.port);
  c.socket.cork();
  c.request("POST", p.target, { body: "4one" }).request("GET", p.target).request("POST", p.target, { body: "4two" }).request("GET", p.target);
  c.socket.uncork();
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push((await c.answer()).text);
  assert.deepEqual(answers, ["ok", "4one", "ok", "4two"]);
  c.close();
});
