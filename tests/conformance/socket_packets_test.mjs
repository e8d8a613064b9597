// Socket.IO packets on a raw WebSocket: what is accepted, what ends the connection, what the server sends.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Polling, SEPARATOR, Ws } from "./raw.mjs";
import { ours, Target } from "./target.mjs";

let open, matrix, protocol;
before(async () => { [open, matrix, protocol] = await Promise.all([Target.start("open"), Target.start("matrix"), Target.start("socket-protocol")]); });
after(() => Promise.all([open, matrix, protocol].map((t) => t?.stop())));

const limit = { timeout: 10_000 };
const S = "/socket.io/";

/** On "/" of a profile; its greeting, if any, is taken. */
async function joined(target = open) {
  const w = await Ws.engine(target.port, S);
  w.send("40");
  assert.match(await w.next(), /^40\{/);
  if (target !== open) await w.next();
  return w;
}

/** Echo proves that the connection is there still. */
async function is_well(w) {
  w.send('4299["echo","well"]');
  assert.equal(await w.next(), '4399["well"]');
  w.close();
}

/** A refused namespace is answered at once: everything before it was handled (the reference handles events a tick later). */
async function handled(w) {
  w.send("40/none");
  assert.match(await w.next(), /^44\/none,/);
}

async function is_closed(w) {
  assert.equal(await w.next(), undefined, "no packet before the end");
}

test("CONNECT is answered with a socket id of its own", limit, async () => {   // P122
  const w = await Ws.engine(open.port, S);
  w.send("40");
  const answer = await w.next();
  assert.match(answer, /^40\{"sid":"[A-Za-z0-9_-]{20}"\}$/);
  assert.ok(!answer.includes(w.handshake.sid));
  await is_well(w);
});

test("CONNECT carries auth; none is an empty object", limit, async () => {   // P123
  for (const [packet, auth] of [["40", {}], ['40{"token":"123"}', { token: "123" }], ['40{"deep":{"a":[1,null,"é"]}}', { deep: { a: [1, null, "é"] } }]]) {
    const w = await Ws.engine(protocol.port, S);
    w.send(packet);
    assert.match(await w.next(), /^40\{"sid"/);
    assert.equal(await w.next(), `42${JSON.stringify(["auth", auth])}`);
    w.close();
  }
});

test("other namespaces: connect, events and disconnect carry the name", limit, async () => {   // P122 P106 P161
  const w = await Ws.engine(protocol.port, S);
  w.send('40/custom,{"a":1}');
  assert.match(await w.next(), /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
  assert.equal(await w.next(), '42/custom,["auth",{"a":1}]');
  w.send("41/custom");
  await handled(w);
  w.send("40/custom");
  assert.match(await w.next(), /^40\/custom,\{"sid"/);
  w.close();
});

test("an unknown namespace is refused and the session stays", limit, async () => {   // P124
  const w = await joined();
  w.send("40/random");
  assert.equal(await w.next(), '44/random,{"message":"Invalid namespace"}');
  w.send("40/");
  await is_closed(w);
});

test("names of namespaces are compared as they are", limit, async () => {   // P124 S25
  const w = await joined();
  for (const name of ["/custom?x=1", "/__proto__", "/constructor", "/toString"]) {
    w.send(`40${name},`);
    assert.equal(await w.next(), `44${name},{"message":"Invalid namespace"}`);
  }
  await is_well(w);
});

test("a middleware's refusal carries message and data, and the session stays", limit, async () => {   // P125
  const w = await joined(matrix);
  w.send('40/auth,{"token":"wrong"}');
  assert.equal(await w.next(), '44/auth,{"message":"not authorized","data":{"code":"E_AUTH","got":"wrong"}}');
  w.send('40/auth,{"token":"letmein"}');
  assert.match(await w.next(), /^40\/auth,\{"sid"/);
  w.close();
});

test("a client without a namespace is closed after the connect timeout", limit, async () => {   // P128
  const silent = await Ws.engine(protocol.port, S);
  await silent.closed;
  const refused = await Ws.engine(protocol.port, S);
  refused.send("40/nowhere");
  assert.match(await refused.next(), /^44/);
  await refused.closed;
});

test("a second CONNECT ends the connection", limit, async () => {   // P129 S27
  const w = await joined();
  w.send("40");
  await is_closed(w);
});

test("twenty CONNECTs at once make one socket at most", { ...limit, skip: !ours && "the reference makes twenty" }, async () => {   // S27
  const w = await Ws.engine(open.port, S);
  for (let i = 0; i < 20; i++) w.send("40");
  const packets = [];
  for (let m; (m = await w.next()) !== undefined;) packets.push(m);
  assert.ok(packets.length <= 1, packets.join());
});

for (const [what, packets] of [["an event before CONNECT", ['42["x"]']], ["an ack before CONNECT", ["430[]"]],
  ["DISCONNECT from a namespace that was not joined", ["40", "41/custom"]], ["CONNECT_ERROR from a client", ["40", '44{"message":"x"}']],
  ["an event for another namespace", ["40", '42/custom,["x"]']]]) {
  test(`${what} ends the connection`, limit, async () => {   // P129
    const w = await Ws.engine(open.port, S);
    for (const p of packets) w.send(p);
    let m;
    while ((m = await w.next()) !== undefined) assert.match(m, /^40/);
  });
}

for (const packet of ["4", "47", "4a", "42{}", "42[]", "42[true]", "42[null]", "42[{}]", '42"x"', "42[", '42["x"', '42["x"]x', "42abc", "43{}", "430", '42["connect"]', '42["disconnect",1]',
  '42["connect_error"]', '42["disconnecting"]', '42["newListener"]', '42["removeListener"]', "41{}", "41[]", "40[]", "40null", '40"x"', "451", '451["x"]', '45-["x"]', '45-1-["x"]', '450.5-["x"]',
  '4511-["x"]', '45x-["x"]', "42[\"\\ud800\"", '42["x",]', "42['x']", '42["x",01]', '42["x",NaN]', '42["\t"]']) {
  // The reference lets an acknowledgement without a payload pass.
  if (packet === "430") continue;
  test(`${packet} is undecodable and ends the connection`, limit, async () => {   // P111 P114 P115 P116 P117 P118 P130 S25 S29
    const w = await joined();
    w.send(packet);
    await is_closed(w);
  });
}

test("an event and an ack without a payload are let pass", limit, async () => {   // P119
  const w = await joined();
  w.send("42", "421", "43", "431");
  await is_well(w);
});

test("an event's name may be a number, and an ack for nobody is ignored", limit, async () => {   // P115 S28
  const w = await joined();
  w.send('42[1,"a"]', '4312345["x"]', '43999999999999["x"]');
  await is_well(w);
});

test("ack ids: 0, leading zeros, large ones", limit, async () => {   // P107
  const w = await joined();
  for (const [sent, back] of [["0", "0"], ["007", "7"], ["9007199254740991", "9007199254740991"]]) {
    w.send(`42${sent}["echo",1]`);
    assert.equal(await w.next(), `43${back}[1]`);
  }
  w.close();
});

test("an ack id beyond 2^53-1 ends the connection", { ...limit, skip: !ours && "the reference loses digits" }, async () => {   // S25
  const w = await joined();
  w.send('429007199254740992["echo",1]');
  await is_closed(w);
});

test("JSON comes back as it was", limit, async () => {   // P105 P135 S29
  const w = await joined();
  for (const args of [[], [1, -0.25, 1e21, 5e-324], ["\u0000\u001e\u2028\u2029\"\\", "日本 😀 \ud83d\ude00"], [null, true, false, {}, [], [[[]]]], [{ a: { b: [1, { c: null }] } }], [9007199254740993n]]) {
    const text = args.map((a) => (typeof a === "bigint" ? String(a) : JSON.stringify(a)));
    w.send(`421["echo"${text.map((t) => `,${t}`).join("")}]`);
    const back = await w.next();
    if (typeof args[0] === "bigint") assert.equal(back, ours ? `431[${text}]` : "431[9007199254740992]");
    else assert.deepEqual(JSON.parse(back.slice(3)), args);
  }
  w.close();
});

test("depth 256 is taken, deeper ends the connection", { ...limit, skip: !ours && "the reference takes what its stack holds" }, async () => {   // S29
  const w = await joined();
  const deep = (n) => "[".repeat(n) + "]".repeat(n);
  w.send(`421["echo",${deep(250)}]`);
  assert.equal(await w.next(), `431[${deep(250)}]`);
  w.send(`421["echo",${deep(300)}]`);
  await is_closed(w);
});

test("keys that name parts of objects are plain data", limit, async () => {   // S29
  const w = await joined();
  const text = '{"__proto__":{"x":1},"constructor":1,"toString":null,"":2}';
  w.send(`421["echo",${text}]`);
  assert.equal(await w.next(), `431[${text}]`);
  w.close();
});

test("a binary event: the header, then its attachments in order", limit, async () => {   // P105 P108 P110 P135
  const w = await joined();
  w.send('452-1["echo",{"a":{"_placeholder":true,"num":0},"b":[{"_placeholder":true,"num":1}]}]', Buffer.from([1, 2]), Buffer.from([3]));
  assert.equal(await w.next(), '462-1[{"a":{"_placeholder":true,"num":0},"b":[{"_placeholder":true,"num":1}]}]');
  assert.deepEqual(await w.next(), Buffer.from([1, 2]));
  assert.deepEqual(await w.next(), Buffer.from([3]));
  w.close();
});

test("a binary event without ack comes back as one", limit, async () => {   // P105 P108
  const w = await joined();
  w.send('451-["echo",{"_placeholder":true,"num":0}]', Buffer.alloc(0));
  assert.equal(await w.next(), '451-["echo",{"_placeholder":true,"num":0}]');
  assert.deepEqual(await w.next(), Buffer.alloc(0));
  w.close();
});

test("placeholders in a text event are data", limit, async () => {   // P112
  const w = await joined();
  w.send('421["echo",{"_placeholder":true,"num":0}]');
  assert.equal(await w.next(), '431[{"_placeholder":true,"num":0}]');
  w.close();
});

test("ten attachments are the most", limit, async () => {   // P111 S26
  const w = await joined();
  const places = Array.from({ length: 10 }, (_, i) => `{"_placeholder":true,"num":${i}}`).join();
  w.send(`4510-1["echo",${places}]`);
  for (let i = 0; i < 10; i++) w.send(Buffer.from([i]));
  assert.equal(await w.next(), `4610-1[${places}]`);
  for (let i = 0; i < 10; i++) assert.deepEqual(await w.next(), Buffer.from([i]));
  w.send('4511-1["echo"]');
  await is_closed(w);
});

for (const [what, messages] of [
  ["a placeholder out of range", ['451-1["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])]],
  ["a negative placeholder", ['451-1["echo",{"_placeholder":true,"num":-1}]', Buffer.from([1])]],
  ["a placeholder that is no number", ['451-1["echo",{"_placeholder":true,"num":"0"}]', Buffer.from([1])]],
  ["text while attachments are missing", ['451-1["echo",{"_placeholder":true,"num":0}]', '42["echo",1]']],
  ["binary that nobody announced", [Buffer.from([1])]],
]) {
  test(`${what} ends the connection`, limit, async () => {   // P112 P113 S26
    const w = await joined();
    w.send(...messages);
    await is_closed(w);
  });
}

test("zero attachments are illegal", { ...limit, skip: !ours && "the reference delivers them" }, async () => {   // S26
  const w = await joined();
  w.send('450-1["echo"]');
  await is_closed(w);
});

test("the decoder starts afresh behind a whole binary packet", limit, async () => {   // P120
  const w = await joined();
  w.send('451-1["echo",{"_placeholder":true,"num":0}]', Buffer.from([1]), '422["echo","next"]');
  assert.match(await w.next(), /^461-1/);
  assert.deepEqual(await w.next(), Buffer.from([1]));
  assert.equal(await w.next(), '432["next"]');
  w.close();
});

test("events and their answers keep their order, on both transports", limit, async () => {   // P30 P33 P135
  const w = await joined();
  for (let i = 0; i < 500; i++) w.send(`42${i}["echo",${i}]`);
  for (let i = 0; i < 500; i++) assert.equal(await w.next(), `43${i}[${i}]`);
  w.close();
  const p = await Polling.open(open.port, S);
  await p.post("40");
  await p.packets();
  await p.post(Array.from({ length: 300 }, (_, i) => `42${i}["echo",${i}]`).join(SEPARATOR));
  const back = [];
  while (back.length < 300) back.push(...await p.packets());
  assert.deepEqual(back, Array.from({ length: 300 }, (_, i) => `43${i}[${i}]`));
});

test("binary over polling", limit, async () => {   // P31 P108
  const p = await Polling.open(open.port, S);
  await p.post("40");
  await p.packets();
  await p.post(['451-1["echo",{"_placeholder":true,"num":0}]', "bAQIDBA=="].join(SEPARATOR));
  const back = [];
  while (back.length < 2) back.push(...await p.packets());
  assert.deepEqual(back, ['461-1[{"_placeholder":true,"num":0}]', "bAQIDBA=="]);
});

test("DISCONNECT leaves the namespace; the session stays and may come back", limit, async () => {   // P131
  const w = await joined();
  w.send("41");
  await handled(w);
  w.send("40");
  assert.match(await w.next(), /^40\{"sid"/);
  await is_well(w);
});

test("the server's disconnect is one packet and the session stays", limit, async () => {   // P132
  const w = await joined(matrix);
  w.send('42["kick"]');
  assert.equal(await w.next(), "41");
  w.send("40");
  assert.match(await w.next(), /^40\{"sid"/);
  w.close();
});

test("a broadcast reaches everybody once, as the same bytes", limit, async () => {   // P146
  const all = await Promise.all(Array.from({ length: 5 }, () => joined()));
  all[0].send('42["fanout",2,4]');
  for (const w of all) assert.deepEqual([await w.next(), await w.next()], ['42["blob",0,"xxxx"]', '42["blob",1,"xxxx"]']);
  for (const w of all) await is_well(w);
});

test("rooms: own id counts, the same room twice does not", limit, async () => {   // P144
  const w = await joined();
  for (const [room, count] of [["a", 2], ["a", 2], ["b", 3], ["__proto__", 4]]) {
    w.send(`421["join","${room}"]`);
    assert.equal(await w.next(), `431[${count}]`);
  }
  w.close();
});

test("arguments of another type than the handler wants leave the server alone", limit, async () => {   // P130 P143
  const w = await joined();
  w.send('42["join"]', '42["join",{"a":1}]', '42["fanout","x",null]', '42["fanout"]', '42["nobody","listens"]', '42["error",1]', '42["message",1]');
  let m;
  do {
    w.send('4299["echo","well"]');
    m = await w.next();
  } while (m !== '4399["well"]');
  w.close();
});
