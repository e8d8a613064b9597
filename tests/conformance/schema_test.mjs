// examples/schema.cpp: the TypeScript that it prints is compiled against the typings of socket.io and its client; the JSON Schema is put before
// a validator, with values that the same program sent over the wire.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";

const program = process.env.EXAMPLE_SCHEMA;
const require = createRequire(import.meta.url);
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
const printed = (what) => execFileSync(program, [what], { encoding: "utf8" });
const limit = { timeout: 120_000 };

let folder, server, socket;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "schema-"));
  server = spawn(program, ["serve", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((ok) => server.stdout.once("data", (d) => ok(/READY (\d+)/.exec(d)[1])));
  socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  await new Promise((ok) => socket.once("connect", ok));
});
after(() => {
  socket?.disconnect();
  server?.kill();
  if (folder) rmSync(folder, { recursive: true });
});

function compile(use) {
  writeFileSync(join(folder, "events.ts"), printed("typescript"));
  writeFileSync(join(folder, "use.ts"), use);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      strict: true, noEmit: true, target: "es2022", module: "es2022", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [],
      skipLibCheck: true, noUnusedLocals: false, paths: { "socket.io-client": [join(modules, "socket.io-client")] },
    },
    files: ["use.ts"],
  }));
  return spawnSync(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
}

test("the TypeScript compiles against the client's typings, and forbids what does not fit", limit, () => {
  const { status, stdout } = compile(`
    import { io, type Socket } from "socket.io-client";
    import type { ClientToServerEvents, ServerToClientEvents, Refusal, item, order, state } from "./events";
    const s: Socket<ServerToClientEvents, ClientToServerEvents> = io("http://127.0.0.1");
    const tea: item = { name: "tea", price: 2.5 };
    s.emit("total", [tea, { ...tea, count: 2 }], (answer: number | Refusal) => {
      if (typeof answer === "number") answer.toFixed(); else answer.error.code.length;
    });
    s.emit("check out", [tea], "SPRING", (made) => { if (!("error" in made)) made.items[0]!.price.toFixed(); });
    s.emit("check out", [tea], null, () => {});
    s.emit("watch", "paid");
    s.emit("ping", () => {});
    s.on("order", (o: order) => { const is: state = o.is; const voucher: string | number | null = o.voucher; o.parts[0]?.signature; void [is, voucher]; });
    s.on("notice", (text, level) => { text.length; level?.toFixed(); });
    s.on("question", (n, ack) => ack(n > 1));
    const later: Promise<number | Refusal> = s.emitWithAck("total", []);
    void later;
    // @ts-expect-error
    s.emit("nothing");
    // @ts-expect-error
    s.emit("total", "much", () => {});
    // @ts-expect-error
    s.emit("total", [{ name: "tea" }], () => {});
    // @ts-expect-error
    s.emit("total", [tea]);
    // @ts-expect-error
    s.emit("watch", "lost");
    // @ts-expect-error
    s.on("question", (n, ack) => ack("yes"));
    // @ts-expect-error
    s.on("order", (o) => o.nothing);
  `);
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test("a mistake is not let pass because nothing is checked", limit, () => {
  const { status, stdout } = compile(`
    import type { ClientToServerEvents } from "./events";
    const f: ClientToServerEvents["watch"] = (what: number) => what;
  `);
  assert.notEqual(status, 0);
  assert.match(stdout, /use\.ts.*not assignable/s);
});

async function validators() {
  const { default: Ajv } = await import("ajv/dist/2020.js");
  const ajv = new Ajv({ strict: true, strictTuples: false, validateFormats: false, allErrors: true });
  const schema = JSON.parse(printed("json"));
  ajv.addSchema(schema, "events");
  return (side, event, part) => {
    const check = ajv.getSchema(`events#/properties/${side}/properties/${encodeURIComponent(event)}/properties/${part}`);
    assert.ok(check, `${event} is described`);
    return check;
  };
}

const fits = (check, v) => assert.ok(check(v), JSON.stringify(check.errors));
const tea = { name: "tea", price: 2.5 };

test("what the server sends fits the JSON Schema", limit, async () => {
  const of = await validators();
  const order = new Promise((ok) => socket.once("order", (...args) => ok(args)));
  const sent = [[tea, { ...tea, count: 2 }], "SPRING"];
  fits(of("clientToServer", "check out", "arguments"), sent);
  fits(of("clientToServer", "check out", "answer"), await socket.emitWithAck("check out", ...sent));
  fits(of("serverToClient", "order", "arguments"), await order);
  const notice = new Promise((ok) => socket.once("notice", (...args) => ok(args)));
  fits(of("clientToServer", "watch", "arguments"), ["shipped"]);
  socket.emit("watch", "shipped");
  fits(of("serverToClient", "notice", "arguments"), await notice);
  fits(of("clientToServer", "total", "answer"), await socket.emitWithAck("total", [{ ...tea, count: 3 }]));
  fits(of("serverToClient", "question", "answer"), true);
});

test("what the JSON Schema refuses, the server refuses", limit, async () => {
  const of = await validators();
  const check = of("clientToServer", "total", "arguments");
  for (const [args, why] of [
    [[[tea]], null],
    [[[]], null],
    [[[{ ...tea, count: null }]], null],
    [["tea"], "argument 1: expected an array, not a string"],
    [[[{ name: "tea" }]], "argument 1[0].price is missing"],
    [[[tea, tea, tea, { ...tea, price: "much" }]], "argument 1[3].price: expected a number, not a string"],
    [[[{ ...tea, count: -1 }]], "argument 1[0].count: the number is not whole or out of range"],
    [[[{ ...tea, count: 2 ** 32 }]], "argument 1[0].count: the number is not whole or out of range"],
    [[[{ ...tea, colour: "green" }]], "argument 1[0].colour is unknown"],
    [[], "argument 1: expected a value, not nothing"],
  ]) {
    const answer = await socket.emitWithAck("total", ...args);
    assert.equal(check(args), why === null, JSON.stringify(args));
    assert.equal(answer?.error?.message ?? null, why);
  }
});
