// What a program that a suite runs has printed so far, and what it will.
export class Output {
  out = "";

  /** Takes a child process that was just started. `closed` resolves at its end. */
  read(child, closed) {
    this.child = child;
    this.closed = closed;
    child.stdout.on("data", (d) => (this.out += d));
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
      this.closed.then(() => { look(); no(new Error(`ended without printing ${pattern}: ${this.out}`)); }, no);
      look();
    });
  }
}
