// Namespaces that rules make, what a connection tells, listeners by place, talk between servers.
import { ask, heard, listen, scenario, sleep, to_the_end, up_to_echo } from "../recorder.mjs";

const refused = async (t, nsp, options) => {
  const s = t.socket(nsp, options);
  const [error] = await heard(s, "connect_error");
  return [error.message, error.data ?? null];
};

scenario("rules", "a pattern", "side-dynamic", async (t) => {
  const a = await t.client("/dyn-1", { auth: { name: "a" } });
  await t.step("made, and what was made at the start", () => ask(a, "made"));
  await t.step("asked: middleware, then connection", () => ask(a, "log"));
  await t.step("its socket", async () => [(await ask(a, "handshake"))[0].auth, (await ask(a, "conn"))[0].nsp, (await ask(a, "rooms"))[0].map((r) => r === a.id)]);
  await t.step("a second client makes none", async () => { a.second = await t.client("/dyn-1", { auth: { name: "b" } }); return [await ask(a, "made"), await ask(a, "log"), await ask(a, "ids-here")]; });
  await t.step("another name", async () => { a.other = await t.client("/dyn-22", { auth: { name: "c" } }); return [await ask(a, "made"), await ask(a, "children"), await ask(a.other, "fetch", {})]; });
  await t.step("refused by the parent's middleware", () => refused(t, "/dyn-3", { auth: { refuse: true } }));
  await t.step("which makes the namespace all the same", () => ask(a, "children"));
  for (const name of ["/dyn-", "/dyn-x", "/xdyn-1", "/dyn-1/", "/DYN-1", "/dyn-%31", "/dyn-١"]) await t.step(`no namespace: ${name}`, () => refused(t, name, {}));
  await t.step("a line feed in the name", async () => { const w = await t.ws(); w.send("40/dyn-1\n,"); return w.next(); });
  await t.step("messages do not cross", async () => {
    const [x, y] = [listen(a.second), listen(a.other)];
    await ask(a, "cast", {}, "said", 1);
    await Promise.all([ask(a.second, "echo"), ask(a.other, "echo")]);
    return [x.list, y.list];
  });
  await t.step("two namespaces over one connection", async () => { const w = await t.joined("/dyn-1"); w.send("40/dyn-22,"); await w.next(); w.send("41/dyn-1,"); return up_to_echo(Object.assign(w, { prefix: "/dyn-22," })); });
});

scenario("rules", "of parents", "side-dynamic", async (t) => {
  const [a, b, other] = [await t.client("/dyn-51"), await t.client("/dyn-52"), await t.client("/second")];
  await ask(a, "join", "r"), await ask(b, "join", ["r", "q"]);
  const seen = [a, b, other].map((s) => listen(s));
  const told = async () => { await Promise.all([a, b, other].map((s) => ask(s, "echo"))); return seen.map((l) => l.list.splice(0)); };
  await t.step("emit reaches all children", async () => { a.emit("tell-all", { x: [1] }); await ask(a, "echo"); return told(); });
  await t.step("a room of all children", async () => { a.emit("tell", { to: ["r"] }, 2); await ask(a, "echo"); return told(); });
  await t.step("but a room", async () => { a.emit("tell", { except: ["q"] }, 3); await ask(a, "echo"); return told(); });
  await t.step("a room but another, volatile", async () => { a.emit("tell", { to: ["r"], except: ["q"], lossy: true }, 4); await ask(a, "echo"); return told(); });
  await t.step("a listener of the parent is for children to come", async () => {
    await ask(a, "late-listener");
    const [same, fresh] = [t.socket("/dyn-51"), t.socket("/dyn-53")];
    const [x, y] = [listen(same), listen(fresh)];
    await Promise.all([heard(same, "connect"), heard(fresh, "connect")]);
    await Promise.all([ask(same, "echo"), ask(fresh, "echo")]);
    return [x.list, y.list];
  });
  await t.step("of() adopts what fits", async () => { await ask(a, "made"), await ask(a, "log"); return [await ask(a, "adopt", "dyn-99"), await ask(a, "children"), await ask(a, "made")]; });
  await t.step("and the parent serves it", async () => { const s = await t.client("/dyn-99"); return [await ask(s, "made"), await ask(s, "log")]; });
  await t.step("of() of what fits nothing", async () => { await ask(a, "adopt", "/plain"); const s = await t.client("/plain"); return s.connected; });
});

scenario("rules", "functions", "side-dynamic", async (t) => {
  const log = async () => { const s = await t.client("/second"); return (await ask(s, "log"))[0]; };
  await log();
  await t.step("yes", async () => { const s = await t.client("/vip", { auth: { token: "x" } }); return [s.connected, (await ask(s, "handshake"))[0].auth]; });
  await t.step("exists now, so nobody is asked", async () => (await t.client("/vip", { auth: { token: "wrong" } })).connected);
  await t.step("no", () => refused(t, "/nobody", { auth: { token: "x" } }));
  await t.step("the next is asked", async () => { await log(); await refused(t, "/neither", {}); return log(); });
  await t.step("an error asks the next", async () => (await t.client("/fails")).connected);
  await t.step("later", async () => (await t.client("/later-1")).connected);
  await t.step("two clients while it decides", async () => {
    const both = await Promise.all([t.client("/later-2"), t.client("/later-2")]);
    return [await ask(both[0], "ids-here"), (await ask(both[0], "made"))[0].filter((n) => n === "/later-2")];
  });
  await t.step("a second CONNECT while it decides", async () => { const w = await t.ws(); w.send("40/later-4,", "40/later-4,"); return [await w.next(), await Promise.race([w.next(), w.closed])]; });
  await t.step("two names while they decide", async () => { const w = await t.ws(); w.send("40/later-5,", "40/later-6,"); return [await w.next(), await w.next()]; });
  await t.step("it goes while it decides", async () => {
    const w = await t.ws();
    w.send("40/later-7,");
    w.close();
    await sleep(150);
    const s = await t.client("/second");
    return (await ask(s, "made"))[0].includes("/later-7");
  });
  await t.step("the main namespace is asked nothing", async () => { await log(); await t.client("/"); return log(); });
});

scenario("rules", "clean-up", "side-dynamic-cleanup", async (t) => {
  const watcher = await t.client("/dyn-1", { auth: { name: "watcher" } });
  const empty = async () => { for (let i = 0; i < 100 && (await ask(watcher, "children"))[0].length > 1; i++) await sleep(10); return ask(watcher, "children"); };
  await t.step("the last one goes", async () => { const s = await t.client("/dyn-2"); const before = await ask(watcher, "children"); s.disconnect(); return [before, await empty()]; });
  await t.step("one of two goes", async () => {
    const [a, b] = [await t.client("/dyn-3", { auth: { name: "one of two" } }), await t.client("/dyn-3")];
    a.disconnect();
    await ask(watcher, "how-left", "one of two");
    const then = await ask(watcher, "children");
    b.disconnect();
    return [then, await empty()];
  });
  await t.step("it is made again", async () => { await ask(watcher, "made"), await ask(watcher, "log"); const s = await t.client("/dyn-2"); const seen = [await ask(watcher, "made"), await ask(watcher, "log")]; s.disconnect(); return [seen, await empty()]; });
  await t.step("a refused client leaves none behind", async () => { await refused(t, "/dyn-4", { auth: { refuse: true } }); return empty(); });
  await t.step("the connection breaks", async () => { const s = await t.client("/dyn-5"); s.io.engine.transport.ws._socket.destroy(); return empty(); });
  await t.step("kicked", async () => { const s = await t.client("/dyn-6"); s.emit("kick"); await heard(s, "disconnect"); return empty(); });
  await t.step("a namespace of the program's stays", async () => { const s = await t.client("/chat"); s.disconnect(); await sleep(50); return (await t.client("/chat")).connected; });
});

scenario("connection", "what it tells", "side-brief", async (t) => {
  const watcher = await t.client("/chat", { auth: { name: "watcher" } });
  const log = async (name) => (await ask(watcher, "conn-log", name))[0];
  const quiet = (list) => list.filter((l) => !/^(got pong|sent ping|heartbeat)/.test(l));
  for (const transports of [["websocket"], ["polling"]]) {
    const by = (what) => `${what}, ${transports}`;
    const name = `told ${transports}`;
    const s = await t.client("/", { auth: { name }, transports });
    await ask(s, "watch-conn");
    await t.step(by("an event and its answer"), async () => { await ask(s, "echo", 1); return quiet(await log(name)); });
    await t.step(by("binary"), async () => { await ask(s, "echo", Buffer.from([1, 2])); return quiet(await log(name)); });
    await t.step(by("a broadcast"), async () => { s.emit("cast", {}, "said", 1); await heard(s, "said"); return quiet(await log(name)); });
    await t.step(by("heartbeats"), async () => { await log(name); await sleep(700); return [...new Set((await log(name)).filter((l) => !/message/.test(l)))].sort(); });
    await t.step(by("a packet of the program's own"), async () => { s.emit("raw", '2["by-hand",7]'); return heard(s, "by-hand"); });
    await t.step(by("drained"), () => ask(s, "drain-once"));
    await t.step(by("its state"), () => ask(s, "conn-state"));
    await t.step(by("the client leaves"), async () => {
      await log(name);
      s.disconnect();
      await ask(watcher, "how-left", name);
      for (let i = 0; i < 100; i++) { const l = (await log(name)).filter((x) => x.startsWith("close")); if (l.length) return l; await sleep(10); }
      return "nothing";
    });
  }
  await t.step("an upgrade", async () => {
    const s = await t.client("/", { auth: { name: "goes up" }, transports: ["polling", "websocket"], upgrade: false });
    const before = await ask(s, "conn-state");
    s.disconnect();
    const u = t.socket("/", { auth: { name: "up" }, transports: ["polling", "websocket"] });
    const up = heard(u.io.engine, "upgrade").catch(() => {});
    await heard(u, "connect");
    await ask(u, "watch-conn");
    if (u.io.engine.transport.name !== "websocket") await up;
    await ask(u, "echo");
    const after = await ask(u, "conn-state");
    return [before, after];
  });
  await t.step("a server that closes it", async () => {
    const s = await t.client("/", { auth: { name: "dropped" } });
    await ask(s, "watch-conn");
    s.emit("drop");
    await heard(s, "disconnect");
    await ask(watcher, "how-left", "dropped");
    return (await log("dropped")).filter((l) => l.startsWith("close"));
  });
  await t.step("how many there are", async () => {
    const before = (await ask(watcher, "clients"))[0];
    const s = await t.client();
    const then = (await ask(watcher, "clients"))[0];
    s.disconnect();
    for (let i = 0; i < 100 && (await ask(watcher, "clients"))[0] > before; i++) await sleep(10);
    return [then - before, (await ask(watcher, "clients"))[0] - before];
  });
});

scenario("listeners", "by place", "side", async (t) => {
  const s = await t.client();
  await t.step("registered", () => ask(s, "arrange"));
  await t.step("in order", async () => { s.emit("ordered"); return ask(s, "order"); });
  await t.step("those for once are gone", async () => { s.emit("ordered"); return ask(s, "order"); });
  await t.step("removed", () => ask(s, "disarm"));
  await t.step("and silent", async () => { s.emit("ordered"); await ask(s, "order"); return ask(s, "order"); });
  for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "connection", "error", "message"]) await t.step(`emit ${name}`, async () => ask(s, "reserved", name));
});

scenario("servers", "one alone", "side", async (t) => {
  const s = await t.client();
  await t.step("an event for the others", () => ask(s, "server-side", "between"));
  await t.step("is none for itself", () => ask(s, "server-side-heard"));
  for (const name of ["connect", "connection", "new_namespace", "disconnect"]) await t.step(`a name of its own: ${name}`, () => ask(s, "server-side", name));
  await t.step("a question", () => Promise.race([ask(s, "server-side-ask"), sleep(300).then(() => "no answer")]));
});
