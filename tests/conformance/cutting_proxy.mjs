// A TCP proxy that cuts: each connection ends after a number of bytes, in either direction, drawn from a seed. Some cuts are for
// the client alone: the server goes on with a connection that is dead.
import net from "node:net";
import { once } from "node:events";

/** Small, fast, the same everywhere: mulberry32. */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class CuttingProxy {
  cuts = 0;
  unnoticed = 0;
  #held = new Set();

  static async start(port, random, most) {
    const p = new CuttingProxy();
    p.server = net.createServer((client) => p.#join(client, net.connect(port, "127.0.0.1"), random, most));
    p.server.listen(0, "127.0.0.1");
    await once(p.server, "listening");
    p.url = `http://127.0.0.1:${p.server.address().port}`;
    return p;
  }

  #join(client, server, random, most) {
    for (const s of [client, server]) {
      s.setNoDelay(true);
      this.#held.add(s);
      s.on("error", () => {});
      s.on("close", () => this.#held.delete(s));
    }
    const dead_for_client_alone = random() < 0.3;
    // Connections become longer with time: what was missed may have to pass in one piece, and grows while it does not.
    const reach = most * (1 + this.cuts / 50);
    const left = { up: 100 + Math.floor(random() * reach), down: 100 + Math.floor(random() * reach) };
    const cut = () => {
      if (client.destroyed) return;
      this.cuts++;
      client.destroy();
      if (dead_for_client_alone) {
        this.unnoticed++;
        server.removeAllListeners("data");
        server.resume();
      } else {
        server.destroy();
      }
    };
    const pipe = (from, to, way) => from.on("data", (data) => {
      const n = Math.min(left[way], data.length);
      if (n > 0 && !to.destroyed) to.write(data.subarray(0, n), n < data.length ? cut : undefined);
      left[way] -= n;
      if (n === 0) cut();
    });
    client.on("close", () => server.readableFlowing && !dead_for_client_alone && server.destroy());
    server.on("close", () => client.destroy());
    pipe(client, server, "up");
    pipe(server, client, "down");
    client.on("end", () => server.end());
    server.on("end", () => client.end());
  }

  stop() {
    for (const s of this.#held) s.destroy();
    this.server.close();
  }
}
