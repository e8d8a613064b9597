// Ten thousand malformed sequences at each level. Each must end in an answer of the specification or a close; the server
// stays, serves, and gives back its memory and descriptors. MALFORMED_SEED chooses other sequences, MALFORMED_COUNT their number.
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import { frame, malformed, random_source } from "./malformed.mjs";
import { ours, Target } from "./target.mjs";

const SEED = Number(process.env.MALFORMED_SEED ?? 20260101), COUNT = Number(process.env.MALFORMED_COUNT ?? 10_000), AT_ONCE = 48;
const STATUSES = new Set([100, 101, 200, 204, 400, 403, 404, 408, 413, 414, 415, 417, 426, 431, 505]);
/** What a close frame may carry (S15); codes of 3000 and more are the client's own, sent back. */
const may_close_with = (c) => (c >= 1000 && c <= 1003) || (c >= 1007 && c <= 1014) || (c >= 3000 && c <= 4999);
const ENDS_MS = 8000, MEMORY_KIB = 16 * 1024;

let target, start;
before(async () => {
  if (!ours) return;
  target = await Target.start("socket-protocol");   // short heartbeats: what was opened and forgotten is gone in a second
  await a_normal_client();
});
after(() => target?.stop());

/** Sends, half-closes, and resolves to all that came back until the server closed. */
function exchange(port, bytes, n) {
  return new Promise((ok) => {
    const got = [];
    // Several local addresses: tens of thousands of connections would otherwise run out of ports.
    const s = net.connect({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + (n % 50)}`, allowHalfOpen: true });
    const late = setTimeout(() => finish("hung"), ENDS_MS);   // the time limit is what is tested; nobody waits for it otherwise
    const finish = (how) => { clearTimeout(late); s.destroy(); ok({ how, got: Buffer.concat(got) }); };
    s.on("connect", () => s.end(bytes));
    s.on("data", (d) => got.push(d)).on("end", () => finish("closed")).on("error", (e) => finish(e.code === "ECONNRESET" || e.code === "EPIPE" ? "reset" : e.code));
  });
}

/** Says what is wrong with an answer; nothing when it is as specified. */
function wrong_with({ how, got }) {
  if (how !== "closed" && how !== "reset") return how;
  let rest = got;
  while (rest.length) {
    const head_end = rest.indexOf("\r\n\r\n"), head = rest.subarray(0, head_end < 0 ? rest.length : head_end).toString("latin1");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (!STATUSES.has(status)) return `status line ${JSON.stringify(head.slice(0, 60))}`;
    if (head_end < 0) return how === "reset" ? undefined : "an answer without an end";
    if (status === 101) return wrong_with_frames(rest.subarray(head_end + 4), how);
    const size = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    rest = rest.subarray(head_end + 4 + size);
  }
}

function wrong_with_frames(b, how) {
  while (b.length) {
    if (b.length < 2) return how === "reset" ? undefined : "half a frame";
    const opcode = b[0] & 15, short = b[1] & 127, at = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (b[1] & 0x80) return "a masked frame";
    if (b[0] & 0x70 || ![0, 1, 2, 8, 9, 10].includes(opcode)) return `first byte ${b[0]}`;
    const n = short < 126 ? short : short === 126 ? b.readUInt16BE(2) : Number(b.readBigUInt64BE(2));
    if (b.length < at + n) return how === "reset" ? undefined : "a frame that is cut";
    if (opcode === 8 && n > 0 && !may_close_with(b.readUInt16BE(at))) return `close code ${b.readUInt16BE(at)}`;
    if (opcode === 8 && b.length > at + n) return "bytes behind the close frame";
    b = b.subarray(at + n);
  }
}

async function a_normal_client() {
  for (const transports of [["polling", "websocket"], ["websocket"]]) {
    const s = io(target.url, { transports, forceNew: true });
    await new Promise((ok, no) => { s.once("connect", ok); s.once("connect_error", no); });
    assert.equal(await s.timeout(5000).emitWithAck("message-with-ack", "well"), "well");
    s.disconnect();
  }
}

/** Waits for what connections left behind to be gone. Another process's descriptors tell nobody when they go: asked every 50 ms. */
async function settled() {
  const until = performance.now() + 10_000;
  while (target.descriptors() > start.descriptors && performance.now() < until) await new Promise((ok) => setTimeout(ok, 50));
}

async function attack(level, sequence) {
  const random = random_source(SEED + level.length);
  const findings = [];
  let next = 0;
  const one = async () => {
    while (next < COUNT && target.alive && findings.length < 5) {
      const n = next++, bytes = sequence(random);
      const wrong = wrong_with(await exchange(target.port, bytes, n));
      if (wrong) findings.push(`${level} ${n}: ${wrong} for ${JSON.stringify(bytes.toString("latin1").slice(0, 400))}`);
    }
  };
  start ??= { descriptors: target.descriptors() };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  assert.deepEqual(findings, []);
  assert.ok(target.alive, `the server ended: ${JSON.stringify(await Promise.race([target.closed, null]))}`);
  await a_normal_client();
  await settled();
  // Fewer than at the start: a connection of the client before it was then still on its way out. From here on that is the measure.
  const now = target.descriptors();
  assert.ok(now <= start.descriptors, `${now} descriptors, ${start.descriptors} at the start`);
  start.descriptors = now;
}

const polling = "/socket.io/?EIO=4&transport=polling", websocket = "/socket.io/?EIO=4&transport=websocket";
const UPGRADE = `GET ${websocket} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const requests = [
  `GET ${polling} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET ${polling}&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, deflate\r\n\r\n`,
  `POST ${polling}&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n4hello`,
  `POST ${polling} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n4he\r\n3;a=b\r\nllo\r\n0\r\nT: x\r\n\r\n`,
  `OPTIONS ${polling} HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\nAccess-Control-Request-Headers: x-a\r\n\r\n`,
  `GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
  `PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab`,
  UPGRADE,
];

const skip = !ours && "for our server";

test("HTTP", { skip, timeout: 180_000 }, () => attack("http", (random) => malformed(requests, random)));   // S1 S2 S3 S4 S8

test("WebSocket", { skip, timeout: 180_000 }, () => {   // S11 S12 S13 S14 S15
  const close = Buffer.from([0x03, 0xe8]);
  const frames = [frame(Buffer.from("40")), frame(Buffer.from("4hello"), 1, false), frame(Buffer.from("x"), 0), frame(Buffer.from("ping"), 9), frame(Buffer.from("pong"), 10), frame(close, 8),
    frame(Buffer.from("héllo 日本")), frame(Buffer.alloc(300, 52)), frame(Buffer.alloc(70_000, 52)), frame(Buffer.from([1, 2, 3]), 2), frame(Buffer.alloc(0))].map((b) => b.toString("latin1"));
  return attack("websocket", (random) => Buffer.concat([Buffer.from(UPGRADE), ...Array.from({ length: 1 + random(3) }, () => malformed(frames, random))]));
});

/** Sound frames around malformed payloads, text and binary. */
const framed = (first, samples) => (random) =>
  Buffer.concat([Buffer.from(UPGRADE), ...first.map((t) => frame(Buffer.from(t))), ...Array.from({ length: 1 + random(4) }, () => frame(malformed(samples, random), random(4) ? 1 : 2))]);

test("Engine.IO", { skip, timeout: 180_000 }, () =>   // S18 S21
  attack("engine", framed([], ["0", "1", "2", "2probe", "3", "3probe", "40", "4hello", "5", "6", "bAQIDBA==", "b", '0{"sid":"x"}', "4héllo", "40{}"])));

test("Socket.IO", { skip, timeout: 180_000 }, () =>   // S25 S26 S27 S28 S29
  attack("socket.io", framed(["40"], ["40", '40/custom,{"a":1}', "41", "41/custom,", '42["message",1,{"a":[true,null]}]', '4212["message-with-ack","é",-0.5e3]', '430[]', '4312[{"x":"y"}]',
    '44{"message":"no"}', '451-["message",{"_placeholder":true,"num":0}]', '452-1["message-with-ack",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', '461-1[{"_placeholder":true,"num":0}]',
    '42["message","\\ud83d\\ude00\\n\\u0000"]', `42["message",${"[".repeat(60)}${"]".repeat(60)}]`])));

test("polling payloads", { skip, timeout: 180_000 }, async () => {   // S20 S21
  const samples = ["40", "4a\x1e4b", "bAQID\x1e40", "1", "3", '40\x1e42["message",1]\x1e451-["message",{"_placeholder":true,"num":0}]\x1ebAQI='];
  const handshake = (n) => exchange(target.port, Buffer.from(`GET ${polling} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), n);
  const random = random_source(SEED);
  const findings = [];
  let left = Math.min(COUNT, 2000);
  const one = async () => {
    while (left > 0) {
      const n = left--;
      const sid = /"sid":"([\w-]+)"/.exec((await handshake(n)).got.toString())?.[1], body = malformed(samples, random);
      const post = Buffer.concat([Buffer.from(`POST ${polling}&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
      const wrong = sid ? wrong_with(await exchange(target.port, post, n)) : "no handshake";
      if (wrong) findings.push(`${wrong} for ${JSON.stringify(body.toString("latin1").slice(0, 400))}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  assert.deepEqual(findings, []);
  await a_normal_client();
});

test("the same again leaves the memory where it was", { skip: skip || (process.env.JACKFIELD_SANITIZE ? "sanitizers keep freed memory" : false), timeout: 180_000 }, async (t) => {   // S12 S33
  // The first round has filled pools and caches; what grows now would go on growing.
  await settled();
  const before = target.resident_kib();
  const random = random_source(SEED + 1);
  let left = COUNT;
  const one = async () => {
    while (left > 0) {
      const n = left--;
      await exchange(target.port, n % 2 ? malformed(requests, random) : framed(["40"], requests)(random), n);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  await a_normal_client();
  await settled();
  const grown = target.resident_kib() - before;
  t.diagnostic(`${before} KiB before, ${grown} KiB more behind it`);
  assert.ok(grown < MEMORY_KIB, `${grown} KiB more than before`);
});
