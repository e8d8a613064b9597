import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example } from "./example.mjs";

const server = example({ before, after });

/** The line (without time and id) is printed, as a whole. */
const logged = (text) => server.printed(new RegExp(`^\\d{13} ${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*")}$`, "m"));

test("a line for everything that happens", async () => {
  const socket = await server.connected({ transports: ["websocket"], extraHeaders: { "user-agent": "test" } });
  const id = socket.id.slice(0, 6);
  await logged(`${id} came from 127.0.0.1 over websocket agent "test"`);
  await logged(`${id} <- "hello" 0 arguments, 0+0 bytes`);

  assert.equal(await socket.emitWithAck("add", 20, 3), 23);
  await logged(`${id} -> "add" 2 arguments, 3+0 bytes`);
  socket.emit("repeat", Buffer.from("binary"));
  await logged(`${id} -> "repeat" 1 arguments, …+6 bytes`);
  await logged(`${id} <- "repeated" 1 arguments, …+6 bytes`);

  socket.emit("secret");
  await logged(`${id} refused: "not for you"`);
  await socket.emitWithAck("add", "x", 1);
  await logged(`${id} bad "add" "argument 1: expected …"`);
  await socket.emitWithAck("break");
  await logged(`${id} failed in "break" "this is broken"`);

  socket.disconnect();
  await logged(`${id} left: client namespace disconnect after … ms`);
});

test("nobody writes lines of his own, and nothing that was said is written", async () => {
  const socket = await server.connected({ transports: ["websocket"] });
  const id = socket.id.slice(0, 6);
  socket.emit("a\n1700000000000 forged\u001b[31m", "the password");
  await logged(`${id} -> "a\\n1700000000000 forged\\u001b[31m" 1 arguments, 14+0 bytes`);
  assert.doesNotMatch(server.out, /^1700000000000/m);
  assert.doesNotMatch(server.out, /the password|\u001b/);
});

test("refused requests too", async () => {
  await fetch(`${server.url}/socket.io/?EIO=4&transport=pigeon`);
  await logged(`refused "/socket.io/?EIO=4&transport=pigeon" 0 Transport unknown`);
});
