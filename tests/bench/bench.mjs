// Runs `jackfield bench`, and the official server with the events of the bench contract, which counts what it sees.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "socket.io";

export const binary = process.env.JACKFIELD_BIN;
if (!binary) throw new Error("JACKFIELD_BIN names the jackfield program to test, for example build/dev/bin/jackfield");

export const limit = { timeout: 60_000 };

const folder = mkdtempSync(join(tmpdir(), "jackfield-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let files = 0;
export const scratch = (name) => join(folder, `${++files}-${name}`);

/** Runs a command to its end. Resolves to { code, out, err }. */
export async function run(command, ...args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  const [code, signal] = await once(child, "close");
  return { code, signal, out, err };
}

/** `jackfield bench …` with its report: { code, out, err, report, first }. */
export async function bench(...args) {
  const json = scratch("report.json");
  const r = await run(binary, "bench", ...args.map(String), "--json", json);
  try {
    r.report = JSON.parse(readFileSync(json, "utf8"));
    r.first = r.report.runs?.[0];
  } catch { /* a run that was refused writes none */ }
  return r;
}

/** The official server, in this process. `options` are Socket.IO's; `behave(socket, io, counts)` replaces the contract. */
export class Official {
  static async start({ options = {}, tls, behave } = {}) {
    const s = new Official();
    s.counts = { connections: 0, ended: 0, echo: 0, cast: 0, join: 0, room: 0, copies: 0, heartbeats: 0, transports: new Set(), reasons: new Set() };
    s.http = tls ? createHttps({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }) : createHttp();
    s.io = new Server(s.http, options);
    s.io.on("connection", (socket) => s.welcome(socket, behave));
    s.http.listen(0, "127.0.0.1");
    await once(s.http, "listening");
    s.port = s.http.address().port;
    s.url = `${tls ? "https" : "http"}://127.0.0.1:${s.port}`;
    return s;
  }

  welcome(socket, behave) {
    const { counts, io } = this;
    ++counts.connections;
    counts.transports.add(socket.conn.transport.name);
    socket.conn.on("upgrade", (t) => counts.transports.add(`upgrade to ${t.name}`));
    socket.conn.on("heartbeat", () => ++counts.heartbeats);
    socket.on("disconnect", (reason) => { ++counts.ended; counts.reasons.add(reason); });
    if (behave) return behave(socket, io, counts);
    socket.on("echo", (payload, reply) => { ++counts.echo; ++counts.copies; reply(payload); });
    socket.on("cast", (payload) => { ++counts.cast; counts.copies += io.sockets.sockets.size; io.emit("cast", payload); });
    socket.on("join", (room, reply) => { ++counts.join; socket.join(room); reply(); });
    socket.on("room", (room, payload) => {
      ++counts.room;
      counts.copies += io.sockets.adapter.rooms.get(room)?.size ?? 0;
      io.to(room).emit("room", payload);
    });
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((ok) => this.io.close(ok));
  }
}
