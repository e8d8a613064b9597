// The messages of the current talk: groups of bubbles, day lines, what is on its way.
import { bdi, by_id, day_name, el, jack, time_of } from "./dom.js";
import { hue_of, same_day, same_group } from "./model.js";

const NEAR_END_PX = 80;

export class Conversation {
  #log = by_id("log");
  #scroll = by_id("scroll");
  #to_end = by_id("to-end");
  #talk = null;
  #shown = [];           // the messages on the page, in order
  #me;
  #retry;

  /** `me()` is our person id; `retry(talk, message)` sends a failed message again. */
  constructor(me, retry) {
    this.#me = me;
    this.#retry = retry;
    this.#to_end.addEventListener("click", () => this.#go_to_end());
    this.#scroll.addEventListener("scroll", () => { if (this.#at_end()) this.#to_end.hidden = true; }, { passive: true });
    new ResizeObserver(() => { if (this.#to_end.hidden) this.#go_to_end(); }).observe(this.#scroll);
  }

  /** Shows a talk. What is only new at the end is added; anything else is built anew. */
  show(talk) {
    const other = talk !== this.#talk;
    const stay_at_end = other || this.#at_end();
    this.#talk = talk;
    const messages = talk ? talk.messages : [];
    const grows = !other && this.#shown.length > 0 && this.#shown.every((s, i) => s.message === messages[i] && s.look === look_of(messages[i]));
    if (grows) this.#append(messages.slice(this.#shown.length));
    else this.#rebuild(messages, other);
    const last = messages.at(-1);
    if (stay_at_end || (last && last.from === this.#me() && last.state === "sending")) this.#go_to_end();
    else if (this.#log.scrollHeight > this.#scroll.clientHeight) this.#to_end.hidden = false;
  }

  #rebuild(messages, quietly) {
    this.#log.setAttribute("aria-live", quietly ? "off" : "polite");
    this.#log.replaceChildren();
    this.#shown = [];
    if (!messages.length) this.#log.append(el("li", "empty", "Nothing has been said here yet."));
    this.#append(messages);
    this.#log.setAttribute("aria-live", "polite");
  }

  #append(messages) {
    for (const m of messages) {
      const before = this.#shown.at(-1)?.message;
      if (!before) this.#log.replaceChildren();
      if (!before || !same_day(before.at, m.at)) this.#log.append(el("li", "day", el("span", "", day_name(m.at))));
      const group = before && same_group(before, m) ? this.#log.lastElementChild : this.#new_group(m);
      group.lastElementChild.append(this.#bubble(m));
      this.#shown.push({ message: m, look: look_of(m) });
    }
  }

  #new_group(m) {
    const mine = m.from === this.#me();
    const head = el("p", "group-head", jack(hue_of(m.from), true), el("span", "group-name", mine ? "You" : bdi(m.name)), time_of(m.at));
    const group = el("li", `group ${hue_of(m.from)}${mine ? " mine" : ""}`, head, el("div", "bubbles"));
    this.#log.append(group);
    return group;
  }

  #bubble(m) {
    const text = el("p", "bubble");
    text.dir = "auto";
    text.textContent = m.text;
    text.dataset.state = m.state;
    if (m.state === "sending") text.title = "on its way";
    if (m.state !== "failed") return text;
    const again = el("button", "quiet", "Send again");
    again.type = "button";
    again.addEventListener("click", () => this.#retry(this.#talk, m));
    return el("div", "failed", text, el("p", "failed-why", m.why ?? "Not sent.", " ", again));
  }

  #at_end() {
    const s = this.#scroll;
    return s.scrollHeight - s.scrollTop - s.clientHeight < NEAR_END_PX;
  }

  #go_to_end() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#to_end.hidden = true;
  }
}

const look_of = (m) => `${m.state}${m.at}`;
