import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after }, { args: ["0"] });
const own = (path, options) => fetch(`http://127.0.0.1:${server.other_port}${path}`, options);

test("the program's own HTTP reaches the sockets, and the sockets its state", async () => {
  const [ada, grace] = await Promise.all([server.connected(), server.connected({ transports: ["websocket"] })]);
  assert.equal(await (await own("/count")).text(), "2");

  let heard = [ada, grace].map((s) => next(s, "announcement"));
  assert.equal((await own("/announce", { method: "POST", body: "tea" })).status, 204);
  assert.deepEqual(await Promise.all(heard), [["tea"], ["tea"]]);

  heard = next(ada, "announcement");
  grace.emit("announce", "coffee");
  assert.deepEqual(await heard, ["coffee"]);
  const late = server.client();
  assert.deepEqual(await next(late, "announcement"), ["coffee"]);
});

test("each has its own paths", async () => {
  assert.equal((await own("/socket.io/?EIO=4&transport=polling")).status, 404);
  assert.equal((await fetch(server.url + "/count")).status, 404);
  assert.equal((await own("/announce")).status, 404);
});

test("an idle connection of the program's keeps nobody from ending", async () => {
  const idle = connect(server.other_port, "127.0.0.1");
  await once(idle, "connect");
  assert.equal(await (await own("/count")).text() > 0, true);  // it was accepted before this one
  // The suite's end sends SIGTERM while it is open.
});
