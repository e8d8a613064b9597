import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const secret = "thirty-two bytes that nobody has!";
const server = example({ before, after }, { args: ["3"], env: { JWT_SECRET: secret } });

const part = (v) => Buffer.from(typeof v === "string" ? v : JSON.stringify(v)).toString("base64url");
const in_an_hour = () => Math.floor(Date.now() / 1000) + 3600;
/** What any other program makes with the same secret. */
function token(claims, { head = { typ: "JWT", alg: "HS256" }, key = secret, hash = "sha256" } = {}) {
  const signed = `${part(head)}.${part(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}
const log_in = (body) => fetch(server.url + "/login", { method: "POST", body: JSON.stringify(body) });

test("a log-in gives a token, the token a connection, which ends with it", async () => {
  const answer = await log_in({ name: "ada", password: "engine" });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const { token: mine } = await answer.json();
  const [head, body, signature] = mine.split(".");
  assert.equal(signature, createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url"));
  const { sub, exp } = JSON.parse(Buffer.from(body, "base64url"));
  assert.equal(sub, "ada");

  const socket = await server.connected({ auth: { token: mine } });
  const gone = next(socket, "disconnect");
  assert.equal(await socket.emitWithAck("who am i"), "ada");
  assert.equal((await gone)[0], "io server disconnect");
  assert.ok(Date.now() / 1000 >= exp - 1, "not before its time");
  await server.refused({ auth: { token: mine } });
});

test("a token that another program signed with the secret is as good", async () => {
  for (const sub of ["a", "ab", "abc", "zoë >>>???"]) {  // every length of base64, and its two odd characters
    const socket = await server.connected({ auth: { token: token({ sub, exp: in_an_hour(), iat: 1 }) } });
    assert.equal(await socket.emitWithAck("who am i"), sub);
  }
});

test("every other one is refused", async () => {
  const claims = { sub: "ada", exp: in_an_hour() };
  const good = token(claims);
  const wrong = {
    "nothing": undefined,
    "a number": 5,
    "no token": "hello",
    "two parts": good.split(".").slice(0, 2).join("."),
    "no signature": good.replace(/[^.]*$/, ""),
    "another's secret": token(claims, { key: "guessed" }),
    "other claims under this signature": good.replace(/\.[^.]*\./, `.${part({ ...claims, sub: "root" })}.`),
    "algorithm none": `${part({ alg: "none" })}.${part(claims)}.`,
    "algorithm none, signed": token(claims, { head: { alg: "none" } }),
    "another algorithm": token(claims, { head: { alg: "HS512" }, hash: "sha512" }),
    "over": token({ sub: "ada", exp: Math.floor(Date.now() / 1000) - 1 }),
    "without an end": token({ sub: "ada" }),
    "claims that are no JSON": token("hello"),
    "a signature that goes on": good + "A",
    "a signature with padding": good + "=",
    "huge": token({ ...claims, more: "x".repeat(5000) }),
  };
  for (const [what, t] of Object.entries(wrong)) {
    const e = await server.refused({ auth: { token: t } });
    assert.equal(e.message, "not authorized", what);
    assert.deepEqual(e.data, { code: "bad_token" });
  }
});

test("wrong log-ins", async () => {
  assert.equal((await log_in({ name: "ada", password: "motor" })).status, 401);
  assert.equal((await log_in({ name: 5, password: "engine" })).status, 400);
});
