// What the page knows: who I am, the talks, their messages and people. No DOM and no network here, so it can be tested in Node.

export const limits = { name: 32, text: 2000, kept_messages: 500, typing_ms: 4000 };

/** Code points, the unit of every limit in PROTOCOL.md. */
export const length_of = (text) => [...text].length;

/** The colour of a person or room: a class hue-0 … hue-7, the same for everybody who looks. */
export function hue_of(id) {
  let h = 0x811c9dc5;
  for (const c of id) h = Math.imul(h ^ c.codePointAt(0), 0x01000193) >>> 0;
  return `hue-${((h ^ (h >>> 15)) >>> 0) % 8}`;
}

export function trim_name(text) {
  return text.replace(/\s+/gu, " ").trim();
}

/** A room or a private talk. Messages are in the order of the server's clock, those on their way last. */
export class Talk {
  constructor(kind, id, title) {
    this.kind = kind;            // "room" | "person"
    this.id = id;                // the room's name | the person's id
    this.title = title;
    this.key = `${kind}:${id}`;
    this.messages = [];
    this.people = new Map();     // id -> name, rooms only
    this.typing = new Map();     // id -> { name, until }
    this.entered_by = "";        // the socket id with which we are in the room; another one after a reconnection
    this.unread = 0;
    this.draft = "";
  }

  /** Puts a message of the server in its place. Returns "new", "known" or "confirmed" (it was ours, on its way). */
  add(message) {
    const mine = message.nonce && this.messages.find((m) => m.nonce === message.nonce && m.from === message.from);
    if (mine?.state === "sent") return "known";   // whoever repeats a nonce does not rewrite what we have
    if (mine) {
      Object.assign(mine, message, { state: "sent" });
      this.#sort();
      return "confirmed";
    }
    if (this.messages.some((m) => m.id === message.id)) return "known";
    this.messages.push({ ...message, state: "sent" });
    this.#sort();
    if (this.messages.length > limits.kept_messages) this.messages.splice(0, this.messages.length - limits.kept_messages);
    this.typing.delete(message.from);
    return "new";
  }

  /** A message of ours that the server has not confirmed yet. */
  add_own(me, text, nonce, now) {
    const message = { id: "", nonce, from: me.id, name: me.name, text, at: now, state: "sending" };
    this.messages.push(message);
    return message;
  }

  /** Messages to send again once the line is back. */
  unsent() {
    return this.messages.filter((m) => m.state === "sending");
  }

  someone_types(person, now) {
    this.typing.set(person.id, { name: person.name, until: now + limits.typing_ms });
  }

  /** Names of those who type now. */
  typists(now) {
    for (const [id, t] of this.typing) if (t.until <= now) this.typing.delete(id);
    return [...this.typing.values()].map((t) => t.name);
  }

  #sort() {
    const place = (m) => (m.state === "sent" ? m.at : Infinity);
    // Array.sort is stable: equal times keep the order of arrival. Infinity - Infinity is NaN, hence the comparison.
    this.messages.sort((a, b) => (place(a) === place(b) ? 0 : place(a) < place(b) ? -1 : 1));
  }
}

export class Model {
  constructor() {
    this.me = null;              // { id, name }
    this.talks = new Map();      // key -> Talk, rooms in the order they were entered
    this.rooms = new Map();      // every room the server names -> number of people
    this.current = null;         // Talk
  }

  room(name) {
    return this.#talk("room", name, name);
  }

  person(id, name) {
    const talk = this.#talk("person", id, name);
    if (name) talk.title = name;
    return talk;
  }

  find(kind, id) {
    return this.talks.get(`${kind}:${id}`);
  }

  joined_rooms() {
    return [...this.talks.values()].filter((t) => t.kind === "room");
  }

  private_talks() {
    return [...this.talks.values()].filter((t) => t.kind === "person");
  }

  /** Rooms we are not in, the fullest first. */
  other_rooms() {
    return [...this.rooms].filter(([name, n]) => n > 0 && !this.find("room", name))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name, people]) => ({ name, people }));
  }

  unread() {
    let sum = 0;
    for (const t of this.talks.values()) sum += t.unread;
    return sum;
  }

  forget(talk) {
    this.talks.delete(talk.key);
    if (this.current === talk) this.current = this.joined_rooms()[0] ?? this.private_talks()[0] ?? null;
  }

  /** Is this person in any room with us? Unknown counts as no. */
  is_here(id) {
    return this.joined_rooms().some((t) => t.people.has(id));
  }

  #talk(kind, id, title) {
    const key = `${kind}:${id}`;
    let talk = this.talks.get(key);
    if (!talk) this.talks.set(key, (talk = new Talk(kind, id, title)));
    return talk;
  }
}

/** Messages in a row by one person within five minutes stand as one group; a new day starts a new one. */
export function same_group(a, b) {
  return a.from === b.from && Math.abs(b.at - a.at) < 300_000 && same_day(a.at, b.at);
}

export function same_day(a, b) {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
