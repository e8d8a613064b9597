// The page: brings the door, the panels, the conversation and the line together.
import { Conversation } from "./conversation.js";
import { bdi, by_id, counted } from "./dom.js";
import { Line } from "./line.js";
import { hue_of, length_of, limits, Model, trim_name } from "./model.js";
import { Panels } from "./panels.js";

const FIRST_ROOM = "lobby";
const COUNT_FROM = limits.text - 200;

const REFUSED = {
  "bad-name": "Please take a name of 1 to 32 characters, without control or direction marks.",
  "name-taken": "Somebody else is here under this name.",
  full: "All sockets are taken. Try again in a while.",
  "bad-key": "This tab's key is not right. Reload the page.",
};

const LINE_TEXT = { connecting: "connecting", polling: "polling", websocket: "websocket", reconnecting: "reconnecting…", offline: "offline" };

const model = new Model();
const conversation = new Conversation(() => model.me?.id, (talk, message) => { line.send(talk, message); show(); });
const panels = new Panels(model, {
  talk: (talk) => go_to(talk),
  room: (name) => enter_room(name),
  person: (id, name) => go_to(model.person(id, name)),
});

/** What this tab remembers over a reload. The key says who we are; it never leaves for anybody but the server. */
const memory = {
  key: remembered("jackfield.key", () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll("+", "-").replaceAll("/", "_")),
  name: remembered("jackfield.name", () => ""),
  rooms: JSON.parse(remembered("jackfield.rooms", () => JSON.stringify([FIRST_ROOM]))),
};

function remembered(name, otherwise) {
  const value = sessionStorage.getItem(name) ?? otherwise();
  sessionStorage.setItem(name, value);
  return value;
}

function remember_rooms() {
  sessionStorage.setItem("jackfield.rooms", JSON.stringify(model.joined_rooms().map((t) => t.id)));
}

// ---- what the line tells

const hear = {
  state(state) {
    by_id("line").dataset.state = state;
    by_id("line-text").textContent = LINE_TEXT[state] ?? state;
    if (state === "polling" || state === "websocket") notice(null);
    if (state !== "reconnecting") return;
    notice("The line is down. What you write is sent when it is back.");
    for (const talk of model.talks.values()) talk.typing.clear();
    show_typing();
  },
  refused(code, message) {
    if (!by_id("board").hidden && code === "name-taken") sessionStorage.setItem("jackfield.name", "");
    to_the_door(REFUSED[code] ?? `The server said no: ${message}`);
  },
  closed() {
    if (by_id("notice").hidden) notice("The server has unplugged you.", "Plug in again");
  },
  replaced() {
    notice("You are plugged in from another tab.", "Use this tab");
  },
  async welcome() {
    const first = model.talks.size === 0;
    show_board();
    if (!first) return show();
    for (const room of memory.rooms) await line.join(room);
    if (!model.current) go_to(model.joined_rooms().at(-1) ?? null);
  },
  talk(talk) {
    if (!model.current) go_to(talk);
    else show();
  },
  message(talk) {
    if (talk !== model.current || document.hidden) talk.unread += 1;
    show();
  },
  rooms: () => panels.show(),
  people: () => { panels.show(); show_title(); show_typing(); },
  typing: (talk) => { if (talk === model.current) show_typing(); },
};

const line = globalThis.io ? new Line(globalThis.io, model, hear, () => ({ name: memory.name, key: memory.key })) : null;

// ---- showing

function show() {
  conversation.show(model.current);
  panels.show();
  show_title();
  show_typing();
}

function show_title() {
  const t = model.current;
  by_id("title").replaceChildren(...(t ? [t.kind === "room" ? "#" : "", bdi(t.title)] : []));
  by_id("subtitle").textContent = !t ? "" : t.kind === "room" ? counted(t.people.size, "person here", "people here") : "private talk";
  by_id("leave").textContent = t?.kind === "person" ? "Close this talk" : "Leave the room";
  by_id("leave").hidden = !t;
  document.querySelector(".talk").className = `talk ${t ? hue_of(t.id) : ""}`;
  by_id("board").classList.toggle("private", t?.kind === "person");
  const unread = model.unread();
  document.title = `${unread ? `(${unread}) ` : ""}${t ? `${t.title} · ` : ""}Jackfield`;
}

function show_typing() {
  const names = model.current?.typists(Date.now()) ?? [];
  const out = by_id("typing");
  if (names.length === 0) return out.replaceChildren();
  if (names.length > 2) return out.replaceChildren(`${names.length} people are typing…`);
  const parts = names.flatMap((n, i) => (i ? [" and ", bdi(n)] : [bdi(n)]));
  out.replaceChildren(...parts, names.length === 1 ? " is typing…" : " are typing…");
}

function notice(text, action = "") {
  by_id("notice").hidden = text === null;
  by_id("notice-text").textContent = text ?? "";
  by_id("notice-action").hidden = action === "";
  by_id("notice-action").textContent = action;
}

function show_board() {
  by_id("door").hidden = true;
  by_id("board").hidden = false;
  by_id("me-name").textContent = model.me.name;
  by_id("me-jack").className = `jack plugged ${hue_of(model.me.id)}`;
  if (matchMedia("(pointer: fine)").matches && document.activeElement === document.body) by_id("text").focus();
}

function to_the_door(error = "") {
  by_id("board").hidden = true;
  by_id("door").hidden = false;
  by_id("door-error").textContent = error;
  by_id("name").value = memory.name;
  by_id("name").setAttribute("aria-invalid", error ? "true" : "false");
  by_id("name").focus();
}

// ---- what the user does

function go_to(talk) {
  if (model.current) model.current.draft = by_id("text").value;
  model.current = talk;
  if (talk) talk.unread = 0;
  by_id("text").value = talk?.draft ?? "";
  by_id("text").placeholder = !talk ? "Enter a room first" : talk.kind === "room" ? "Message" : "Private message";
  by_id("text").disabled = !talk;
  show_count();
  show();
}

async function enter_room(name) {
  const error = by_id("room-error");
  error.textContent = "";
  const answer = await line.join(name);
  if (!answer.ok) return void (error.textContent = answer.text ?? "That did not work.");
  remember_rooms();
  go_to(model.room(answer.room));
}

function say() {
  const field = by_id("text"), talk = model.current, text = field.value.trim();
  if (!talk || !text || length_of(text) > limits.text) return;
  const nonce = crypto.getRandomValues(new Uint32Array(3)).join("-");
  const message = talk.add_own(model.me, text, nonce, Date.now());
  field.value = "";
  talk.draft = "";
  line.typing_ended();
  show_count();
  show();
  line.send(talk, message);
}

function show_count() {
  const left = limits.text - length_of(by_id("text").value.trim());
  by_id("count").textContent = limits.text - left > COUNT_FROM ? String(left) : "";
  by_id("count").classList.toggle("over", left < 0);
  by_id("composer").classList.toggle("over", left < 0);
}

by_id("enter").addEventListener("submit", (e) => {
  e.preventDefault();
  const name = trim_name(by_id("name").value);
  if (!name || length_of(name) > limits.name) return to_the_door(REFUSED["bad-name"]);
  by_id("door-error").textContent = line ? "" : "The server does not hand out the Socket.IO client. Run ./dev setup and start it again.";
  memory.name = name;
  sessionStorage.setItem("jackfield.name", name);
  line?.connect();
});

by_id("composer").addEventListener("submit", (e) => { e.preventDefault(); say(); });
by_id("text").addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  say();
});
by_id("text").addEventListener("input", () => {
  show_count();
  if (model.current && by_id("text").value.trim()) line.typing(model.current);
});

by_id("new-room").addEventListener("submit", async (e) => {
  e.preventDefault();
  const field = by_id("room-name"), name = trim_name(field.value).replace(/^#/, "");
  if (!name) return;
  await enter_room(name);
  if (by_id("room-error").textContent) return;
  field.value = "";
  panels.close();
});

by_id("leave").addEventListener("click", () => {
  const talk = model.current;
  if (talk.kind === "room") line.leave(talk.id);
  model.forget(talk);
  remember_rooms();
  panels.close();
  go_to(model.current);
});

by_id("unplug").addEventListener("click", () => {
  line.disconnect();
  sessionStorage.removeItem("jackfield.name");
  sessionStorage.removeItem("jackfield.rooms");
  location.reload();
});

by_id("notice-action").addEventListener("click", () => { notice(null); line.connect(); });

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !model.current?.unread) return;
  model.current.unread = 0;
  show();
});

if (memory.name && line) line.connect();
else to_the_door();
if (!line) by_id("door-error").textContent = "The server does not hand out the Socket.IO client. Run ./dev setup and start it again.";
