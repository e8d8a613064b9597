import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { example } from "./example.mjs";

const outside = mkdtempSync(join(tmpdir(), "jackfield-upload-"));
const folder = join(outside, "files");
const server = example({ before, after }, { args: [folder] });
after(() => rmSync(outside, { recursive: true }));

const chunk = 64 * 1024;
function* chunks(data) {
  for (let at = 0; at < data.length; at += chunk) yield data.subarray(at, at + chunk);
}
const connected = () => server.connected({ transports: ["websocket"] });

test("a file arrives chunk by chunk, and each answer says how far", async () => {
  const socket = await connected();
  const data = randomBytes(3 * chunk + 17);
  const { id } = await socket.emitWithAck("upload", "three.bin", data.length);
  let sent = 0;
  for (const c of chunks(data)) {
    assert.ok(!readdirSync(folder).includes("three.bin"), "only a whole file has its name");
    assert.deepEqual(await socket.emitWithAck("chunk", id, c), { received: (sent += c.length) });
  }
  assert.ok(readFileSync(join(folder, "three.bin")).equals(data));
});

test("a client that does not wait fills no memory; progress is told; two files at a time", async () => {
  const socket = await connected();
  const files = [randomBytes(16 << 20), randomBytes(14 << 20)];
  const before_it = server.most_memory_mib();
  const ids = [];
  for (const [i, data] of files.entries()) ids.push((await socket.emitWithAck("upload", `big${i}.bin`, data.length)).id);
  const answers = files.flatMap((data, i) => Array.from(chunks(data), (c) => socket.emitWithAck("chunk", ids[i], c)));
  const last = await Promise.all(answers);
  assert.deepEqual(last.at(-1), { received: files[1].length });
  for (const [i, data] of files.entries()) assert.ok(readFileSync(join(folder, `big${i}.bin`)).equals(data));

  if (!process.env.JACKFIELD_SANITIZE) assert.ok(server.most_memory_mib() - before_it < 10, `${before_it} -> ${server.most_memory_mib()} MiB`);

  const progress = socket.heard.filter(([name, id]) => name === "progress" && id === ids[0]).map(([, , received]) => received);
  assert.ok(progress.length > 0);
  assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
});

test("the way back, in order and at the client's pace", async () => {
  const data = randomBytes(5 << 20);
  const socket = await connected();
  const { id } = await socket.emitWithAck("upload", "back.bin", data.length);
  await Promise.all(Array.from(chunks(data), (c) => socket.emitWithAck("chunk", id, c)));
  const parts = [];
  socket.on("part", (name, at, c) => parts.push({ name, at, c }));
  assert.deepEqual(await socket.emitWithAck("download", "back.bin"), { sent: data.length });
  assert.ok(Buffer.concat(parts.map((p) => p.c)).equals(data));
  assert.deepEqual(parts.slice(0, 2).map((p) => [p.name, p.at]), [["back.bin", 0], ["back.bin", chunk]]);
  assert.deepEqual(await socket.emitWithAck("download", "nothing.bin"), { error: "no such file" });
});

test("names that lead elsewhere, sizes that are too large, and lies about them are refused", async () => {
  const socket = await connected();
  for (const name of ["", "../evil", "/etc/passwd", ".hidden", "a/b", "a\\b", "a\0b", "nul:", "é", "x".repeat(101)]) {
    assert.deepEqual(await socket.emitWithAck("upload", name, 10), { error: "this is no name for a file" }, name);
    assert.deepEqual(await socket.emitWithAck("download", name), { error: "this is no name for a file" }, name);
  }
  for (const size of [0, (64 << 20) + 1]) assert.deepEqual(await socket.emitWithAck("upload", "a", size), { error: "too large, or empty" });
  assert.equal((await socket.emitWithAck("upload", "a", -1)).error.code, "bad_argument");

  const { id } = await socket.emitWithAck("upload", "lie", 3);
  assert.deepEqual(await socket.emitWithAck("chunk", id, Buffer.from("four")), { error: "more than was announced" });
  assert.deepEqual(await socket.emitWithAck("chunk", id, Buffer.from("f")), { error: "no such upload" });
  for (let i = 0; i < 4; ++i) assert.ok((await socket.emitWithAck("upload", `n${i}`, 1)).id);
  assert.deepEqual(await socket.emitWithAck("upload", "n4", 1), { error: "too many at a time" });
  assert.deepEqual(readdirSync(outside), ["files"]);
});

test("a file that is there already stays; what was not finished leaves nothing", async () => {
  const [one, two] = await Promise.all([connected(), connected()]);
  const first = (await one.emitWithAck("upload", "same", 3)).id, second = (await two.emitWithAck("upload", "same", 3)).id;
  assert.deepEqual(await two.emitWithAck("chunk", first, Buffer.from("bad")), { error: "no such upload" }, "another's");
  assert.deepEqual(await one.emitWithAck("chunk", first, Buffer.from("one")), { received: 3 });
  assert.match((await two.emitWithAck("chunk", second, Buffer.from("two"))).error, /exists/);
  assert.equal(readFileSync(join(folder, "same"), "utf8"), "one");

  await one.emitWithAck("upload", "half", 10);
  assert.ok(readdirSync(folder).some((f) => f.endsWith(".part")));
  for (const c of server.clients) if (c !== two) c.disconnect();
  const deadline = Date.now() + 5000;
  while (readdirSync(folder).some((f) => f.endsWith(".part")) && Date.now() < deadline) await two.emitWithAck("download", "nothing.bin");
  assert.deepEqual(readdirSync(folder).filter((f) => f.startsWith(".") || f === "half"), []);
});
