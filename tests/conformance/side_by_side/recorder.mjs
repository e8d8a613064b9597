// Runs scenarios against one server and records what its clients saw, step by step, in a form that can be compared.
import { Agent } from "node:http";
import { io } from "socket.io-client";
import { io as io2 } from "./old_client.mjs";
import { Connection, Polling, request, Ws } from "../raw.mjs";

const scenarios = [];

/**
 * A scenario has a topic and a name, unique together, and uses servers of some profiles: the first is the one meant when none is
 * named. `play` gets a Stage; what its steps return is what is compared.
 */
export function scenario(topic, name, profile, play) {
  const key = `${topic}/${name}`;
  if (scenarios.some((s) => s.key === key)) throw new Error(`two scenarios ${key}`);
  scenarios.push({ key, topic, profile, play });
}

export const all_scenarios = () => scenarios;

/** Headers that say nothing about behaviour: the time, and how the connection is kept (a step asks for these alone). */
const PASSING = new Set(["date", "connection", "keep-alive", "sec-websocket-accept"]);

/** An id is 20 characters of base64url on both servers; each becomes its number in the step. */
const ID = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{20}(?![A-Za-z0-9_-])/g;

export const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));

/** One run of one scenario on one server. */
export class Stage {
  constructor(servers, profile) {
    this.servers = servers;
    this.port = servers[profile].port;
    this.url = `http://127.0.0.1:${this.port}`;
    this.steps = new Map();
    this.ids = new Map();  // of one step: a difference in one does not reach the next
    this.open = [];
  }

  /** Runs f and records what it returns, or how it failed. Eight seconds at most. */
  async step(name, f) {
    if (this.steps.has(name)) throw new Error(`two steps ${name}`);
    this.steps.set(name, undefined);
    this.ids.clear();
    let timer;
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error("nothing for eight seconds")), 8000); });
    try {
      this.steps.set(name, this.normal(await Promise.race([f(), late])));
    } catch (e) {
      this.steps.set(name, { failed: this.normal(e.message) });
    } finally {
      clearTimeout(timer);
    }
  }

  normal(v) {
    if (typeof v === "string") return v.replaceAll(ID, (id) => this.ids.get(id) ?? this.ids.set(id, `<id ${this.ids.size + 1}>`).get(id)).replaceAll(`127.0.0.1:${this.port}`, "<host>");
    if (Buffer.isBuffer(v) || v instanceof Uint8Array) return `bytes ${Buffer.from(v).toString("hex")}`;
    if (v instanceof ArrayBuffer) return this.normal(Buffer.from(v));
    if (Array.isArray(v)) return v.map((x) => this.normal(x));
    if (v !== null && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, x]) => [this.normal(k), this.normal(x)]));
    return v === undefined ? null : v;
  }

  kept(x) {
    this.open.push(x);
    return x;
  }

  close() {
    for (const x of this.open.splice(0)) (x.disconnect ?? x.close).call(x);
  }

  // Bytes on the wire.

  /** An answer without what names no behaviour. */
  static answer({ status, headers, text, body }, { all = false } = {}) {
    const rest = Object.fromEntries(Object.entries(headers).filter(([k]) => all && !PASSING.has(k)).sort());
    return { status, type: headers["content-type"] ?? null, text: body && headers["content-encoding"] ? `${body.length > 0 ? "packed" : ""}` : text, ...(all ? { headers: rest } : {}) };
  }

  async http(method, target, options = {}) {
    return Stage.answer(await request(this.port, method, target, options), options);
  }

  async connection() {
    return this.kept(await Connection.open(this.port));
  }

  async polling(query = "", path = "/socket.io/") {
    return Polling.open(this.port, path, query);
  }

  /** A session on WebSocket. */
  async ws(query = "", options = {}) {
    return this.kept(await Ws.engine(this.port, "/socket.io/", query, options));
  }

  /** The same, in "/": all that comes before the answer to an echo was a greeting. */
  async joined(nsp = "/", options = {}) {
    const w = await this.ws("", options);
    const prefix = nsp === "/" ? "" : `${nsp},`;
    w.send(`40${prefix}`);
    w.connected = await w.next();
    w.prefix = prefix;
    return w;
  }

  async bare_ws(query, options = {}) {
    return this.kept(await Ws.open(`ws://127.0.0.1:${this.port}/socket.io/${query}`, options));
  }

  // Official clients.

  /** A connected client; `transports` decide its road. */
  async client(nsp = "/", options = {}) {
    const s = this.socket(nsp, options);
    await heard(s, "connect");
    return s;
  }

  socket(nsp = "/", options = {}, make = io) {
    return this.kept(make(this.url + nsp, { forceNew: true, reconnection: false, transports: ["websocket"], agent: new Agent(), ...options }));
  }

  async old_client(nsp = "/", options = {}) {
    const s = this.socket(nsp, options, io2);
    await heard(s, "connect");
    return s;
  }
}

/** The arguments of the next such event. */
export const heard = (emitter, event) => new Promise((ok) => emitter.once(event, (...args) => ok(args)));

/** All that the server answers; ack in the manner of the client. */
export const ask = (s, ...args) => new Promise((ok) => s.emit(...args, (...all) => ok(all)));

/** Every event of a client from now on, in order; `until(name)` waits for one, which is taken away. */
export function listen(s) {
  const list = [], waiting = [];
  s.onAny((event, ...args) => {
    list.push([event, ...args]);
    for (const w of waiting.splice(0)) w();
  });
  return {
    list,
    async until(event) {
      while (!list.some(([e]) => e === event)) await new Promise((ok) => waiting.push(ok));
      return list.splice(0);
    },
  };
}

/** All that arrives on a WebSocket until it ends: packets, then the close code. */
export async function to_the_end(w) {
  const packets = [];
  for (let m; (m = await w.next()) !== undefined;) packets.push(m);
  return { packets, ...(await w.closed) };
}

/** All that arrives on a WebSocket meanwhile. */
export const within = (w, ms) => sleep(ms).then(() => w.queue.splice(0));

/** Everything up to the answer of an echo, or to the end. */
export async function up_to_echo(w) {
  w.send(`42${w.prefix ?? ""}999["echo","well"]`);
  const packets = [];
  for (let m; (m = await w.next()) !== undefined;) {
    if (m === `43${w.prefix ?? ""}999["well"]`) return { packets, after: "well" };
    packets.push(m);
  }
  return { packets, after: await w.closed };
}
