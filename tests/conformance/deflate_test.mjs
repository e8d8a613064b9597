// permessage-deflate under Socket.IO: what the official clients, which offer it, make of it, and what is on the wire.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { Target, ours } from "./target.mjs";

let target;
before(async () => { target = await Target.start("deflate"); });
after(() => target?.stop());

const limit = { timeout: 20_000 };
const made = [];
afterEach(() => { for (const s of made.splice(0)) s.disconnect?.() ?? s.close?.(); });

/** A joined client; `packed()`: its WebSocket agreed on the extension. */
async function client(options = {}) {
  const s = io(target.url, { forceNew: true, transports: ["websocket"], ...options });
  made.push(s);
  await new Promise((ok, no) => { s.on("connect", ok); s.on("connect_error", no); });
  s.packed = () => s.io.engine.transport.ws.extensions.includes("permessage-deflate");
  s.bytes = () => s.io.engine.transport.ws._socket.bytesRead;
  return s;
}
const blobs = (s, n) => new Promise((ok) => { const got = []; s.on("blob", (i, text) => { got.push([i, text]); if (got.length === n) ok(got); }); });

test("answers are packed, and come back whole", limit, async () => {   // P62
  const s = await client();
  assert.ok(s.packed());
  const text = "word ".repeat(20_000);
  const before = s.bytes();
  assert.equal(await s.emitWithAck("echo", text), text);
  assert.ok(s.bytes() - before < text.length / 20);
  assert.equal(await s.emitWithAck("echo", "short"), "short");
});

test("a broadcast reaches packing and plain clients, between messages of their own", limit, async () => {   // P62
  const plain = await client({ perMessageDeflate: false });
  const packing = await Promise.all([client(), client()]);
  assert.ok(!plain.packed() && packing.every((s) => s.packed()));
  const all = [plain, ...packing];
  const text = "x".repeat(50_000);
  for (let round = 0; round < 3; round++) {
    const own = all.map((s) => s.emitWithAck("echo", "own words ".repeat(500) + round));
    const came = all.map((s) => blobs(s, 4));
    const before = packing[1].bytes();
    all[round].emit("fanout", 4, text.length, () => {});
    for (const got of await Promise.all(came)) assert.deepEqual(got, [0, 1, 2, 3].map((i) => [i, text]));
    for (const answer of await Promise.all(own)) assert.equal(answer, "own words ".repeat(500) + round);
    assert.ok(packing[1].bytes() - before < 20_000);
    for (const s of all) s.off("blob");
  }
});

test("a broadcast with binary keeps its parts together", limit, async () => {
  const [a, b] = await Promise.all([client(), client()]);
  const large = Buffer.alloc(30_000, 7);
  assert.deepEqual(await a.emitWithAck("echo", { large, small: Buffer.from("x") }), { large, small: Buffer.from("x") });
  assert.deepEqual(await b.emitWithAck("echo", large), large);
});

test("windows are what was agreed on", { ...limit, skip: !ours && "the official server says nothing of windows" }, async () => {   // S17
  const agreed = (offer) => new Promise((ok, no) => {
    const w = new WebSocket(`${target.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: offer });
    made.push(w);
    w.on("upgrade", (answer) => ok(answer.headers["sec-websocket-extensions"])).on("error", no);
  });
  assert.match(await agreed({ serverMaxWindowBits: 10 }), /server_max_window_bits=10/);
  assert.match(await agreed({ serverNoContextTakeover: true }), /server_no_context_takeover/);
  assert.match(await agreed({ clientNoContextTakeover: true }), /permessage-deflate/);
});
