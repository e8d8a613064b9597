// Our client in the shape of socket.io-client, as far as the suites use it: client-driver (apps/client-driver) in a process of
// its own, and what it tells as events. The suites that the official client passes can so be run with ours.
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";

const program = process.env.CLIENT_DRIVER;

const packed = (v) => {
  if (ArrayBuffer.isView(v)) return { $bin: Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString("base64") };
  if (v instanceof ArrayBuffer) return packed(Buffer.from(v));
  if (Array.isArray(v)) return v.map(packed);
  if (v instanceof Date) return v.toJSON();
  return v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, packed(x)])) : v;
};
const unpacked = (v) => {
  if (Array.isArray(v)) return v.map(unpacked);
  if (!v || typeof v !== "object") return v;
  return typeof v.$bin === "string" ? Buffer.from(v.$bin, "base64") : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, unpacked(x)]));
};

/** The process, and the sockets and managers in it by their names. */
class Driver {
  sockets = new Map();
  managers = new Map();
  #n = 0;

  constructor() {
    this.child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = once(this.child, "close");
    createInterface({ input: this.child.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
    this.child.stdin.on("error", () => {});
    this.ended.then(([status, signal]) => { if (status !== 0) throw new Error(`client-driver ended: ${status} ${signal}`); });
  }
  name(kind) {
    return `${kind}${++this.#n}`;
  }
  send(command) {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
  }
  #hear(e) {
    if (e.ev === "driver-error") throw new Error(`client-driver: ${JSON.stringify(e)}`);
    if (e.sock !== undefined) this.sockets.get(e.sock)?.hear(e);
    else if (e.manager !== undefined) this.managers.get(e.manager)?.hear(e);
  }
}

let driver;

/** Ends the process, which says goodbye for its sockets. Resolves to its status. */
export async function end() {
  if (!driver) return 0;
  driver.child.stdin.end();
  const [status] = await driver.ended;
  driver = undefined;
  return status;
}

class Manager extends EventEmitter {
  engine = Object.assign(new EventEmitter(), { transport: { name: null } });

  constructor(url, options) {
    super();
    driver ??= new Driver();
    Object.assign(this, { url, options, driver, name: driver.name("m") });
    driver.managers.set(this.name, this);
  }
  socket(nsp, options = {}) {
    return new Socket(this, nsp, options);
  }
  hear(e) {
    if (e.ev === "upgrade") {
      this.engine.transport = { name: e.transport };
      this.engine.emit("upgrade", this.engine.transport);
      return;
    }
    if (e.name === "open") this.engine.transport = { name: (this.options.transports ?? ["polling"])[0] };
    const value = /error/.test(e.name) ? new Error(e.value) : e.value;
    if (e.name !== "error" || this.listenerCount("error") > 0) this.emit(e.name, value);
  }
}

class Socket {
  id = undefined;
  connected = false;
  active = true;
  recovered = false;
  #events = new EventEmitter();
  #any = [];
  #asked = new Map();

  constructor(manager, nsp, options) {
    Object.assign(this, { io: manager, name: manager.driver.name("s"), errors_first: (options.retries ?? options.ackTimeout) !== undefined });
    manager.driver.sockets.set(this.name, this);
    this.#send("open", { nsp, url: manager.url, manager: manager.name, opts: packed({ ...manager.options, ...options }) });
  }
  #send(cmd, more = {}) {
    this.io.driver.send({ cmd, sock: this.name, ...more });
  }

  on(...a) { return this.#events.on(...a), this; }
  once(...a) { return this.#events.once(...a), this; }
  off(...a) { return this.#events.off(...a), this; }
  onAny(f) { this.#any.push(f); return this; }

  set auth(value) { this.#send("auth", { auth: packed(value) }); }
  connect() { this.active = true; this.#send("connect"); return this; }
  disconnect() { this.active = false; this.#send("disconnect"); return this; }

  emit(name, ...args) { return this.#emit({}, name, args); }
  emitWithAck(name, ...args) { return this.#ask({}, name, args); }
  timeout(ms) {
    return { emit: (name, ...args) => this.#emit({ timeout: ms }, name, args), emitWithAck: (name, ...args) => this.#ask({ timeout: ms }, name, args) };
  }
  get volatile() {
    return { emit: (name, ...args) => this.#emit({ volatile: true }, name, args) };
  }
  #emit(flags, event, args) {
    const callback = typeof args.at(-1) === "function" ? args.pop() : undefined;
    let ack;
    if (callback) {
      const with_error = this.errors_first || flags.timeout !== undefined;
      this.#asked.set((ack = this.io.driver.name("a")), with_error ? { ok: (...r) => callback(null, ...r), no: callback } : { ok: callback, no: () => {} });
    }
    this.#send("emit", { event, args: packed(args), ack, ...flags });
    return true;
  }
  #ask(flags, event, args) {
    return new Promise((ok, no) => {
      const ack = this.io.driver.name("a");
      this.#asked.set(ack, { ok, no });
      this.#send("emit", { event, args: packed(args), ack, ...flags });
    });
  }

  hear(e) {
    switch (e.ev) {
      case "connect":
        Object.assign(this, { id: e.id, recovered: e.recovered, connected: true });
        return this.#events.emit("connect");
      case "disconnect":
        Object.assign(this, { id: undefined, connected: false, active: e.active });
        return this.#events.emit("disconnect", e.reason);
      case "connect_error":
        this.active = e.active;
        return this.#events.emit("connect_error", Object.assign(new Error(e.message), { data: unpacked(e.data) }));
      case "ack": {
        const who = this.#asked.get(e.tag);
        this.#asked.delete(e.tag);
        return e.error === undefined ? who.ok(...unpacked(e.args)) : who.no(new Error(e.error));
      }
      case "event": {
        const args = unpacked(e.args);
        if (e.wantsAck) args.push((...answer) => this.#send("answer", { n: e.n, args: packed(answer) }));
        for (const f of this.#any) f(e.name, ...args);
        this.#events.emit(e.name, ...args);
      }
    }
  }
}

/** A manager of its own for each, as with forceNew. */
export function io(url, options = {}) {
  const { origin, pathname } = new URL(url);
  const { forceNew, autoConnect, auth, ackTimeout, retries, parser, ...connection } = options;
  if (parser) connection.parser = "msgpack";   // the only one that the suites bring
  const own = Object.fromEntries(Object.entries({ autoConnect, auth, ackTimeout, retries }).filter(([, v]) => v !== undefined));
  return new Manager(origin, connection).socket(pathname, own);
}
