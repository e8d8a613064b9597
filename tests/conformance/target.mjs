// The server the suites talk to: the fixture named by FIXTURE, or, without it, reference.mjs on the official server.
// The suites hold for both; that is how we know that the suites are right. Where ours is stricter on purpose, `ours` says so.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ours = Boolean(process.env.FIXTURE);

export class Target {
  /** Starts a profile on a free port: of the fixture, or, without one, of the official server. */
  static async start(profile, fixture = process.env.FIXTURE) {
    const args = ["--profile", profile, "--port", "0"];
    const t = new Target();
    t.child = fixture ? spawn(fixture, args, { stdio: ["ignore", "pipe", "inherit"] })
      : spawn(process.execPath, [fileURLToPath(new URL("reference.mjs", import.meta.url)), ...args], { stdio: ["ignore", "pipe", "inherit"] });
    t.closed = once(t.child, "close").then(([code, signal]) => ({ code, signal }));
    let out = "";
    t.port = await new Promise((ok, no) => {
      t.child.stdout.on("data", (d) => {
        out += d;
        const m = /^READY \S+ (\d+)\nREADY$/m.exec(out);
        if (m) ok(Number(m[1]));
      });
      t.closed.then((end) => no(new Error(`the fixture ended before it was ready: ${JSON.stringify(end)} ${out}`)));
    });
    t.url = `http://127.0.0.1:${t.port}`;
    return t;
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
    return this.closed;
  }

  resident_kib() {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]);
  }

  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }
}
