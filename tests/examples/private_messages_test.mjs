import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { example, next } from "./example.mjs";

const server = example({ before, after });

async function user(auth) {
  const socket = server.client({ auth });
  const session = next(socket, "session");
  await next(socket, "connect");
  return Object.assign(socket, (await session)[0]);
}

/** The next news that somebody went. */
const departure = (socket) => new Promise((ok) => {
  socket.on("user", function look(user) {
    if (user.here) return;
    socket.off("user", look);
    ok(user);
  });
});

test("a session brings the same user back, with what was said meanwhile", async () => {
  const ada = await user({ name: "ada" });
  const grace = await user({ name: "grace" });
  assert.match(ada.session, /^[0-9a-f]{32}$/);
  assert.notEqual(ada.session, ada.user);

  const gone = departure(ada);
  grace.disconnect();
  assert.deepEqual(await gone, { user: grace.user, name: "grace", here: false });
  assert.deepEqual(await ada.emitWithAck("private message", grace.user, "are you there?"), {});

  const back = server.client({ auth: { session: grace.session } });
  const [[self], [message]] = await Promise.all([next(back, "session"), next(back, "private message")]);
  assert.deepEqual(self, { session: grace.session, user: grace.user });
  assert.deepEqual(message, { from: ada.user, to: grace.user, text: "are you there?" });
  assert.deepEqual(await back.emitWithAck("users").then((all) => all.find((u) => u.user === grace.user)),
    { user: grace.user, name: "grace", here: true });
});

test("all tabs of both get a message, the one that sent it and strangers do not", async () => {
  const ada = await user({ name: "ada" });
  const ada2 = await user({ session: ada.session });
  const alan = await user({ name: "alan" });
  const alan2 = await user({ session: alan.session });
  const eve = await user({ name: "eve" });
  const heard = [ada2, alan, alan2].map((s) => next(s, "private message"));
  assert.deepEqual(await ada.emitWithAck("private message", alan.user, "hello"), {});
  for (const h of heard) assert.deepEqual(await h, [{ from: ada.user, to: alan.user, text: "hello" }]);
  await eve.emitWithAck("users");  // what was under way to these has arrived
  await ada.emitWithAck("users");
  for (const s of [ada, eve]) assert.ok(!s.heard.some(([name]) => name === "private message"));
});

test("a user is here as long as one tab is", async () => {
  const ada = await user({ name: "ada" });
  const grace = await user({ name: "grace" });
  const second = await user({ session: grace.session });
  const gone = departure(ada);
  grace.disconnect();
  second.disconnect();
  assert.deepEqual(await gone, { user: grace.user, name: "grace", here: false });
});

test("rooms that are no users', and messages that are too long, are refused", async () => {
  const ada = await user({ name: "ada" });
  const grace = await user({ name: "grace" });
  assert.deepEqual(await ada.emitWithAck("private message", grace.id, "by the socket's id"), { error: "no such user" });
  assert.deepEqual(await ada.emitWithAck("private message", grace.user, "x".repeat(4001)), { error: "too long" });
  assert.equal((await server.refused()).message, "a name is needed");
  assert.equal((await server.refused({ auth: { session: grace.user } })).message, "a name is needed");
});
