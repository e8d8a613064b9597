// The line to the server: connects, tells the state of the connection, sends what waits once it is back.
import { limits } from "./model.js";

const ANSWER_MS = 10_000;
const TYPING_EVERY_MS = 1500;

/** `hear` has a method per thing that can happen: state, refused, closed, welcome, room, came, left, said, whispered, typing, talk. */
export class Line {
  #socket;
  #model;
  #hear;
  #typed_at = 0;
  #state = "";

  constructor(io, model, hear, identity) {
    this.#model = model;
    this.#hear = hear;
    this.#socket = io({ auth: (give) => give(identity()), autoConnect: false, reconnectionDelay: 400, reconnectionDelayMax: 4000 });
    this.#watch_connection();
    this.#watch_events();
  }

  get connected() {
    return this.#socket.connected;
  }

  connect() {
    this.#tell("connecting");
    this.#socket.connect();
  }

  disconnect() {
    this.#socket.disconnect();
  }

  /** Enters a room; resolves to the server's answer, or { ok: false } when none came. */
  async join(room) {
    const answer = await this.#ask("join", room);
    if (answer.ok) this.#arrived(answer);
    return answer;
  }

  leave(room) {
    return this.#ask("leave", room);
  }

  /** Sends a message of ours, now or when the line is back. */
  async send(talk, message) {
    message.state = "sending";
    if (!this.connected || (talk.kind === "room" && talk.entered_by !== this.#socket.id)) return;   // #welcome comes back to it
    const event = talk.kind === "room" ? "say" : "whisper";
    const answer = await this.#ask(event, talk.id, message.text, message.nonce);
    if (answer.ok) talk.add(answer.message);
    else if (answer.code === "slow-down") return void setTimeout(() => this.send(talk, message), 1200);
    else if (answer.code !== "no-answer") Object.assign(message, { state: "failed", why: answer.text });
    else if (this.connected) Object.assign(message, { state: "failed", why: "No answer from the server." });
    this.#hear.talk(talk);
  }

  typing(talk) {
    const now = Date.now();
    if (!this.connected || now - this.#typed_at < TYPING_EVERY_MS) return;
    this.#typed_at = now;
    this.#socket.volatile.emit("typing", talk.kind === "room" ? { room: talk.id } : { to: talk.id });
  }

  typing_ended() {
    this.#typed_at = 0;
  }

  async #ask(event, ...args) {
    if (!this.connected) return { ok: false, code: "no-answer", text: "The line is down." };
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck(event, ...args);
    } catch {
      return { ok: false, code: "no-answer", text: "No answer from the server." };
    }
  }

  #arrived(answer) {
    const talk = this.#model.room(answer.room);
    talk.entered_by = this.#socket.id;
    talk.people = new Map(answer.people.map((p) => [p.id, p.name]));
    for (const m of answer.messages) talk.add(m);
    this.#hear.talk(talk);
  }

  #watch_connection() {
    const s = this.#socket, manager = s.io;
    manager.on("open", () => {
      const engine = manager.engine;
      engine.on("upgrade", (transport) => this.connected && this.#tell(transport.name));
    });
    manager.on("reconnect_attempt", () => this.#tell("reconnecting"));
    s.on("connect", () => this.#tell(manager.engine.transport.name));
    s.on("disconnect", (reason) => {
      this.#tell(s.active ? "reconnecting" : "offline");
      if (!s.active && reason !== "io client disconnect") this.#hear.closed();
    });
    s.on("connect_error", (error) => {
      if (s.active) return this.#tell("reconnecting");
      this.#tell("offline");
      this.#hear.refused(error.data?.code ?? "", error.message);
    });
  }

  #watch_events() {
    const s = this.#socket, m = this.#model, hear = this.#hear;
    s.on("welcome", (w) => this.#welcome(w));
    s.on("room", (name, people) => { m.rooms.set(name, people); if (!people) m.rooms.delete(name); hear.rooms(); });
    s.on("came", (room, person) => this.#in_room(room, (t) => t.people.set(person.id, person.name)));
    s.on("left", (room, person) => this.#in_room(room, (t) => { t.people.delete(person.id); t.typing.delete(person.id); }));
    s.on("said", (message) => { const t = m.find("room", message.room); if (t) this.#heard(t, message); });
    s.on("whispered", (message) => this.#heard(m.person(message.from, message.name), message));
    s.on("replaced", () => hear.replaced());
    s.on("typing", ({ room, person }) => {
      const t = room === undefined ? m.find("person", person.id) : m.find("room", room);
      if (!t) return;
      t.someone_types(person, Date.now());
      hear.typing(t);
      setTimeout(() => hear.typing(t), limits.typing_ms + 50);
    });
  }

  /** After every connect: back into our rooms, then what was written while the line was down. */
  async #welcome({ you, rooms }) {
    this.#model.me = you;
    this.#model.rooms = new Map(rooms.map((r) => [r.name, r.people]));
    this.#hear.welcome();
    for (const talk of [...this.#model.talks.values()]) {
      if (talk.kind === "room" && !(await this.join(talk.id)).ok) continue;
      for (const message of talk.unsent()) await this.send(talk, message);
    }
  }

  #in_room(room, change) {
    const talk = this.#model.find("room", room);
    if (!talk) return;
    change(talk);
    this.#hear.people(talk);
  }

  #heard(talk, message) {
    if (talk.add(message) === "new") this.#hear.message(talk);
  }

  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#hear.state(state);
  }
}
