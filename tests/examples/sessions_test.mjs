import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after });

const post = (path, body, headers) => fetch(server.url + path, { method: "POST", headers, body: body && JSON.stringify(body) });
async function log_in(name, password) {
  const answer = await post("/login", { name, password });
  assert.equal(answer.status, 204);
  return answer.headers.get("set-cookie");
}
const with_cookie = (cookie, transport) => ({ extraHeaders: { cookie: `theme=dark; ${cookie.split(";")[0]}` }, transports: [transport] });

test("the cookie is for the browser alone, and never the same", async () => {
  const [one, two] = [await log_in("ada", "engine"), await log_in("ada", "engine")];
  assert.match(one, /^session=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=86400$/);
  assert.notEqual(one, two);
});

test("wrong log-ins", async () => {
  assert.equal((await post("/login", { name: "ada", password: "motor" })).status, 401);
  assert.equal((await post("/login", { name: "ada", password: "engin" })).status, 401);
  assert.equal((await post("/login", { name: "eve", password: "engine" })).status, 401);
  assert.equal((await post("/login", { name: "ada" })).status, 400);
  assert.equal((await post("/login")).status, 400);
  assert.equal((await fetch(server.url + "/login")).status, 405);
});

for (const transport of ["polling", "websocket"]) {
  test(`who has a session comes in by ${transport}; a log-out ends all of its connections, and no other`, async () => {
    const [ada, grace] = [await log_in("ada", "engine"), await log_in("grace", "compiler")];
    const sockets = await Promise.all([ada, ada, grace].map((c) => server.connected(with_cookie(c, transport))));
    assert.deepEqual(await Promise.all(sockets.map((s) => s.emitWithAck("who am i"))), ["ada", "ada", "grace"]);

    const gone = sockets.slice(0, 2).map((s) => next(s, "disconnect"));
    const answer = await post("/logout", undefined, { cookie: ada.split(";")[0] });
    assert.match(answer.headers.get("set-cookie"), /^session=; .*Max-Age=0$/);
    for (const g of gone) assert.equal((await g)[0], "io server disconnect");
    assert.equal(await sockets[2].emitWithAck("who am i"), "grace");
    await server.refused(with_cookie(ada, transport));
  });
}

test("strangers get no session of the engine", async () => {
  for (const cookie of ["", "session=", "session=00000000000000000000000000000000", "xsession=1"]) {
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { cookie } });
    assert.equal(answer.status, 401, cookie);
    assert.equal(await answer.text(), "not logged in");
  }
  assert.equal((await server.refused({ transports: ["websocket"] })).message, "websocket error");
});
