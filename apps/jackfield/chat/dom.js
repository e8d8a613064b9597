// Building blocks of the page. Whatever came from a peer goes in as text: nothing here parses markup.

export const by_id = (id) => document.getElementById(id);

/** An element with classes and children; strings become text nodes. */
export function el(tag, classes, ...children) {
  const e = document.createElement(tag);
  if (classes) e.className = classes;
  e.append(...children);
  return e;
}

/** Peer text, shut off from the direction of its surroundings. */
export function bdi(text) {
  const e = document.createElement("bdi");
  e.textContent = text;
  return e;
}

export function jack(hue, plugged) {
  const e = el("i", `jack ${hue}${plugged ? " plugged" : ""}`);
  e.setAttribute("aria-hidden", "true");
  return e;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const day_name = (at) => day.format(at);

export function time_of(at) {
  const e = el("time", "time", clock.format(at));
  e.dateTime = new Date(at).toISOString();
  e.title = full.format(at);
  return e;
}

export function counted(n, one, many) {
  return `${n} ${n === 1 ? one : many}`;
}
