// Socket.IO packets, raw and malformed; namespaces, middlewares, acknowledgements, binary; MessagePack.
import * as msgpack from "socket.io-msgpack-parser";
import { ask, heard, listen, scenario, sleep, to_the_end, up_to_echo, within } from "../recorder.mjs";

// Each on a connection of its own that joined "/": what follows, and whether an echo is answered still.
for (const packet of ['42["echo"]', '42["echo",1,"two",null,true,{"a":[1.5,-0,1e3]}]', '42["echo","\\u00e9\\ud83d\\ude00\\u2028\\u0000"]', '42["echo",1e400]', '42["echo",12345678901234567890]', '42["echo",0.1,1e21,1e-7,5e-324]',
  '42["echo",{"__proto__":1,"a":1,"a":2}]', ' 42["echo",1]', '42 ["echo",1]', '42["echo" , 1 ]', '42[1,2]', '42["no such event",1]', '42[""]', '420["echo",1]', '42007["echo",1]', '429007199254740991["echo",1]', '421["silence"]',
  '421["ack-twice"]', '430[]', '43', '42', '421', '431[1]', '4', '40', '40{}', '40null', '40"x"', '40[]', '40{"a":1', '41[]', '42{}', '42[]', '42[true]', '42[null]', '42[{}]', '42[["echo"]]', '42"echo"', '42["echo"', '42["echo",]',
  "42['echo']", '42["echo",NaN]', '42["echo",01]', '42["echo"]x', '42["connect"]', '42["connect_error"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]', '42["removeListener"]', '43{}', '43"x"',
  '44{"message":"x"}', '44', '451-["echo"]', '45["echo"]', '451["echo"]', '45x-["echo"]', '45-1-["echo"]', '450-["echo"]', '450.5-["echo"]', '4511-["echo"]', '461-[1]', '460-[1]', '47', '48', '4a', '42/nowhere,["echo"]', '41/nowhere,',
  '40/nowhere,', '40/nowhere', '40nowhere', '42/,["echo",1]', '43/nowhere,1[]']) {
  scenario("packets", packet, "side-brief", async (t) => {
    const w = await t.joined();
    await t.step("what follows", async () => { w.send(packet); return up_to_echo(w); });
  });
}

for (const [name, ...messages] of [["attachment replaced by text", '451-["echo",{"_placeholder":true,"num":0}]', '42["echo",1]'], ["a placeholder beyond", '451-["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])],
  ["a negative placeholder", '451-["echo",{"_placeholder":true,"num":-1}]', Buffer.from([1])], ["a placeholder with a text", '451-["echo",{"_placeholder":true,"num":"0"}]', Buffer.from([1])],
  ["a placeholder without attachments", '42["echo",{"_placeholder":true,"num":0}]'], ["one attachment twice", '451-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', Buffer.from([1])],
  ["an attachment nobody refers to", '451-["echo","x"]', Buffer.from([1])], ["attachments in another order", '452-["echo",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2])],
  ["an attachment alone", Buffer.from([1, 2, 3])],
  ["an empty attachment", '451-["echo",{"_placeholder":true,"num":0}]', Buffer.alloc(0)], ["ten attachments", `4510-["echo",${Array.from({ length: 10 }, (_, i) => `{"_placeholder":true,"num":${i}}`)}]`, ...Array.from({ length: 10 }, (_, i) => Buffer.from([i]))],
  ["an acknowledgement with an attachment", '451-7["echo",{"_placeholder":true,"num":0}]', Buffer.from([1])], ["a binary acknowledgement of nothing", '461-7[{"_placeholder":true,"num":0}]', Buffer.from([1])],
  ["a packet of another namespace between", '451-["echo",{"_placeholder":true,"num":0}]', '42/chat,["echo"]', Buffer.from([1])], ["a disconnect between", '451-["echo",{"_placeholder":true,"num":0}]', "41", Buffer.from([1])]]) {
  scenario("binary packets", name, "side-brief", async (t) => {
    const w = await t.joined();
    await t.step("what follows", async () => { w.send(...messages); return up_to_echo(w); });
  });
}

for (const [name, packet] of [["an event", '42["echo",1]'], ["an acknowledgement", "430[]"], ["a disconnect", "41"], ["a binary event", '451-["echo",{"_placeholder":true,"num":0}]'], ["CONNECT_ERROR", '44{"message":"x"}'],
  ["CONNECT with an array", "40[]"], ["CONNECT with null", "40null"], ["nothing", "4"], ["another namespace's event", '42/chat,["echo",1]'], ["binary", Buffer.from([1])]]) {
  scenario("before CONNECT", name, "side-brief", async (t) => {
    const w = await t.ws();
    await t.step("what follows", async () => { w.send(packet, "40"); return up_to_echo(w); });
  });
}

scenario("namespaces", "raw", "side-brief", async (t) => {
  const w = await t.joined();
  const say = (packet) => async () => { w.send(packet); return w.next(); };
  await t.step("another", say('40/chat,{"name":"x"}'));
  await t.step("an event there", say('42/chat,["echo",1]'));
  await t.step("an acknowledgement there", say('42/chat,5["echo",1]'));
  await t.step("binary there", async () => { w.send('451-/chat,["echo",{"_placeholder":true,"num":0}]', Buffer.from([9])); return [await w.next(), await w.next()]; });
  await t.step("one that greets", async () => { w.send('40/greet,{"a":1}'); return [await w.next(), await w.next()]; });
  await t.step("auth is a namespace's own", async () => { w.send('42/chat,6["handshake"]'); return JSON.parse((await w.next()).slice(9))[0].auth; });
  await t.step("unknown", say("40/unknown,"));
  await t.step("unknown, with auth", say('40/unknown,{"a":1}'));
  await t.step("a name that is a member of objects", say("40/__proto__,"));
  await t.step("other capitals", say("40/CHAT,"));
  await t.step("with a query", say("40/chat?x=1,"));
  await t.step("with a slash behind", say("40/chat/,"));
  await t.step("leave one", async () => { w.send("41/chat,"); return up_to_echo(w); });
  await t.step("and join it again", say("40/chat,"));
  await t.step("leave the main one, keep the other", async () => { w.send("41", '42/chat,8["echo","still"]'); return w.next(); });
  await t.step("join the main one again", say("40"));
  await t.step("an event for one that was left", async () => { w.send("41/chat,"); await up_to_echo(w); w.send('42/chat,["echo",1]'); return up_to_echo(w); });
});

scenario("namespaces", "official client", "side", async (t) => {
  const s = await t.client("/", { auth: { name: "one", n: 1 } });
  await t.step("several over one connection", async () => {
    const chat = t.kept(s.io.socket("/chat", { auth: { name: "two" } }));
    await heard(chat, "connect");
    return [(await ask(s, "conn"))[0], (await ask(chat, "conn"))[0], chat.id === s.id];
  });
  await t.step("handshake", async () => {
    const q = await t.client("/", { query: { a: "1", "é": "ü&=" }, auth: (give) => give({ token: "t" }), extraHeaders: { "x-kit": "kit", origin: "https://page.example" } });
    const [h] = await ask(q, "handshake");
    delete h.query.t;
    return h;
  });
  await t.step("handshake over polling", async () => {
    const [h] = await ask(await t.client("/", { transports: ["polling"], query: { a: "1" } }), "handshake");
    delete h.query.t;
    return h;
  });
  await t.step("invalid", async () => { const [e] = await heard(t.socket("/nowhere"), "connect_error"); return [e.message, e.data]; });
});

scenario("middlewares", "of a namespace", "side", async (t) => {
  await t.step("admitted", async () => (await ask(await t.client("/auth", { auth: { token: "letmein" } }), "handshake"))[0].early);
  for (const [name, auth] of [["refused with data", { token: "wrong" }], ["refused without data", { token: "bare" }], ["refused without auth", {}]]) {
    await t.step(name, async () => { const [e] = await heard(t.socket("/auth", { auth }), "connect_error"); return [e.message, e.data]; });
  }
  await t.step("raw", async () => { const w = await t.ws(); w.send('40/auth,{"token":"wrong"}'); return w.next(); });
  await t.step("refused, then admitted on the same connection", async () => {
    const w = await t.ws();
    w.send('40/auth,{"token":"bare"}');
    const no = await w.next();
    w.send('40/auth,{"token":"letmein"}');
    return [no, await w.next()];
  });
  await t.step("an event while it decides", async () => { const w = await t.ws(); w.send('40/auth,{"token":"letmein"}', '42/auth,["echo",1]'); return to_the_end(w); });
  await t.step("a leave while it decides", async () => { const w = await t.ws(); w.send('40/auth,{"token":"letmein"}', "41/auth,"); return to_the_end(w); });
  await t.step("a second CONNECT while it decides", async () => {
    const w = await t.ws();
    w.send('40/auth,{"token":"letmein"}', '40/auth,{"token":"letmein"}');
    return [await within(w, 300), w.done ?? false];
  });
  await t.step("emits before CONNECT", async () => { const w = await t.ws(); w.send("40/hasty,"); const first = await w.next(); await sleep(50); return [first, ...w.queue.splice(0)]; });
  await t.step("rooms joined before CONNECT", async () => { const s = await t.client("/hasty"); return (await ask(s, "rooms"))[0].map((r) => r === s.id || r).sort(); });
});

scenario("middlewares", "of a socket", "side", async (t) => {
  const s = await t.client();
  const l = listen(s);
  s.emit("guard");
  await t.step("lets pass", () => ask(s, "echo", 1));
  await t.step("renames", async () => { s.emit("renamed", "x"); return l.until("echo"); });
  await t.step("refuses", async () => { s.emit("forbidden", 1); return l.until("refusal"); });
  await t.step("a refused acknowledgement never comes", () => Promise.race([ask(s, "forbidden"), sleep(150).then(() => "silence")]));
});

scenario("events", "listeners", "side", async (t) => {
  const s = await t.client();
  const l = listen(s);
  await t.step("once", async () => { s.emit("once-only"); s.emit("single"); s.emit("single"); await ask(s, "echo"); return l.list.splice(0); });
  await t.step("two for one event, in order", async () => { s.emit("twice"); s.emit("both"); await ask(s, "echo"); return l.list.splice(0); });
  await t.step("removed", async () => { s.emit("deafen", "both"); s.emit("both"); await ask(s, "echo"); return l.list.splice(0); });
  await t.step("to any", async () => { s.emit("watch"); await ask(s, "echo"); s.emit("one"); s.emit("burst", 2); s.emit("echo", 1); await ask(s, "echo", 2); const [[heard, said]] = await ask(s, "watched"); return [heard.slice(heard.indexOf("one")), said]; });
  await t.step("send is message", async () => { l.list.splice(0); s.emit("send-me", { a: 1 }); return l.until("message"); });
  await t.step("order of many", async () => { s.emit("burst", 200); await ask(s, "echo"); return l.list.splice(0).every(([e, i], at) => e === "n" && i === at); });
});

scenario("acks", "both ways", "side", async (t) => {
  const s = await t.client();
  await t.step("no value", () => ask(s, "echo"));
  await t.step("several", () => ask(s, "echo", 1, null, [undefined], { a: undefined, b: [] }, "é"));
  await t.step("binary", () => ask(s, "echo", Buffer.from([1, 2]), { x: [Buffer.from([3])] }));
  await t.step("once alone", async () => { let n = 0; s.emit("ack-twice", () => n++); await ask(s, "echo"); await sleep(20); return n; });
  await t.step("later", () => ask(s, "ack-late"));
  await t.step("the client's timeout", () => s.timeout(50).emitWithAck("silence").catch((e) => e.message));
  await t.step("the server asks", async () => { s.once("question", (x, reply) => reply(x, "and more", null)); return ask(s, "ask", { q: 1 }, 1000); });
  await t.step("the server asks for binary", async () => { s.once("question", (x, reply) => reply(Buffer.from([7]), x)); return ask(s, "ask", Buffer.from([6]), 1000); });
  await t.step("the server's timeout", () => ask(s, "ask", 1, 50));
  await t.step("an answer after the timeout", async () => { s.once("question", (x, reply) => setTimeout(() => reply("late"), 100)); const r = await ask(s, "ask", 1, 50); await sleep(100); return [r, await ask(s, "echo", "well")]; });
  await t.step("answered twice", async () => { const w = await t.joined(); w.send('427["ask","x",1000]'); const q = await w.next(); const id = /^42(\d+)/.exec(q)[1]; w.send(`43${id}["a"]`, `43${id}["b"]`); return [q.replace(/^42\d+/, "42N"), await up_to_echo(w)]; });
  await t.step("an answer without a list", async () => { const w = await t.joined(); w.send('427["ask","x",200]'); const id = /^42(\d+)/.exec(await w.next())[1]; w.send(`43${id}`); return w.next(); });
});

scenario("binary", "official client", "side", async (t) => {
  for (const transports of [["polling"], ["websocket"]]) {
    const s = await t.client("/", { transports });
    await t.step(`${transports}: events of the server`, async () => { s.emit("mixed"); return heard(s, "mixed"); });
    await t.step(`${transports}: there and back`, () => ask(s, "echo", new Uint8Array([1, 2]), new ArrayBuffer(2), { deep: [[Buffer.from("x")]] }, Buffer.alloc(0)));
    await t.step(`${transports}: large`, async () => (await ask(s, "echo", Buffer.alloc(9000, 7)))[0].length);
  }
  await t.step("on the wire", async () => { const w = await t.joined(); w.send('42["mixed"]'); return [await w.next(), await w.next(), await w.next(), await w.next()]; });
});

scenario("msgpack", "official client", "msgpack", async (t) => {
  const parser = msgpack.default ?? msgpack;
  for (const transports of [["polling"], ["websocket"]]) {
    const s = await t.client("/", { transports, parser });
    await t.step(`${transports}: values there and back`, () => ask(s, "echo", 1, -1, 1.5, "é😀", null, true, [], {}, [[1]], { a: { b: 2 ** 40 } }));
    await t.step(`${transports}: binary there and back`, () => ask(s, "echo", Buffer.from([1, 2]), { x: [Buffer.from([3])] }));
    await t.step(`${transports}: events`, async () => { s.emit("echo", "x", 1); return heard(s, "echo-back"); });
    await t.step(`${transports}: a question`, async () => { s.once("question", (x, reply) => reply(x, Buffer.from([1]))); return ask(s, "ask-me", { q: 1 }); });
    await t.step(`${transports}: undefined`, () => ask(s, "echo", undefined, { a: undefined }));
  }
  await t.step("a namespace", async () => { const s = await t.client("/auth", { parser, auth: { token: "letmein" } }); return ask(s, "transport"); });
  await t.step("a refusal", async () => { const [e] = await heard(t.socket("/auth", { parser, auth: { token: "x" } }), "connect_error"); return [e.message, e.data]; });
  await t.step("an invalid namespace", async () => { const [e] = await heard(t.socket("/nowhere", { parser }), "connect_error"); return [e.message, e.data]; });
  const joined = async () => {
    const w = await t.ws();
    w.send(new parser.Encoder().encode({ type: 0, nsp: "/" })[0]);
    return [await w.next(), await w.next(), w];
  };
  const decoded = (bytes) => new Promise((ok) => { const d = new parser.Decoder(); d.on("decoded", ok); d.add(bytes); });
  await t.step("CONNECT on the wire", async () => decoded((await joined())[0]));
  for (const [name, packet] of [["no type", { nsp: "/", data: ["echo"] }], ["an unknown type", { type: 9, nsp: "/", data: ["echo"] }], ["no namespace", { type: 2, data: ["echo"] }], ["no data", { type: 2, nsp: "/" }],
    ["data that is no list", { type: 2, nsp: "/", data: "echo" }], ["an empty list", { type: 2, nsp: "/", data: [] }], ["an id of text", { type: 2, nsp: "/", data: ["echo"], id: "x" }], ["not joined", { type: 2, nsp: "/x", data: ["echo"] }]]) {
    await t.step(name, async () => {
      const [, , w] = await joined();
      w.send(new parser.Encoder().encode(packet)[0]);
      w.send(new parser.Encoder().encode({ type: 2, nsp: "/", id: 5, data: ["echo", "well"] })[0]);
      const next = await w.next();
      return next === undefined ? w.closed : decoded(next);
    });
  }
  await t.step("text", async () => { const [, , w] = await joined(); w.send('42["echo"]'); return w.closed; });
  await t.step("noise", async () => { const [, , w] = await joined(); w.send(Buffer.from([0xc1, 0xff])); return w.closed; });
});
