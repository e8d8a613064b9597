// Starts the program under test and reads from its log where it listens.
import { spawn } from "node:child_process";
import { once } from "node:events";

export const binary = process.env.JACKFIELD_BIN;
if (!binary) throw new Error("JACKFIELD_BIN names the jackfield program to test, for example build/dev/bin/jackfield");

/** Runs the program to its end. Resolves to { code, out, err }. */
export async function run(...args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  const [code, signal] = await once(child, "close");
  return { code, signal, out, err };
}

/** A running `jackfield serve`. */
export class Served {
  static async start({ port = 0, args = [] } = {}) {
    const s = new Served();
    s.child = spawn(binary, ["serve", "--port", String(port), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    s.log = "";
    s.closed = once(s.child, "close").then(([code, signal]) => ({ code, signal }));
    s.url = await new Promise((ok, no) => {
      const hear = (d) => {
        s.log += d;
        const m = /http:\/\/[^\s"'/]+/.exec(s.log);
        if (m) ok(m[0]);
      };
      s.child.stdout.on("data", hear);
      s.child.stderr.on("data", hear);
      s.closed.then((end) => no(new Error(`the server ended before it listened: ${JSON.stringify(end)}\n${s.log}`)));
    });
    s.port = Number(new URL(s.url).port);
    return s;
  }

  get pid() {
    return this.child.pid;
  }

  /** Sends the signal and resolves to how the process ended. */
  async stop(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(this.pid, signal);
    return this.closed;
  }
}
