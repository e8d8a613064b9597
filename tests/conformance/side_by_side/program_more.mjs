// More of the program of the comparison, on the official server: parents and their children, connections, the order of listeners, talk between
// servers. apps/fixture/side_by_side_more.cpp is the same on ours.

/** Namespaces by rules, in the profiles side-dynamic…; `serve` is for sockets of all of them. */
export function offer_rules(io, serve) {
  const made = [], log = [];
  io.on("new_namespace", (nsp) => made.push(nsp.name));
  const pattern = io.of(/^\/dyn-\d+$/);
  const serve_child = (s) => {
    const on = {
      made: (ack) => ack(made.splice(0)),
      log: (ack) => ack(log.splice(0)),
      children: (ack) => ack([...pattern.children].map((n) => n.name).sort()),
      tell: ({ to = [], except = [], lossy }, data) => {
        let op = pattern.except([]);
        for (const r of to) op = op.to(r);
        for (const r of except) op = op.except(r);
        (lossy ? op.volatile : op).emit("told", data);
      },
      "tell-all": (data) => pattern.emit("told", data),
      adopt: (name, ack) => ack(io.of(name).name),
      "late-listener": (ack) => { pattern.on("connection", (late) => late.emit("late")); ack(true); },
      "ids-here": (ack) => s.nsp.allSockets().then((ids) => ack(ids.size)),
    };
    for (const [event, f] of Object.entries(on)) s.on(event, f);
    serve(s);
  };
  pattern.use((s, next) => { log.push(`use ${s.nsp.name}`); next(s.handshake.auth.refuse ? new Error("not here") : undefined); });
  pattern.on("connection", (s) => { log.push(`in ${s.nsp.name}`); serve_child(s); });
  io.of((name, auth, next) => {
    log.push(`first ${name}`);
    if (name.startsWith("/later")) setTimeout(() => next(null, true), 50);
    else if (name === "/fails") next(new Error("no"), true);
    else next(null, name === "/vip" && auth.token === "x");
  }).on("connection", serve_child);
  io.of((name, auth, next) => {
    log.push(`second ${name}`);
    next(null, name === "/fails" || name === "/second");
  }).on("connection", serve_child);
}

const brief = ({ type, data }) => (data === undefined ? type : `${type} ${typeof data === "string" ? data : `bytes ${Buffer.from(data).toString("hex")}`}`);

/** What the connection below a socket tells, by the name of its client. */
export function serve_connection(io, s, logs) {
  s.on("watch-conn", (ack) => {
    const log = [];
    logs.set(s.data.name, log);
    s.conn.on("packet", (p) => log.push(`got ${brief(p)}`));
    s.conn.on("packetCreate", (p) => log.push(`sent ${brief(p)}`));
    s.conn.on("upgrade", (transport) => log.push(`upgrade ${transport.name}`));
    s.conn.on("heartbeat", () => log.push("heartbeat"));
    s.conn.on("close", (reason) => log.push(`close ${reason}`));
    ack(true);
  });
  s.on("conn-log", (name, ack) => ack(logs.get(name)?.splice(0) ?? null));
  s.on("drain-once", (ack) => { s.conn.once("drain", () => setImmediate(() => ack("drained"))); s.emit("something"); });
  s.on("conn-state", (ack) => ack({
    state: s.conn.readyState, upgrading: s.conn.upgrading, upgraded: s.conn.upgraded, transport: s.conn.transport.name, protocol: s.conn.protocol, address: s.conn.remoteAddress,
    same: s.conn.id === s.id, url: s.conn.request.url.split("?")[0],
  }));
  s.on("raw", (data) => s.conn.send(data));
  s.on("clients", (ack) => ack(io.engine.clientsCount));
}

/** Listeners, in the order of their places. */
export function serve_listeners(s) {
  const order = [];
  s.on("arrange", (ack) => {
    const note = (text) => () => order.push(text);
    s.on("ordered", note("on"));
    s.prependListener("ordered", note("front"));
    s.once("ordered", note("once"));
    s.prependOnceListener("ordered", note("front once"));
    const gone = note("gone");
    s.on("ordered", gone);
    s.off("ordered", gone);
    s.onAny((event) => { if (event === "ordered") order.push("any"); });
    s.prependAny((event) => { if (event === "ordered") order.push("any front"); });
    const never = () => order.push("never");
    s.onAny(never);
    s.offAny(never);
    s.onAnyOutgoing((event) => { if (event === "out") order.push("out"); });
    s.prependAnyOutgoing((event) => { if (event === "out") order.push("out front"); });
    ack([s.listenerCount("ordered"), s.eventNames().includes("ordered"), s.listenersAny().length, s.listenersAnyOutgoing().length]);
  });
  s.on("order", (ack) => { s.emit("out"); ack(order.splice(0)); });
  s.on("disarm", (ack) => {
    s.removeAllListeners("ordered"), s.offAny(), s.offAnyOutgoing();
    ack([s.listenerCount("ordered"), s.eventNames().includes("ordered"), s.listenersAny().length, s.listenersAnyOutgoing().length]);
  });
  s.on("reserved", (name, ack) => {
    try {
      ack(s.emit(name, 1));
    } catch {
      ack("refused");
    }
  });
}

/** Between servers: this one is alone. `heard`: what came from others. */
export function serve_servers(io, s, heard) {
  s.on("server-side", (name, ack) => {
    try {
      s.nsp.serverSideEmit(name, 1);
      ack("sent");
    } catch {
      ack("refused");
    }
  });
  s.on("server-side-ask", (ack) => s.nsp.serverSideEmit("between", 1, (error, list) => ack({ error: Boolean(error), list })));
  s.on("server-side-heard", (ack) => ack(heard.splice(0)));
}
