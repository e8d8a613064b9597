// The program of the comparison, on the official server; apps/fixture/side_by_side*.cpp is the same program on ours, event for event.
import { Server } from "socket.io";
import { offer_rules, serve_connection, serve_listeners, serve_servers } from "./program_more.mjs";

const origin = "https://page.example";

/** The option sets, by profile. */
export const options = {
  // Everything that can be seen from outside is on, and time plays no part.
  side: {
    allowEIO3: true, maxHttpBufferSize: 20_000, perMessageDeflate: { threshold: 1024 },
    cors: { origin: [origin], credentials: true, exposedHeaders: ["x-out"], maxAge: 600 },
    cookie: { name: "side", path: "/", httpOnly: true, sameSite: "strict" },
    allowRequest: (request, answer) => {
      const deny = new URL(request.url, "http://x").searchParams.get("deny");
      if (deny === null) answer(null, true);
      else answer(deny === "" ? null : deny, false);
    },
  },
  // Nothing but short times.
  "side-brief": { pingInterval: 300, pingTimeout: 200, connectTimeout: 600, upgradeTimeout: 300 },
  "side-recovery": { connectionStateRecovery: { maxDisconnectionDuration: 30_000 } },
  "side-dynamic": {},
  "side-dynamic-cleanup": { cleanupEmptyChildNamespaces: true },
};

/** What an engine's hooks add to answers. */
function hook_engine(engine) {
  engine.on("initial_headers", (headers) => { headers["x-initial"] = "1"; });
  engine.on("headers", (headers) => { headers["x-every"] = "1"; });
  engine.use((request, response, next) => {
    if (request.url.includes("x-refuse=")) return next(new Error("refused by a middleware"));
    response.setHeader("x-middle", "1");
    next();
  });
}

export function program(http, profile) {
  const io = new Server(http, options[profile]);
  const refused = [], room_events = new Map(), gone = new Map(), conn_logs = new Map(), between = [];
  const entry = (name) => gone.get(name) ?? gone.set(name, { how: null, waiting: [] }).get(name);

  io.engine.on("connection_error", ({ code, message, context }) => refused.push([code, message, context?.name ?? null]));
  if (profile === "side") hook_engine(io.engine);
  for (const kind of ["create", "join", "leave", "delete"]) {
    io.of("/").adapter.on(`${kind}-room`, (room, id) => {
      if (!room.startsWith("logged")) return;
      if (!room_events.has(room)) room_events.set(room, []);
      room_events.get(room).push(id ? `${kind} member` : kind);
    });
  }

  const chosen = (s, { from = "nsp", to = [], except = [], local, lossy, compress, timeout }) => {
    let op = from === "socket" ? s.broadcast : io.of(s.nsp.name).except([]);
    for (const r of to) op = op.to(r);
    for (const r of except) op = op.except(r);
    if (local) op = op.local;
    if (lossy) op = op.volatile;
    if (compress !== undefined) op = op.compress(compress);
    if (timeout) op = op.timeout(timeout);
    return op;
  };
  const names = (sockets) => sockets.map((s) => s.data.name).sort();
  const later = (f, ms = 50) => setTimeout(f, ms);

  const serve = (s) => {
    s.data.name = String(s.handshake.auth.name ?? "");
    const name = s.data.name, heard = [], said = [];
    const answers = {
      echo: (...args) => (typeof args.at(-1) === "function" ? args.pop()(...args) : s.emit("echo", ...args)),
      "ack-twice": (ack) => { ack(1); ack(2); },
      "ack-late": (ack) => later(() => ack("late")),
      silence: () => {},
      ask: (what, ms, ack) => s.timeout(ms).emit("question", what, (error, ...list) => ack({ timeout: Boolean(error), list })),
      "send-me": (x) => s.send(x),
      burst: (n) => { for (let i = 0; i < n; i++) s.emit("n", i); },
      text: (n, ack) => ack("x".repeat(n)),
      packed: (n, on) => s.compress(on).emit("packed", "x".repeat(n)),
      mixed: () => s.emit("mixed", Buffer.from([1, 2]), { deep: [Buffer.from([3]), null, "t"] }, Buffer.alloc(0)),
      "volatile-later": () => later(() => { s.volatile.emit("lost", 1); s.emit("kept", 2); }),
      "volatile-now": () => s.volatile.emit("now", 1),
    };
    const rooms = {
      join: (list, ack) => { s.join(list); ack([...s.rooms]); },
      leave: (room, ack) => { s.leave(room); ack([...s.rooms]); },
      rooms: (ack) => ack([...s.rooms]),
      cast: (chain, event, data, ack) => { chosen(s, chain).emit(event, data); ack?.(true); },
      "ask-all": (chain, event, data, ack) => chosen(s, chain).emit(event, data, (error, list) => ack({ timeout: Boolean(error), list: list.sort() })),
      fetch: (chain, ack) => chosen(s, chain).fetchSockets().then((list) => ack(names(list))),
      move: (chain, joins, room, ack) => { chosen(s, chain)[joins ? "socketsJoin" : "socketsLeave"](room); ack(true); },
      "cut-all": (chain, close, ack) => { chosen(s, chain).disconnectSockets(close); ack(true); },
      "room-events": (room, ack) => ack(room_events.get(room) ?? []),
    };
    const state = {
      handshake: (ack) => ack({
        auth: s.handshake.auth, query: { ...s.handshake.query }, header: s.handshake.headers["x-kit"] ?? null, address: s.handshake.address,
        xdomain: s.handshake.xdomain, secure: s.handshake.secure, url: s.handshake.url.split("?")[0], early: s.data.early ?? null,
      }),
      conn: (ack) => ack({ transport: s.conn.transport.name, protocol: s.conn.protocol, nsp: s.nsp.name, connected: s.connected, recovered: s.recovered }),
      refused: (ack) => ack(refused.splice(0)),
      watch: () => { s.onAny((event) => heard.push(event)); s.onAnyOutgoing((event) => said.push(event)); },
      watched: (ack) => ack([heard, said]),
      guard: () => {
        s.use((event, next) => {
          if (event[0] === "renamed") event[0] = "echo";
          next(event[0] === "forbidden" ? new Error("not this one") : undefined);
        });
        s.on("error", (error) => s.emit("refusal", error.message));
      },
      "once-only": () => { s.once("single", () => s.emit("single", "heard")); },
      deafen: (event) => s.removeAllListeners(event),
      twice: () => { s.on("both", () => s.emit("both", 1)); s.on("both", () => s.emit("both", 2)); },
    };
    const ends = {
      kick: () => later(() => s.disconnect()),
      "kick-close": () => later(() => s.disconnect(true)),
      drop: () => later(() => s.conn.close()),
      "how-left": (who, ack) => { const e = entry(who); if (e.how) ack(e.how); else e.waiting.push(ack); },
      "talk-and-leave": () => { s.emit("last", 1); s.disconnect(); s.emit("too-late", 2); },
    };
    for (const [event, f] of Object.entries({ ...answers, ...rooms, ...state, ...ends })) s.on(event, f);
    serve_connection(io, s, conn_logs);
    serve_listeners(s);
    serve_servers(io, s, between);
    let rooms_then = [];
    s.on("disconnecting", () => { rooms_then = [...s.rooms].filter((r) => r !== s.id).sort(); });
    s.on("disconnect", (reason) => {
      const e = entry(name);
      e.how = { reason, rooms_then, rooms_now: [...s.rooms], connected: s.connected };
      for (const ack of e.waiting.splice(0)) ack(e.how);
    });
  };

  io.on("between", (x) => between.push(x));
  if (profile.startsWith("side-dynamic")) offer_rules(io, serve);
  io.on("connection", serve);
  io.of("/chat").on("connection", serve);
  io.of("/greet").on("connection", (s) => { s.join("hall"); s.emit("greeting", s.handshake.auth, [...s.rooms]); serve(s); });
  io.of("/auth").use((s, next) => { s.data.early = ["first"]; next(); })
    .use((s, next) => setTimeout(() => {
      const { token } = s.handshake.auth;
      s.data.early.push("second");
      if (token === "letmein") next();
      else if (token === "bare") next(new Error("no"));
      else next(Object.assign(new Error("not authorized"), { data: { code: 7, got: token ?? null } }));
    }, 20)).on("connection", serve);
  io.of("/hasty").use((s, next) => { s.emit("too-early", 1); s.join("early"); next(); }).on("connection", serve);
  return io;
}
