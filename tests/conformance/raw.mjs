// Bytes on the wire: one HTTP connection, one polling session, one WebSocket. Nothing here forgives or repairs.
import net from "node:net";
import WebSocket from "ws";

/** One TCP connection that reads HTTP/1.1 answers one after the other. */
export class Connection {
  static async open(port) {
    const c = new Connection();
    c.socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    c.buffer = Buffer.alloc(0);
    c.waiters = [];
    c.ended = false;
    const wake = () => { for (const w of c.waiters.splice(0)) w(); };
    c.socket.on("data", (d) => { c.buffer = Buffer.concat([c.buffer, d]); wake(); });
    c.closed = new Promise((ok) => c.socket.on("close", () => { c.ended = true; wake(); ok(); }));
    c.socket.on("end", () => { c.ended = true; wake(); });
    c.socket.on("error", () => {});
    await new Promise((ok, no) => { c.socket.once("connect", ok); c.socket.once("error", no); });
    return c;
  }

  send(...parts) {
    for (const p of parts) this.socket.write(p);
    return this;
  }

  request(method, target, { headers = {}, body } = {}) {
    const lines = { Host: "127.0.0.1", ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }), ...headers };
    const head = Object.entries(lines).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join("");
    return this.send(`${method} ${target} HTTP/1.1\r\n${head}\r\n`, ...(body === undefined || body.length === 0 ? [] : [body]));
  }

  async #more() {
    if (this.ended) return false;
    await new Promise((ok) => this.waiters.push(ok));
    return true;
  }

  async #until(found) {
    for (;;) {
      const r = found();
      if (r !== undefined) return r;
      if (!(await this.#more())) throw new Error(`the connection ended in the middle of an answer: ${JSON.stringify(this.buffer.toString("latin1").slice(0, 200))}`);
    }
  }

  #take(n) {
    const part = this.buffer.subarray(0, n);
    this.buffer = this.buffer.subarray(n);
    return part;
  }

  async #line() {
    const at = await this.#until(() => { const i = this.buffer.indexOf("\r\n"); return i < 0 ? undefined : i; });
    return this.#take(at + 2).toString("latin1").slice(0, -2);
  }

  /** The next answer. `method` tells that a HEAD has no body. */
  async answer(method = "GET") {
    const [, status, reason] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(await this.#line()) ?? [];
    const headers = {}, list = [];
    for (let line; (line = await this.#line()) !== "";) {
      const colon = line.indexOf(":"), name = line.slice(0, colon).toLowerCase(), value = line.slice(colon + 1).trim();
      headers[name] = value;
      list.push([name, value]);
    }
    const body = await this.#body(method, Number(status), headers);
    return { status: Number(status), reason, headers, list, body, text: body.toString("utf8"), json: () => JSON.parse(body.toString("utf8")) };
  }

  async #body(method, status, headers) {
    if (method === "HEAD" || status === 204 || status === 304 || status === 101) return Buffer.alloc(0);
    if (headers["transfer-encoding"] === "chunked") {
      const parts = [];
      for (;;) {
        const size = parseInt(await this.#line(), 16);
        await this.#until(() => (this.buffer.length >= size + 2 ? true : undefined));
        parts.push(this.#take(size));
        this.#take(2);
        if (size === 0) return Buffer.concat(parts);
      }
    }
    if (headers["content-length"] !== undefined) {
      const size = Number(headers["content-length"]);
      await this.#until(() => (this.buffer.length >= size ? true : undefined));
      return this.#take(size);
    }
    await this.closed;
    return this.#take(this.buffer.length);
  }

  close() {
    this.socket.destroy();
  }
}

/** One request on a connection of its own. */
export async function request(port, method, target, options) {
  const c = await Connection.open(port);
  try {
    return await c.request(method, target, options).answer(method);
  } finally {
    c.close();
  }
}

/** One request and its answer: what was sent to the server before has been read by then. */
export const round_trip = (port) => request(port, "GET", "/nowhere");

/**
 * Asks again and again, for five seconds at most, until the answer is good. No answer is not good yet: a session that ends while a
 * POST comes in drops that POST's connection, as the original does.
 */
export async function eventually(ask, good) {
  const until = performance.now() + 5000;
  for (let unanswered; ; ) {
    const r = await ask().catch((e) => void (unanswered = e));
    if (r && good(r)) return r;
    if (performance.now() > until) throw new Error("it did not come true within five seconds", { cause: unanswered });
  }
}

const workers = Number(process.env.WORKERS ?? 1);   // of the target

/** With several workers: each of them has had its turns, as far as the kernel's dice will have it. With one: at once. */
export async function turns_of_all(port) {
  for (let left = workers > 1 ? 2 * workers : 0; left > 0; left--) await round_trip(port);
}

export const SEPARATOR = "\x1e";

/** A polling session. Pings are answered unless told otherwise. */
export class Polling {
  static async open(port, path = "/engine.io/", query = "") {
    const p = new Polling();
    p.port = port;
    p.base = `${path}?EIO=4&transport=polling${query}`;
    const r = await request(port, "GET", p.base);
    p.handshake = JSON.parse(r.text.split(SEPARATOR)[0].slice(1));
    p.sid = p.handshake.sid;
    p.target = `${p.base}&sid=${p.sid}`;
    return p;
  }

  get(options) {
    return request(this.port, "GET", this.target, options);
  }

  post(body, options = {}) {
    return request(this.port, "POST", this.target, { ...options, body });
  }

  /**
   * A GET that stays open until the caller asks for its answer. What is sent next on another connection is read behind it: with
   * several workers that holds when each of them has had its turns meanwhile.
   */
  async park(options) {
    const c = await Connection.open(this.port);
    c.request("GET", this.target, options);
    await turns_of_all(this.port);
    return c;
  }

  /** Polls until packets other than pings have come; answers the pings. */
  async packets() {
    for (;;) {
      const r = await this.get();
      if (r.status !== 200) throw new Error(`poll answered ${r.status} ${r.text}`);
      const all = r.text.split(SEPARATOR), rest = all.filter((x) => x !== "2");
      if (rest.length !== all.length) await this.post("3");
      if (rest.length) return rest;
    }
  }
}

/** A WebSocket with a queue of what arrived. Texts arrive as strings, binary as Buffers. */
export class Ws {
  static async open(url, { pong = true, ...options } = {}) {
    const w = new Ws();
    w.queue = [];
    w.waiters = [];
    w.socket = new WebSocket(url, options.protocols, { perMessageDeflate: false, ...options });
    w.socket.on("message", (data, binary) => {
      const m = binary ? data : data.toString();
      if (pong && m === "2") return w.socket.send("3");
      w.queue.push(m);
      w.waiters.shift()?.();
    });
    w.closed = new Promise((ok) => w.socket.on("close", (code, reason) => { w.done = true; for (const f of w.waiters.splice(0)) f(); ok({ code, reason: reason.toString() }); }));
    w.socket.on("error", () => {});
    w.answer = await new Promise((ok, no) => {
      w.socket.on("upgrade", (r) => ok(r));
      w.socket.on("unexpected-response", (_, r) => {
        let text = "";
        r.setEncoding("utf8").on("data", (d) => (text += d)).on("end", () => no(Object.assign(new Error(`refused with ${r.statusCode}`), { status: r.statusCode, headers: r.headers, text })));
      });
      w.closed.then(() => no(new Error("the connection was closed before it was open")));
    });
    // A server that closes at once may have done so in the segment of its 101.
    if (w.socket.readyState === WebSocket.CONNECTING) await new Promise((ok) => w.socket.once("open", ok));
    return w;
  }

  /** Engine.IO on WebSocket from the start. */
  static async engine(port, path = "/engine.io/", query = "", options = {}) {
    const w = await Ws.open(`ws://127.0.0.1:${port}${path}?EIO=4&transport=websocket${query}`, options);
    const open = await w.next();
    w.handshake = JSON.parse(open.slice(1));
    w.open_packet = open;
    return w;
  }

  send(...messages) {
    for (const m of messages) this.socket.send(m);
    return this;
  }

  /** The next message; nothing when the connection closed before one came. */
  async next() {
    while (!this.queue.length) {
      if (this.done) return undefined;
      await new Promise((ok) => this.waiters.push(ok));
    }
    return this.queue.shift();
  }

  close() {
    this.socket.terminate();
  }
}

/** Refused upgrades: what the server answered. */
export async function refused_upgrade(port, target, headers = {}) {
  const c = await Connection.open(port);
  c.request("GET", target, { headers: { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13", ...headers } });
  const r = await c.answer();
  if (r.status !== 101) await c.closed;
  c.close();
  return r;
}
