// A client example, running: its lines, its keyboard, its end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Output } from "./output.mjs";

export class Program extends Output {
  constructor(program, args) {
    super();
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.read(child, once(child, "close"));
  }

  type(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** Resolves to [status, signal], with the keyboard's end. */
  async end() {
    this.child.stdin.end();
    return this.closed;
  }
}
