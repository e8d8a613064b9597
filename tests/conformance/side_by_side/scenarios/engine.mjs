// Polling payloads, WebSocket, upgrade, heartbeat, close.
import { SEPARATOR, Ws } from "../../raw.mjs";
import { frame } from "../../malformed.mjs";
import { ask, heard, listen, scenario, sleep, to_the_end, up_to_echo } from "../recorder.mjs";

const joined = async (t, query) => {
  const p = await t.polling(query);
  await p.post("40");
  p.greeting = await p.packets();
  return p;
};
/** What the next polls bring, until one fails or `enough` packets are there. */
const polled = async (p, enough) => {
  const all = [];
  while (all.length < enough) all.push(...(await p.packets()));
  return all;
};

scenario("polling", "payloads", "side", async (t) => {
  const p = await joined(t);
  await t.step("CONNECT", () => p.greeting);
  await t.step("a post's answer", () => t.http("POST", p.target, { body: '42["echo",1]', all: true }));
  await t.step("the echo", () => t.http("GET", p.target, { all: true }));
  await t.step("several packets in a body", async () => { await p.post(['42["echo","a"]', '42["echo","b"]', '42["echo","c"]'].join(SEPARATOR)); return polled(p, 3); });
  await t.step("many packets in one answer", async () => { await p.post('42["burst",20]'); await sleep(30); return (await p.get()).text.split(SEPARATOR).length; });
  await t.step("letters of several bytes", async () => { await p.post('42["echo","zażółć 日本 😀 \u2028"]'); return p.packets(); });
  await t.step("binary in base64", async () => {
    await p.post(['451-["echo",{"_placeholder":true,"num":0}]', "bAQIDBA=="].join(SEPARATOR));
    return polled(p, 2);
  });
  await t.step("binary in two bodies", async () => { await p.post('451-["echo",{"_placeholder":true,"num":0}]'); await p.post("bAAH/"); return polled(p, 2); });
  await t.step("content type of a browser", () => t.http("POST", p.target, { body: '42["silence"]', headers: { "Content-Type": "text/plain;charset=UTF-8" } }));
});

for (const [name, body, options] of [["an empty body", ""], ["an unknown type", "9"], ["no type", "x"], ["broken base64", "b!!!"], ["base64 without padding", `451-["silence",{"_placeholder":true,"num":0}]${SEPARATOR}bAQIDBA`], ["an empty packet first", `${SEPARATOR}4`], ["an empty packet last", `42["silence"]${SEPARATOR}`],
  ["only a separator", SEPARATOR], ["an octet-stream", "\x01\x02", { headers: { "Content-Type": "application/octet-stream" } }], ["an open packet", "0{}"], ["a close packet", "1"], ["a pong unasked", "3"], ["a ping", "2"], ["a probe", "2probe"], ["a noop", "6"],
  ["an upgrade packet", "5"], ["good packets before a bad one", `42["silence"]${SEPARATOR}x`], ["binary nobody announced", "bAQID"]]) {
  scenario("polling", `body: ${name}`, "side", async (t) => {
    const p = await joined(t);
    await t.step("answer", () => t.http("POST", p.target, { body, ...options }));
    await t.step("the session", async () => {
      const r = await t.http("POST", p.target, { body: '420["echo","well"]' });
      return r.status === 200 ? (await t.http("GET", p.target)).text : r;
    });
  });
}

scenario("polling", "two at a time", "side", async (t) => {
  const gets = await joined(t), posts = await joined(t);
  await t.step("a second poll", async () => {
    const parked = await gets.park();
    await sleep(50);
    const second = await t.http("GET", gets.target);
    const first = await parked.answer();
    return { first: [first.status, first.text], second, after: await t.http("GET", gets.target) };
  });
  await t.step("a second post", async () => {
    const c = await t.connection();
    c.send(`POST ${posts.target} HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n42["sil`);
    await sleep(50);
    return { second: await t.http("POST", posts.target, { body: '42["silence"]' }), after: await t.http("GET", posts.target) };
  });
  await t.step("a poll that its client leaves", async () => {
    const p = await joined(t);
    const parked = await p.park();
    await sleep(50);
    parked.close();
    await sleep(50);
    return t.http("GET", p.target);
  });
});

scenario("websocket", "packets", "side", async (t) => {
  await t.step("open packet", async () => (await t.ws()).open_packet);
  await t.step("open packet of Engine.IO 3", async () => (await t.ws("", {}), (await t.bare_ws("?EIO=3&transport=websocket")).next()));
  const w = await t.joined();
  await t.step("CONNECT", () => w.connected);
  await t.step("echo", async () => { w.send('42["echo",1]'); return w.next(); });
  await t.step("binary", async () => { w.send('451-["echo",{"_placeholder":true,"num":0}]', Buffer.from([1, 2, 3])); return [await w.next(), await w.next()]; });
  await t.step("an attachment in base64", async () => { w.send('451-["echo",{"_placeholder":true,"num":0}]', "bAQIDBA=="); return [await w.next(), await w.next()]; });
  await t.step("base64 alone", async () => { const b = await t.ws("&b64=1"); b.send("40"); await b.next(); b.send('451-["echo",{"_placeholder":true,"num":0}]', Buffer.from([1])); return [await b.next(), await b.next()]; });
  await t.step("a message cut in frames", async () => { w.socket.send('42["ec', { fin: false }); w.socket.send('ho",2]', { fin: true }); return w.next(); });
  await t.step("a ping frame is answered", async () => { const pong = heard(w.socket, "pong"); w.socket.ping("data"); return (await pong)[0].toString(); });
  await t.step("a ping of the client", async () => { w.send("2"); return up_to_echo(w); });
  await t.step("a noop", async () => { w.send("6"); return up_to_echo(w); });
  await t.step("an open packet", async () => { w.send("0"); return up_to_echo(w); });
  await t.step("a probe", async () => { w.send("2probe"); return up_to_echo(w); });
  await t.step("an upgrade packet", async () => { w.send("5"); return up_to_echo(w); });
  await t.step("a close packet", async () => { w.send("1"); return up_to_echo(w); });
  await t.step("every header of the 101", async () => {
    const { headers } = (await t.ws()).answer;
    return Object.fromEntries(Object.entries(headers).filter(([k]) => k !== "sec-websocket-accept" && k !== "date"));
  });
  await t.step("subprotocols", async () => (await t.ws("", { protocols: ["a", "b"] })).answer.headers["sec-websocket-protocol"]);
});

for (const [name, ...messages] of [["an empty message", ""], ["an unknown type", "9"], ["no type", "x"], ["base64 text", "bAQID"], ["a message over the limit", `4${"x".repeat(20_000)}`], ["binary nobody announced", Buffer.from([1])]]) {
  scenario("websocket", name, "side", async (t) => {
    const w = await t.joined();
    await t.step("what follows", async () => { w.send(...messages); return up_to_echo(w); });
  });
}

for (const [name, bytes] of [["text that is not UTF-8", frame(Buffer.from([0x34, 0xff]))], ["an unmasked frame", Buffer.from([0x81, 1, 0x36])], ["a reserved opcode", frame(Buffer.from("6"), 3)],
  ["a reserved bit", Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x36])], ["a continuation of nothing", frame(Buffer.from("6"), 0)], ["a long ping", frame(Buffer.alloc(126), 9)],
  ["a close of one byte", frame(Buffer.from([3]), 8)], ["a close with a forbidden code", frame(Buffer.from([3, 237]), 8)], ["a close with code 1000", frame(Buffer.from([3, 232]), 8)], ["a close without a code", frame(Buffer.alloc(0), 8)]]) {
  scenario("websocket frames", name, "side-brief", async (t) => {
    const w = await t.joined();
    await t.step("the end", async () => { w.socket._socket.write(bytes); return w.closed; });
  });
}

scenario("websocket", "compression", "side", async (t) => {
  const extensions = async (perMessageDeflate) => (await t.ws("", { perMessageDeflate })).answer.headers["sec-websocket-extensions"];
  await t.step("offered with the defaults", () => extensions(true));
  await t.step("not offered", () => extensions(false));
  await t.step("no context of the client's", () => extensions({ clientNoContextTakeover: true }));
  await t.step("no context of the server's", () => extensions({ serverNoContextTakeover: true }));
  await t.step("a window of the client's", () => extensions({ clientMaxWindowBits: 10 }));
  await t.step("a window of the server's", () => extensions({ serverMaxWindowBits: 10 }));
  await t.step("not where it is off", async () => (await Ws.open(`ws://127.0.0.1:${t.servers["side-brief"].port}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: true })).answer.headers["sec-websocket-extensions"]);
  await t.step("a large message", async () => {
    const s = await t.client("/", { perMessageDeflate: true });
    const before = s.io.engine.transport.ws._socket.bytesRead;
    const [text] = await ask(s, "text", 10_000);
    return { whole: text.length, packed: s.io.engine.transport.ws._socket.bytesRead - before < 1000 };
  });
  await t.step("compress(false)", async () => {
    const s = await t.client("/", { perMessageDeflate: true });
    const before = s.io.engine.transport.ws._socket.bytesRead;
    s.emit("packed", 10_000, false);
    await heard(s, "packed");
    return s.io.engine.transport.ws._socket.bytesRead - before > 9000;
  });
});

scenario("upgrade", "step by step", "side", async (t) => {
  const p = await joined(t);
  const parked = await p.park();
  const w = await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`, { pong: false });
  await t.step("probe", async () => { w.send("2probe"); return w.next(); });
  await t.step("the poll that waits is freed", async () => (await parked.answer()).text);
  await t.step("upgraded", async () => { w.send("5", '421["echo","new road"]'); for (let m; (m = await w.next()) !== undefined;) if (m !== "2") return m; });
  await t.step("polling after it", () => t.http("GET", p.target));
  await t.step("another WebSocket for the session", async () => { const other = await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`); other.send("2probe"); return to_the_end(other); });
});

// The official suites take a poll behind the upgrade packet for refused; one that overtakes it, on a connection of its own, is not.
scenario("upgrade", "a poll between probe and upgrade", "side", async (t) => {
  const p = await joined(t);
  const w = await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`, { pong: false });
  w.send("2probe");
  await w.next();
  const parked = await p.park();
  await t.http("GET", "/socket.io/?EIO=4");   // by its answer the poll has been read
  await t.step("is freed by the upgrade, or before", async () => { w.send("5"); const { status, text } = await parked.answer(); return [status, text]; });
  await t.step("and the next one is refused", () => t.http("GET", p.target));
});

scenario("upgrade", "that fails", "side-brief", async (t) => {
  for (const [name, message] of [["another packet than a probe", '42["echo",1]'], ["a ping that is no probe", "2x"], ["an upgrade without a probe", "5"], ["noise", "xyz"]]) {
    await t.step(name, async () => {
      const p = await joined(t);
      const w = await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`);
      w.send(message);
      const end = await Promise.race([to_the_end(w), sleep(500).then(() => "stays")]);
      const r = await p.post('421["echo","still polling"]');
      return { end, after: r.status === 200 ? await p.packets() : r.text };
    });
  }
  await t.step("a candidate that says nothing", async () => {
    const p = await t.polling();
    const w = await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`);
    const from = performance.now(), end = await w.closed, after = performance.now() - from;
    return { end, bucket: after > 200 && after < 700 };
  });
  await t.step("a second candidate", async () => {
    const p = await t.polling();
    const [a, b] = [await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`), await t.bare_ws(`?EIO=4&transport=websocket&sid=${p.sid}`)];
    a.send("2probe");
    const answer = await a.next();
    b.send("2probe");
    return { answer, second: await to_the_end(b) };
  });
});

scenario("upgrade", "by the official client", "side", async (t) => {
  const s = await t.client("/", { transports: ["polling", "websocket"] });
  const l = listen(s);
  await t.step("what was emitted before, meanwhile and after", async () => {
    for (let i = 0; i < 10; i++) s.emit("echo", i);
    if (s.io.engine.transport.name !== "websocket") await heard(s.io.engine, "upgrade");
    for (let i = 10; i < 20; i++) s.emit("echo", i);
    await ask(s, "echo");
    return l.list;
  });
  await t.step("the server's transport", async () => (await ask(s, "conn"))[0]);
});

scenario("heartbeat", "of a WebSocket", "side-brief", async (t) => {
  const w = await t.ws("", { pong: false });
  const from = performance.now();
  await t.step("first ping", () => w.next());
  await t.step("after the interval", () => performance.now() - from > 250 && performance.now() - from < 600);
  await t.step("next ping after a pong", async () => { w.send("3"); return w.next(); });
  await t.step("without a pong", async () => { const since = performance.now(); const end = await w.closed; return { end, in_time: performance.now() - since < 500 }; });
});

scenario("heartbeat", "of polling", "side-brief", async (t) => {
  const p = await t.polling();
  await t.step("ping", () => t.http("GET", p.target));
  await t.step("pong", () => t.http("POST", p.target, { body: "3" }));
  await t.step("next ping", () => t.http("GET", p.target));
  await t.step("without a pong", async () => (await t.http("GET", p.target)));
  await t.step("and then", () => t.http("GET", p.target));
});

scenario("close", "of sessions", "side-brief", async (t) => {
  await t.step("no namespace in time", async () => { const w = await t.ws(); return to_the_end(w); });
  await t.step("a refused namespace is none", async () => { const w = await t.ws(); w.send("40/nowhere"); return to_the_end(w); });
  await t.step("by the client, on polling, with a poll waiting", async () => {
    const p = await joined(t);
    const parked = await p.park();
    await sleep(20);
    const posted = await t.http("POST", p.target, { body: "1" });
    const freed = await parked.answer();
    return { posted, freed: [freed.status, freed.text], after: await t.http("GET", p.target) };
  });
  await t.step("by the server, on polling, with a poll waiting", async () => {
    const p = await joined(t);
    await p.post('42["drop"]');
    return { poll: await t.http("GET", p.target), after: await t.http("GET", p.target) };
  });
  await t.step("by the server, on a WebSocket", async () => { const w = await t.joined(); w.send('42["drop"]'); return to_the_end(w); });
  await t.step("by the client, on a WebSocket", async () => { const w = await t.joined(); w.socket.close(1000); return to_the_end(w); });
  await t.step("the last namespace was left", async () => { const w = await t.joined(); w.send("41"); return Promise.race([to_the_end(w), sleep(1500).then(() => "stays")]); });
});
