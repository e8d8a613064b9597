// The server the suites talk to: the fixture named by FIXTURE, or, without it, reference.mjs on the official server.
// The suites hold for both; that is how we know that the suites are right. Where ours is stricter on purpose, `ours` says so.
// With TLS set, the fixture speaks TLS, and a relay in this process puts it on what the suites say and takes it off the answers.
// WORKERS says how many the fixture has; 1 without it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { Authority } from "./certificates.mjs";

export const ours = Boolean(process.env.FIXTURE);

let authority, site;   // made when the first one is needed

/** Plain connections to the port that it resolves to, TLS from there to `port`. */
async function relay(port) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = tls.connect({ port, host: "127.0.0.1", ca: authority.pem, allowHalfOpen: true });
    far.setNoDelay(true);
    near.pipe(far);
    far.pipe(near);
    const both = [near, far];
    both.forEach((s, i) => {
      s.on("error", () => {});
      s.on("close", () => { if (!both[1 - i].writableEnded) both[1 - i].destroy(); });
    });
  });
  await new Promise((ok) => server.listen(0, "127.0.0.1", ok));
  server.unref();
  return server;
}

export class Target {
  /** Starts a profile on a free port: of the fixture, or, without one, of the official server. */
  static async start(profile, fixture = process.env.FIXTURE, more = []) {
    const secure = fixture && process.env.TLS;
    if (secure) site ??= (authority ??= new Authority()).vouch("site");
    const args = ["--profile", profile, "--port", "0", ...(secure ? ["--tls-cert", site.cert, "--tls-key", site.key] : []), ...more];
    if (fixture && process.env.WORKERS) args.push("--workers", process.env.WORKERS);
    const t = new Target();
    t.child = fixture ? spawn(fixture, args, { stdio: ["ignore", "pipe", "inherit"] })
      : spawn(process.execPath, [fileURLToPath(new URL("reference.mjs", import.meta.url)), ...args], { stdio: ["ignore", "pipe", "inherit"] });
    t.closed = once(t.child, "close").then(([code, signal]) => ({ code, signal }));
    let out = "";
    t.child.stdout.on("data", (d) => t.#heard(String(d)));
    t.port = await new Promise((ok, no) => {
      t.child.stdout.on("data", (d) => {
        out += d;
        const m = /^READY \S+ (\d+)\nREADY$/m.exec(out);
        if (m) ok(Number(m[1]));
      });
      t.closed.then((end) => no(new Error(`the fixture ended before it was ready: ${JSON.stringify(end)} ${out}`)));
    });
    if (secure) {
      t.relay = await relay(t.port);
      t.port = t.relay.address().port;
    }
    t.url = `http://127.0.0.1:${t.port}`;
    return t;
  }

  #said = "";
  #waits = [];
  #heard(text) {
    this.#said += text;
    this.#waits = this.#waits.filter((w) => !w());
  }
  /** Resolves to the match of what the fixture says from now on. */
  says(pattern) {
    this.#said = "";
    return new Promise((ok) => this.#waits.push(() => {
      const m = pattern.exec(this.#said);
      if (m) ok(m);
      return m;
    }));
  }

  get pid() {
    return this.child.pid;
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends the fixture and resolves to how it ended. */
  async stop() {
    if (this.alive) process.kill(this.pid, "SIGTERM");
    this.relay?.close();
    return this.closed;
  }

  resident_kib() {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]);
  }

  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }
}
