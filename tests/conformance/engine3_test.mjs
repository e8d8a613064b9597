// Engine.IO 3 over raw HTTP and WebSocket: payloads of both forms, JSONP, the heartbeat the other way round, the upgrade.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request, Ws } from "./raw.mjs";
import { ours, Target } from "./target.mjs";

let engine, hasty, strict;
before(async () => { [engine, hasty, strict] = await Promise.all([Target.start("engine-calm-v3"), Target.start("engine-protocol-v3"), Target.start("engine-protocol")]); });
after(() => Promise.all([engine, hasty, strict].map((t) => t?.stop())));

const limit = { timeout: 10_000 };
const base = "/engine.io/?EIO=3&transport=polling";
const octets = { headers: { "Content-Type": "application/octet-stream" } };
const form = { headers: { "Content-Type": "application/x-www-form-urlencoded" } };

/** The packets of a text payload, by the lengths in it. */
function split(text) {
  const packets = [];
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(":", at), length = Number(text.slice(at, colon));
    packets.push(text.slice(colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return packets;
}

/** A polling session; text payloads. */
class Old {
  static async open(query = "", target = base) {
    const o = new Old();
    o.first = await request(engine.port, "GET", target + query);
    const [, text = o.first.text] = /^___eio\[\d*\]\((.*)\);$/.exec(o.first.text) ?? [];
    const [open] = split(text.startsWith('"') ? JSON.parse(text) : text);
    o.handshake = JSON.parse(open.slice(1));
    o.target = `${target}${query}&sid=${o.handshake.sid}`;
    return o;
  }

  get() { return request(engine.port, "GET", this.target); }
  post(body, options = {}) { return request(engine.port, "POST", this.target, { ...options, body }); }
}

test("without the option there is no revision 3", limit, async () => {   // P14
  for (const query of ["EIO=3&transport=polling", "transport=polling", "EIO=3&transport=polling&j=0"]) {
    const r = await request(strict.port, "GET", `/engine.io/?${query}`);
    assert.equal(r.status, 400);
    assert.deepEqual(r.json(), { code: 5, message: "Unsupported protocol version" });
  }
});

test("the handshake has a length and the usual five members", limit, async () => {   // P96
  const o = await Old.open();
  const [, length, packet] = /^(\d+):(0\{.*\})$/.exec(o.first.text);
  assert.equal(Number(length), packet.length);
  assert.deepEqual(Object.keys(o.handshake), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
  assert.equal(o.first.headers["content-type"], "text/plain; charset=UTF-8");
});

test("lengths count UTF-16 units, both ways", limit, async () => {   // P97
  const o = await Old.open();
  assert.equal((await o.post("6:4hello2:4€4:4😀!0:")).text, "ok");
  assert.equal((await o.get()).text, "6:4hello2:4€4:4😀!");
});

test("base64 both ways where the client asks for it", limit, async () => {   // P98
  const o = await Old.open("&b64=1");
  assert.equal((await o.post("6:4hello10:b4AQIDBA==")).text, "ok");
  const r = await o.get();
  assert.equal(r.headers["content-type"], "text/plain; charset=UTF-8");
  assert.equal(r.text, "6:4hello10:b4AQIDBA==");
});

test("the binary payload, to the byte, both ways; text alone stays text", limit, async () => {   // P99 P100
  const o = await Old.open();
  const payload = Buffer.concat([Buffer.from([0, 6, 255]), Buffer.from("4hello"), Buffer.from([1, 5, 255, 4, 1, 2, 3, 4])]);
  assert.equal((await o.post(payload, octets)).text, "ok");
  const r = await o.get();
  assert.equal(r.headers["content-type"], "application/octet-stream");
  assert.deepEqual(r.body, payload);
  assert.equal((await o.post(Buffer.from([0, 4, 255, ...Buffer.from("4€")]), octets)).text, "ok");
  assert.equal((await o.get()).text, "2:4€");
});

for (const [name, body, options] of [["no length", "4hello"], ["a length beyond the end", "9:4hello"], ["an unknown type", "2:9a"], ["nothing", ""], ["a length without a colon", "2:4a2"],
  ["binary that is no packet", Buffer.from([0, 1, 255, 0x39]), octets]]) {
  test(`an undecodable body ends the session: ${name}`, limit, async () => {   // S21
    const o = await Old.open();
    assert.equal((await o.post(body, options)).text, "ok");
    assert.deepEqual((await o.get()).json(), { code: 1, message: "Session ID unknown" });
  });
}

test("the client pings, and the answer is bare", limit, async () => {   // P101
  const o = await Old.open();
  for (let i = 0; i < 3; i++) {
    assert.equal((await o.post("6:2hello")).text, "ok");
    assert.equal((await o.get()).text, "1:3");
  }
});

test("a client that does not ping is gone after interval and timeout", limit, async () => {   // P101
  const began = performance.now();
  const w = await Ws.open(`ws://127.0.0.1:${hasty.port}/engine.io/?EIO=3&transport=websocket`);
  const { code } = await w.closed;
  assert.equal(code, 1005);
  assert.deepEqual(w.queue.map((m) => m[0]), ["0"]);
  assert.ok(performance.now() - began >= 490);
});

test("a pong from the client is fatal", limit, async () => {   // P101
  const w = await Ws.open(`ws://127.0.0.1:${engine.port}/engine.io/?EIO=3&transport=websocket`);
  w.send("3");
  assert.equal((await w.closed).code, 1005);
});

test("binary on WebSocket begins with its type", limit, async () => {   // P102
  const w = await Ws.open(`ws://127.0.0.1:${engine.port}/engine.io/?EIO=3&transport=websocket`);
  await w.next();
  w.send(Buffer.from([4, 1, 2, 3]), "4hello", "b4AQID");
  assert.deepEqual(await w.next(), Buffer.from([4, 1, 2, 3]));
  assert.equal(await w.next(), "4hello");
  assert.deepEqual(await w.next(), Buffer.from([4, 1, 2, 3]));
  w.close();
  const text = await Ws.open(`ws://127.0.0.1:${engine.port}/engine.io/?EIO=3&transport=websocket&b64=1`);
  await text.next();
  text.send(Buffer.from([4, 1, 2, 3]));
  assert.equal(await text.next(), "b4AQID");
  text.close();
});

test("an upgrade frees the poll with 1:6", limit, async () => {   // P104
  const o = await Old.open();
  const parked = o.get();
  const w = await Ws.open(`ws://127.0.0.1:${engine.port}/engine.io/?EIO=3&transport=websocket&sid=${o.handshake.sid}`);
  w.send("2probe");
  assert.equal(await w.next(), "3probe");
  assert.equal((await parked).text, "1:6");
  w.send("5", "4on WebSocket");
  assert.equal(await w.next(), "4on WebSocket");
  w.close();
});

test("JSONP: a script with the index of the handshake, digits alone", limit, async () => {   // P103
  const o = await Old.open(`&b64=1&j=${encodeURIComponent("1];alert(2)//3")}`);
  assert.match(o.first.text, /^___eio\[123\]\("\d+:0\{.*\}"\);$/);
  assert.equal(o.first.headers["content-type"], ours ? "text/javascript; charset=UTF-8" : "text/plain; charset=UTF-8");
  assert.equal(o.first.headers["x-content-type-options"], ours ? "nosniff" : undefined);
  o.target = o.target.replace(/j=[^&]*/, "j=9");
  assert.equal((await o.post("d=6%3A4hello", form)).text, "ok");
  assert.equal((await o.get()).text, '___eio[123]("6:4hello");');
});

test("JSONP: what a script cannot hold is escaped, what a form cannot is unescaped", limit, async () => {   // P103
  const o = await Old.open("&b64=1&j=0");
  const say = async (text) => {
    const packet = `4${text}`;
    // as the old client writes a payload into its form
    assert.equal((await o.post(`d=${encodeURIComponent(`${packet.length}:${packet}`.replace(/\\n/g, "\\\\n").replace(/\n/g, "\\n"))}`, form)).text, "ok");
    const [, json] = /^___eio\[0\]\((.*)\);$/s.exec((await o.get()).text);
    assert.ok(!/[\u2028\u2029\n]/.test(json));
    assert.deepEqual(split(JSON.parse(json)), [packet]);
    return json;
  };
  await say("a\nb \\n \\\\n + & = % é 😀");
  await say("\u2028|\u2029");
  const json = await say("</script><script>alert(1)</script><!--");
  if (ours) assert.ok(!json.includes("<"));
  assert.equal((await o.post("e=1", form)).text, "ok", "a form without d says nothing");
  assert.equal((await o.post("d=1%3A2", form)).text, "ok");
  assert.equal((await o.get()).text, '___eio[0]("1:3");');
});
