// Rooms, broadcasts, volatile, reasons of disconnects, recovery, Engine.IO 3 and JSONP.
import { request } from "../../raw.mjs";
import { ask, heard, listen, scenario, sleep, to_the_end, within } from "../recorder.mjs";

/** Clients by name; each in the rooms that `rooms` lists for it. */
async function crowd(t, rooms, nsp = "/", options = {}) {
  const all = {};
  for (const [name, list] of Object.entries(rooms)) {
    const s = await t.client(nsp, { auth: { name }, ...options });
    if (list.length) await ask(s, "join", list);
    all[name] = Object.assign(s, { seen: listen(s).list });
  }
  return all;
}
/** Who heard what, once everybody has answered. */
async function heard_by(all) {
  const list = Object.entries(all).filter(([, s]) => s.connected);
  await Promise.all(list.map(([, s]) => ask(s, "echo")));
  return Object.fromEntries(list.map(([name, s]) => [name, s.seen.splice(0)]));
}

scenario("rooms", "joining and leaving", "side", async (t) => {
  const s = await t.client();
  await t.step("the own room", async () => (await ask(s, "rooms"))[0].map((r) => r === s.id));
  await t.step("one", async () => (await ask(s, "join", "a"))[0].slice(1));
  await t.step("several", async () => (await ask(s, "join", ["b", "c"]))[0].slice(1));
  await t.step("twice", async () => (await ask(s, "join", "a"))[0].slice(1));
  await t.step("leave", async () => (await ask(s, "leave", "b"))[0].slice(1));
  await t.step("leave what it is not in", async () => (await ask(s, "leave", "zzz"))[0].slice(1));
  await t.step("the empty name", async () => (await ask(s, "join", ""))[0].slice(1));
  await t.step("leave the own room", async () => (await ask(s, "leave", s.id))[0].includes(s.id));
  await t.step("events of rooms", async () => {
    const [a, b] = [await t.client(), await t.client()];
    for (const s of [a, b]) await ask(s, "join", "logged");
    await ask(a, "leave", "logged");
    a.disconnect();
    await ask(b, "leave", "logged");
    return ask(b, "room-events", "logged");
  });
});

for (const transports of [["websocket"], ["polling"]]) {
  scenario("broadcasts", `over ${transports}`, "side", async (t) => {
    const all = await crowd(t, { a: ["r1"], b: ["r1", "r2"], c: ["r2", "r3"], d: [] }, "/chat", { transports });
    for (const [name, chain, data] of [["everybody", {}], ["everybody else", { from: "socket" }], ["a room", { to: ["r1"] }], ["a room but the sender", { from: "socket", to: ["r1"] }], ["two rooms, once each", { to: ["r1", "r2"] }],
      ["all but a room", { except: ["r1"] }], ["a room but another", { to: ["r2"], except: ["r3"] }], ["others but a room", { from: "socket", except: ["r3"] }], ["an empty room", { to: ["nobody"] }], ["here alone", { local: true }],
      ["volatile", { lossy: true }], ["uncompressed", { compress: false }], ["binary", { to: ["r2"] }, { deep: Buffer.from([1, 2]) }]]) {
      await t.step(name, async () => {
        // Volatile: only who has a poll open hears it. A client opens the next one when it was answered, and nobody tells when that has arrived.
        if (chain.lossy && transports[0] === "polling") await sleep(200);
        await ask(all.a, "cast", chain, "said", data ?? name);
        return heard_by(all);
      });
    }
    await t.step("the id is a room", async () => { await ask(all.a, "cast", { to: [all.d.id] }, "said", 1); return heard_by(all); });
    await t.step("not to one's own room", async () => { await ask(all.a, "cast", { from: "socket", to: [all.a.id, all.b.id] }, "said", 1); return heard_by(all); });
  });
}

scenario("broadcasts", "with answers", "side", async (t) => {
  const all = await crowd(t, { a: ["r"], b: ["r"], c: [] }, "/chat");
  for (const s of Object.values(all)) s.on("q", (x, reply) => reply(`${x} ${s.auth.name}`));
  await t.step("of a room", () => ask(all.a, "ask-all", { to: ["r"], timeout: 1000 }, "q", "hello"));
  await t.step("of everybody", () => ask(all.a, "ask-all", { timeout: 1000 }, "q", "hello"));
  await t.step("of the others", () => ask(all.a, "ask-all", { from: "socket", timeout: 1000 }, "q", "hello"));
  await t.step("of nobody", () => ask(all.a, "ask-all", { to: ["nobody"], timeout: 1000 }, "q", "hello"));
  await t.step("one is silent", async () => { all.b.off("q"); return ask(all.a, "ask-all", { to: ["r"], timeout: 100 }, "q", "hello"); });
  await t.step("without a timeout", async () => { all.a.off("q"); return Promise.race([ask(all.a, "ask-all", { to: ["r"] }, "q", "hello"), sleep(400).then(() => "waits")]); });
});

scenario("broadcasts", "management", "side", async (t) => {
  const all = await crowd(t, { a: ["r1"], b: ["r1"], c: ["r2"] }, "/chat");
  await t.step("fetch everybody", () => ask(all.a, "fetch", {}));
  await t.step("fetch a room", () => ask(all.a, "fetch", { to: ["r1"] }));
  await t.step("fetch but", () => ask(all.a, "fetch", { except: ["r1"] }));
  await t.step("fetch the others", () => ask(all.a, "fetch", { from: "socket" }));
  await t.step("all of a room join another", async () => { await ask(all.a, "move", { to: ["r1"] }, true, "r3"); return ask(all.c, "fetch", { to: ["r3"] }); });
  await t.step("and leave it", async () => { await ask(all.a, "move", { from: "socket", to: ["r1"] }, false, "r3"); return ask(all.c, "fetch", { to: ["r3"] }); });
  await t.step("a room is disconnected", async () => {
    const gone = heard(all.c, "disconnect");
    await ask(all.a, "cut-all", { to: ["r2"] }, false);
    return [(await gone)[0], await ask(all.a, "how-left", "c")];
  });
  await t.step("with the connection", async () => {
    const gone = heard(all.b, "disconnect");
    await ask(all.a, "cut-all", { from: "socket", to: ["r1"] }, true);
    return [(await gone)[0], await ask(all.a, "how-left", "b")];
  });
});

scenario("volatile", "events", "side", async (t) => {
  await t.step("to a connected client", async () => { const s = await t.client(); s.emit("volatile-now"); return heard(s, "now"); });
  await t.step("while no poll is open", async () => {
    const p = await t.polling();
    await p.post("40");
    await p.get();
    await p.post('42["volatile-later"]');
    await sleep(150);
    return p.packets();
  });
  await t.step("while a poll is open", async () => {
    const p = await t.polling();
    await p.post("40");
    await p.get();
    await p.post('42["volatile-later"]');
    const first = (await p.get()).text;
    return first.includes("kept") ? first.split("\x1e") : [first, ...(await p.packets())];
  });
});

scenario("disconnects", "and their reasons", "side-brief", async (t) => {
  const watcher = await t.client("/chat");
  const how = (name) => ask(watcher, "how-left", name);
  let n = 0;
  const leave = (step, act, options = {}) => t.step(step, async () => {
    const name = `leaver ${n++}`;
    const s = await t.client("/", { auth: { name }, ...options });
    await ask(s, "join", "room");
    const gone = heard(s, "disconnect");
    act(s);
    const [[reason], left] = [await gone, await how(name)];
    return { client: reason, server: left };
  });
  for (const transports of [["websocket"], ["polling"]]) {
    const by = (what) => `${what}, ${transports}`, o = { transports };
    await leave(by("the client leaves"), (s) => s.disconnect(), o);
    await leave(by("the client closes"), (s) => s.io.engine.close(), o);
    await leave(by("the server kicks"), (s) => s.emit("kick"), o);
    await leave(by("the server kicks and closes"), (s) => s.emit("kick-close"), o);
    await leave(by("the server closes"), (s) => s.emit("drop"), o);
    await leave(by("the server says a last word"), (s) => s.emit("talk-and-leave"), o);
  }
  await leave("the connection breaks", (s) => s.io.engine.transport.ws._socket.destroy());
  await leave("an undecodable packet", (s) => s.io.engine.write("9"));
  await leave("a packet against the state", (s) => s.io.engine.write("0"));
  await leave("an undecodable packet, polling", (s) => s.io.engine.write("9"), { transports: ["polling"] });
  await leave("a message too large", (s) => s.io.engine.write("x".repeat(1_000_001)));
  await leave("a frame that breaks the rules", (s) => s.io.engine.transport.ws._socket.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0])));
  await t.step("no pongs", async () => {
    const w = await t.ws("", { pong: false });
    w.send('40{"name":"mute"}');
    return { client: await to_the_end(w), server: await how("mute") };
  });
  await t.step("last words on the wire", async () => { const w = await t.joined(); w.send('42["talk-and-leave"]', '42["echo",1]'); return within(w, 200); });
  await t.step("kick on the wire", async () => { const w = await t.joined(); w.send('42["kick"]'); return within(w, 200); });
  await t.step("kick from one of two namespaces", async () => { const w = await t.joined(); w.send("40/chat,"); await w.next(); w.send('42/chat,["kick"]'); const left = await w.next(); w.send('421["echo","here"]'); return [left, await w.next()]; });
  await t.step("kick and close with two namespaces", async () => { const w = await t.joined(); w.send("40/chat,"); await w.next(); w.send('42/chat,["kick-close"]'); return to_the_end(w); });
});

scenario("recovery", "after a cut", "side-recovery", async (t) => {
  const other = await t.client();
  const cut = async (s, meanwhile) => {
    const gone = heard(s, "disconnect");
    s.io.engine.close();
    await gone;
    await ask(other, "how-left", s.auth.name);
    await meanwhile();
    const back = heard(s, "connect");
    s.connect();
    await back;
  };
  const start = async (name) => {
    const s = await t.client("/", { auth: { name } });
    await ask(s, "join", name);
    s.emit("send-me", "first");
    await heard(s, "message");
    return s;
  };
  await t.step("CONNECT offers it", async () => { const w = await t.joined(); return Object.keys(JSON.parse(w.connected.slice(2))); });
  await t.step("an event carries an offset", async () => { const w = await t.joined(); w.send('42["echo","x"]'); const e = JSON.parse((await w.next()).slice(2)); return [e.length, typeof e[2]]; });
  await t.step("an acknowledgement carries none", async () => { const w = await t.joined(); w.send('421["echo","x"]'); return w.next(); });
  await t.step("missed events arrive, in order", async () => {
    const s = await start("one"), l = listen(s), id = s.id;
    await cut(s, async () => { for (let i = 0; i < 3; i++) await ask(other, "cast", { to: ["one"] }, "said", i); });
    await ask(s, "echo");
    return { recovered: s.recovered, same: s.id === id, seen: l.list.map(([e, x]) => [e, x]), rooms: (await ask(s, "rooms"))[0].includes("one"), conn: (await ask(s, "conn"))[0].recovered };
  });
  await t.step("what was not for it does not", async () => {
    const s = await start("two"), l = listen(s);
    await cut(s, async () => { await ask(other, "cast", { to: ["elsewhere"] }, "said", 1); await ask(other, "cast", { except: ["two"] }, "said", 2); });
    await ask(s, "echo");
    return { recovered: s.recovered, seen: l.list.length };
  });
  await t.step("volatile events are not kept", async () => {
    const s = await start("three"), l = listen(s);
    await cut(s, () => ask(other, "cast", { to: ["three"], lossy: true }, "said", 1));
    await ask(s, "echo");
    return { recovered: s.recovered, seen: l.list.length };
  });
  await t.step("left on purpose", async () => {
    const s = await start("four"), id = s.id;
    s.disconnect();
    await ask(other, "how-left", "four");
    s.connect();
    await heard(s, "connect");
    return { recovered: s.recovered, same: s.id === id };
  });
  await t.step("without an event before the cut", async () => {
    const s = await t.client("/", { auth: { name: "five" } });
    await cut(s, async () => {});
    return s.recovered;
  });
  await t.step("an unknown pid", async () => { const w = await t.ws(); w.send('40{"pid":"unknown","offset":"x"}'); return Object.keys(JSON.parse((await w.next()).slice(2))); });
  await t.step("a pid that is no text", async () => { const w = await t.ws(); w.send('40{"pid":7,"offset":[]}'); return Object.keys(JSON.parse((await w.next()).slice(2))); });
});

scenario("old clients", "official client 2", "side", async (t) => {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    const s = await t.old_client("/", { transports, query: { name: `old ${transports}` } });
    await t.step(`${transports}: echo`, () => ask(s, "echo", 1, "é😀", { a: [null] }));
    await t.step(`${transports}: binary`, async () => ask(s, "echo", Buffer.from([1, 2]), { x: [Buffer.from([3])] }));
    await t.step(`${transports}: an event`, async () => { s.emit("mixed"); return heard(s, "mixed"); });
    await t.step(`${transports}: what the server knows`, async () => { if (transports.length > 1 && s.io.engine.transport.name !== "websocket") await heard(s.io.engine, "upgrade"); return ask(s, "conn"); });
    await t.step(`${transports}: kicked`, async () => { s.emit("kick"); return heard(s, "disconnect"); });
  }
  await t.step("the id", async () => { const s = await t.old_client("/chat"); return [s.id === `/chat#${s.io.engine.id}`, (await ask(s, "rooms"))[0][0] === s.id]; });
  await t.step("auth from the query", async () => { const s = await t.old_client("/auth", { query: { token: "letmein" } }); return (await ask(s, "handshake"))[0].auth; });
  await t.step("refused with data", async () => heard(t.socket("/auth", { query: { token: "x" } }, (await import("../old_client.mjs")).io), "error"));
  await t.step("refused without data", async () => heard(t.socket("/auth", { query: { token: "bare" } }, (await import("../old_client.mjs")).io), "error"));
  await t.step("an invalid namespace", async () => heard(t.socket("/nowhere", {}, (await import("../old_client.mjs")).io), "error"));
});

scenario("old clients", "raw", "side", async (t) => {
  const base = "/socket.io/?EIO=3&transport=polling";
  const handshake = async (query = "") => /"sid":"([^"]+)"/.exec((await request(t.port, "GET", base + query)).text)[1];
  const joined = async () => { const at = `${base}&sid=${await handshake()}`; await request(t.port, "GET", at); return at; };
  await t.step("greeting", async () => t.http("GET", `${base}&sid=${await handshake()}`));
  await t.step("post and poll", async () => { const at = await joined(); return [await t.http("POST", at, { body: '14:42["echo","é"]' }), await t.http("GET", at)]; });
  await t.step("two packets in a body", async () => { const at = await joined(); await t.http("POST", at, { body: '12:42["echo",1]12:42["echo",2]' }); await sleep(20); return t.http("GET", at); });
  await t.step("a ping", async () => { const at = await joined(); await t.http("POST", at, { body: "6:2hello" }); return t.http("GET", at); });
  await t.step("a body in the form of Engine.IO 4", async () => { const at = await joined(); return [await t.http("POST", at, { body: '42["echo",1]' }), await t.http("GET", at)]; });
  await t.step("a length too long", async () => { const at = await joined(); return [await t.http("POST", at, { body: "99:42" }), await t.http("GET", at)]; });
  await t.step("a binary body", async () => {
    const at = await joined();
    const body = Buffer.from([0, 1, 2, 0xff, ...Buffer.from('42["echo",1]')]);
    return [await t.http("POST", at, { body, headers: { "Content-Type": "application/octet-stream" } }), (await t.http("GET", at)).status];
  });
  await t.step("JSONP handshake", () => t.http("GET", `${base}&j=0`, { all: true }));
  await t.step("JSONP with a function of its own", async () => (await t.http("GET", `${base}&j=abc12x`)).text);
  await t.step("JSONP post and poll", async () => {
    const at = await joined();
    const posted = await t.http("POST", `${at}&j=3`, { body: `d=${encodeURIComponent('12:42["echo",1]')}`, headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    return [posted, (await t.http("GET", `${at}&j=4`)).text];
  });
  await t.step("JSONP keeps line feeds", async () => {
    const at = await joined();
    await t.http("POST", `${at}&j=3`, { body: `d=${encodeURIComponent('17:42["echo","a\\\\nb"]')}`, headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    return (await t.http("GET", `${at}&j=4`)).text;
  });
  await t.step("a WebSocket", async () => {
    const w = await t.bare_ws("?EIO=3&transport=websocket");
    const first = [await w.next(), await w.next()];
    w.send("2ping", '420["echo",1]');
    return [...first, await w.next(), await w.next()];
  });
  await t.step("binary on a WebSocket", async () => {
    const w = await t.bare_ws("?EIO=3&transport=websocket");
    await w.next(), await w.next();
    w.send('451-0["echo",{"_placeholder":true,"num":0}]', Buffer.from([4, 9, 8]));
    return [await w.next(), await w.next()];
  });
  await t.step("beside a client of today", async () => {
    const [old, now] = [await t.old_client("/chat"), await t.client("/chat")];
    const got = [heard(old, "both"), heard(now, "both")];
    now.emit("cast", {}, "both", { b: Buffer.from([5]) });
    return Promise.all(got);
  });
});
