// The fixture's profiles on the official server, as far as the suites use them: the proof that the suites are right.
//   node reference.mjs --profile NAME --port N
import { createServer } from "node:http";
import { Server as Engine } from "engine.io";
import { Server } from "socket.io";
import * as msgpack from "socket.io-msgpack-parser";
import { WebSocketServer } from "ws";
import { options as side_by_side, program } from "./side_by_side/program.mjs";

const short = { pingInterval: 300, pingTimeout: 200, maxHttpBufferSize: 1e6, cors: { origin: "*" } };

/** Every message comes back as it came. */
function echo(http, options) {
  const engine = new Engine(options);
  engine.attach(http, { path: "/engine.io/" });
  engine.on("connection", (session) => session.on("data", (data) => session.send(data)));
}

const profiles = {
  "engine-protocol": (http) => echo(http, short),
  "engine-protocol-v3": (http) => echo(http, { ...short, allowEIO3: true }),
  "engine-calm-v3": (http) => echo(http, { cors: short.cors, allowEIO3: true }),

  "socket-protocol"(http) {
    const io = new Server(http, { ...short, connectTimeout: 1000 });
    const greet = (s) => s.emit("auth", s.handshake.auth);
    io.of("/custom").on("connection", greet);
    io.on("connection", (s) => {
      greet(s);
      s.on("message", (...args) => s.emit("message-back", ...args));
      s.on("message-with-ack", (...args) => args.pop()(...args));
    });
  },

  deflate(http) {
    profiles.open(http, { perMessageDeflate: { threshold: 1024 } });
  },

  open(http, options) {
    const io = new Server(http, options);
    io.on("connection", (s) => {
      s.on("echo", (...args) => {
        const ack = args.at(-1);
        if (typeof ack === "function") ack(...args.slice(0, -1));
        else s.emit("echo", ...args);
      });
      s.on("join", (room, ack) => { s.join(String(room)); ack?.(s.rooms.size); });
      s.on("fanout", (n, size, ack) => {
        const text = "x".repeat(Math.min(size, 1 << 20));
        for (let i = 0; i < Math.min(n, 10_000); i++) io.emit("blob", i, text);
        ack?.("done");
      });
    });
  },

  msgpack(http) {
    profiles.matrix(http, { parser: msgpack.default ?? msgpack });
  },

  "msgpack-recovery"(http) {
    profiles.matrix(http, { parser: msgpack.default ?? msgpack, connectionStateRecovery: { maxDisconnectionDuration: 30_000 } });
  },

  matrix(http, more) {
    const io = new Server(http, { allowEIO3: true, pingInterval: 1500, pingTimeout: 3000, connectTimeout: 5000, maxHttpBufferSize: 4e6, cors: { origin: true, credentials: true }, ...more });
    const bytes = (n) => Buffer.from(Uint8Array.from({ length: n }, (_, i) => i & 255));
    const serve = (s) => {
      const room = (name) => io.of(s.nsp.name).to(name);
      const on = {
        echo: (...args) => (typeof args.at(-1) === "function" ? args.pop()(...args) : s.emit("echo-back", ...args)),
        "ask-me": (value, ack) => s.timeout(5000).emit("question", value, (error, ...answers) => ack({ error: error ? "timeout" : null, answers })),
        "bin-check": (x, ack) => { const b = Buffer.isBuffer(x) ? x : x.data; ack({ len: b.length, sum: b.reduce((a, c) => a + c, 0), note: x.note ?? null }); },
        "bin-get": (n, ack) => ack(bytes(n)),
        "bin-push": (n) => s.emit("bin-pushed", { n, parts: [bytes(n), Buffer.from("tail")], tail: "end" }),
        "text-size": (t, ack) => ack({ len: t.length, bytes: Buffer.byteLength(t) }),
        "text-get": (n, ack) => ack("x".repeat(n)),
        join: (name, ack) => { s.join(name); ack?.(true); },
        leave: (name, ack) => { s.leave(name); ack?.(true); },
        say: (name, data) => room(name).emit("said", { room: name, from: s.id, data }),
        "say-others": (name, data) => s.to(name).emit("said", { room: name, from: s.id, data }),
        "say-bin": (name, n) => room(name).emit("said-bin", { room: name, data: bytes(n) }),
        transport: (ack) => ack(s.conn.transport.name),
        handshake: (ack) => ack({ auth: s.handshake.auth, query: { ...s.handshake.query }, header: s.handshake.headers["x-kit"] ?? null }),
        // The fixture's delay: the answer to the request that asked for it is on its way by then.
        drop: () => setTimeout(() => s.conn.close(), 50),
        "drop-then-say": (name, data) => {
          on.drop();
          setTimeout(() => room(name).emit("said", { room: name, from: s.id, data }), 150);
        },
        kick: () => setTimeout(() => s.disconnect(), 50),
      };
      for (const [name, f] of Object.entries(on)) s.on(name, f);
      s.emit("welcome", { id: s.id, nsp: s.nsp.name, csr: false, recovered: false, eio: s.conn.protocol, transport: s.conn.transport.name, auth: s.handshake.auth });
    };
    const refuse = (s, next) => {
      const token = s.handshake.auth.token ?? null;
      next(token === "letmein" ? undefined : Object.assign(new Error("not authorized"), { data: { code: "E_AUTH", got: token } }));
    };
    io.on("connection", serve);
    io.of("/auth").use(refuse).on("connection", serve);
    io.of(/^\/dyn-\d+$/).on("connection", serve);
  },

  "ws-echo"(http) {
    const options = { server: http, perMessageDeflate: true, maxPayload: 64 << 20 };
    new WebSocketServer(options).on("connection", (ws) => ws.on("message", (data, binary) => ws.send(data, { binary })).on("error", () => {}));
  },
};

for (const name of Object.keys(side_by_side)) profiles[name] = (http) => program(http, name);

const option = (name) => process.argv[process.argv.indexOf(`--${name}`) + 1];
const http = createServer((request, response) => response.writeHead(404, { "Content-Type": "text/plain; charset=UTF-8" }).end("Not Found"));
profiles[option("profile")](http);
http.listen(Number(option("port")), "127.0.0.1", () => console.log(`READY ${option("profile")} ${http.address().port}\nREADY`));
process.on("SIGTERM", () => process.exit(0));
