// One example, running: started on a free port, its clients, its end. What a suite of this folder needs of the outside.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";
import { Output } from "./output.mjs";

const program = process.env.EXAMPLE;
if (!program) throw new Error("EXAMPLE names the example's program, for example build/dev/bin/example_rooms");

/** Starts the example before the suite's tests, on port 0, with further arguments; ends it after them: SIGTERM, status 0. */
export function example({ before, after }, { args = [], env = {} } = {}) {
  const it = new Example();
  before(() => it.start(args, env));
  after(() => it.stop());
  return it;
}

class Example extends Output {
  clients = [];

  async start(args, env) {
    const child = spawn(program, ["0", ...args], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
    this.read(child, once(child, "close"));
    await this.printed(/^READY (\d+)(?: (\d+))?$/m).then((m) => ([, this.port, this.other_port] = m));
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** A client that does not wait for a connection, with a record of all that it hears. */
  client(options = {}) {
    const socket = io(this.url, { forceNew: true, reconnection: false, ...options });
    socket.heard = [];
    socket.onAny((...event) => socket.heard.push(event.filter((a) => typeof a !== "function")));
    this.clients.push(socket);
    return socket;
  }

  /** A connected one. */
  async connected(options) {
    const socket = this.client(options);
    await new Promise((ok, no) => socket.on("connect", ok).on("connect_error", no));
    return socket;
  }

  /** Resolves to the error with which this one is refused. */
  refused(options) {
    const socket = this.client(options);
    return new Promise((ok, no) => socket.on("connect", () => no(new Error("was let in"))).on("connect_error", ok));
  }

  /** How much of the machine's memory the example ever had. */
  most_memory_mib() {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))[1]) / 1024;
  }

  async stop() {
    for (const c of this.clients) c.disconnect();
    this.child.kill("SIGTERM");
    assert.deepEqual(await this.closed, [0, null], "status, signal");
  }
}

/** The arguments of the next such event. */
export const next = (socket, event) => new Promise((ok) => socket.once(event, (...args) => ok(args)));
