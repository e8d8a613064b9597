// A client example, running: its lines, its keyboard, its end.
import { spawn } from "node:child_process";
import { once } from "node:events";

export class Program {
  out = "";

  constructor(program, args) {
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.closed = once(this.child, "close");
    this.child.stdout.on("data", (d) => (this.out += d));
  }

  type(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** Resolves to the match, when what was printed so far has it. */
  printed(pattern) {
    return new Promise((ok, no) => {
      const look = () => {
        const m = pattern.exec(this.out);
        if (!m) return;
        this.child.stdout.off("data", look);
        ok(m);
      };
      this.child.stdout.on("data", look);
      this.closed.then(() => { look(); no(new Error(`ended without printing ${pattern}: ${this.out}`)); });
      look();
    });
  }

  /** Resolves to [status, signal], with the keyboard's end. */
  async end() {
    this.child.stdin.end();
    return this.closed;
  }
}
