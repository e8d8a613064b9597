// The panels beside the conversation: rooms, private talks, who is here. On narrow screens they slide in as drawers.
import { bdi, by_id, counted, el, jack } from "./dom.js";
import { hue_of } from "./model.js";

export class Panels {
  #model;
  #choose;

  /** `choose` has: talk(talk), room(name), person(id, name). */
  constructor(model, choose) {
    this.#model = model;
    this.#choose = choose;
    for (const b of document.querySelectorAll("[data-open]")) b.addEventListener("click", () => this.open(b.dataset.open));
    for (const b of document.querySelectorAll("[data-close]")) b.addEventListener("click", () => this.close());
    by_id("shade").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (e) => { if (e.key === "Escape") this.close(); });
  }

  show() {
    this.#rooms();
    this.#talks();
    this.#people();
    const unread = this.#model.unread();
    const total = by_id("unread-total");
    total.hidden = unread === 0;
    total.textContent = unread > 99 ? "99+" : String(unread);
    by_id("open-rooms").setAttribute("aria-label", `Rooms and private talks${unread ? `, ${unread} unread` : ""}`);
  }

  open(id) {
    this.close();
    const panel = by_id(id);
    panel.classList.add("open");
    by_id("shade").hidden = false;
    document.querySelector(`[data-open="${id}"]`).setAttribute("aria-expanded", "true");
    panel.querySelector(".close").focus();
  }

  close() {
    const panel = document.querySelector(".panel.open");
    if (!panel) return;
    panel.classList.remove("open");
    by_id("shade").hidden = true;
    const opener = document.querySelector(`[data-open="${panel.id}"]`);
    opener.setAttribute("aria-expanded", "false");
    if (panel.contains(document.activeElement)) opener.focus();
  }

  #rooms() {
    const m = this.#model;
    const ours = m.joined_rooms().map((t) => this.#talk_row(t, m.rooms.get(t.id) ?? t.people.size));
    const others = m.other_rooms().map((r) => this.#other_row(r));
    replace_rows(by_id("rooms"), [...ours, ...others]);
  }

  #talks() {
    const talks = this.#model.private_talks();
    by_id("talks-label").hidden = talks.length === 0;
    replace_rows(by_id("talks"), talks.map((t) => this.#talk_row(t, null)));
  }

  #people() {
    const t = this.#model.current;
    const people = t?.kind === "person" ? [[this.#model.me.id, this.#model.me.name], [t.id, t.title]]
      : [...(t?.people ?? [])].sort((a, b) => a[1].localeCompare(b[1]));
    by_id("people-label").textContent = t?.kind === "person" ? "Between" : "Here now";
    replace_rows(by_id("people"), people.map(([id, name]) => this.#person_row(id, name)));
  }

  #talk_row(talk, people) {
    const current = talk === this.#model.current;
    const b = row(talk.key, jack(hue_of(talk.id), true), bdi(talk.title));
    if (talk.unread) {
      const badge = el("span", "badge", talk.unread > 99 ? "99+" : String(talk.unread));
      badge.setAttribute("aria-label", `${talk.unread} unread`);
      b.append(badge);
    } else if (people !== null) b.append(people_count(people));
    b.classList.add(hue_of(talk.id));
    b.classList.toggle("current", current);
    if (current) b.setAttribute("aria-current", "true");
    b.addEventListener("click", () => { this.close(); this.#choose.talk(talk); });
    return b;
  }

  #other_row({ name, people }) {
    const b = row(`room:${name}`, jack(hue_of(name), false), bdi(name), people_count(people));
    b.classList.add("other");
    b.addEventListener("click", () => { this.close(); this.#choose.room(name); });
    return b;
  }

  #person_row(id, name) {
    const me = id === this.#model.me?.id;
    const b = row(`person:${id}`, jack(hue_of(id), true), bdi(name));
    b.classList.add(hue_of(id));
    if (me) {
      b.disabled = true;
      b.append(el("span", "count-of", "you"));
    } else {
      b.title = "Talk privately";
      b.addEventListener("click", () => { this.close(); this.#choose.person(id, name); });
    }
    return b;
  }
}

function row(key, jack_element, name, ...rest) {
  const b = el("button", "row", jack_element, el("span", "row-name", name), ...rest);
  b.type = "button";
  b.dataset.key = key;
  return b;
}

function people_count(n) {
  const e = el("span", "count-of", String(n));
  e.setAttribute("aria-label", counted(n, "person", "people"));
  return e;
}

/** Replaces the rows of a list; the row that had the focus keeps it. */
function replace_rows(list, rows) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.replaceChildren(...rows.map((r) => el("li", "", r)));
  if (focused) rows.find((r) => r.dataset.key === focused)?.focus();
}
