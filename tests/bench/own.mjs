// `jackfield bench serve`, as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { binary } from "./bench.mjs";

export class OwnServer {
  static async start(...args) {
    const s = new OwnServer();
    s.child = spawn(binary, ["bench", "serve", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    s.closed = once(s.child, "close");
    const [line] = await Promise.race([once(s.child.stdout, "data"), s.closed.then(() => { throw new Error("it ended before it listened"); })]);
    s.port = Number(/port (\d+)/.exec(line)[1]);
    return s;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.closed;
  }
}
