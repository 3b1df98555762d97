import { el, clock, card } from "./dom.js";

const bad = /^(oom|deny|fetch_stalled|fetch_failed|trace_failed|health_status: unhealthy)$/;

function item(event) {
  const { name, exitCode, destination, reason, signal } = event.Actor.Attributes;
  const detail = [exitCode !== undefined && `exit code ${exitCode}`, destination, reason, signal && `signal ${signal}`].filter(Boolean).join(", ");
  const isBad = bad.test(event.Action) || (event.Action === "die" && exitCode !== "0");
  const label = name ?? event.Actor.ID;
  return el("li", { class: isBad ? "bad" : undefined }, el("time", { datetime: new Date(event.timeNano / 1e6).toISOString() }, clock(event.timeNano / 1e6)),
    el("span", {}, el("strong", {}, event.Action.replaceAll("_", " ")), ` ${event.Type === "container" ? "" : `${event.Type} `}`,
      event.Type === "container" ? el("a", { href: `#/containers/${event.Actor.ID}` }, label) : label, detail && el("span", { class: "quiet" }, ` ${detail}`)));
}

/** A list that grows with what happens. */
export function feed(place, { recent }, most) {
  const list = el("ol", { class: "feed", "aria-live": "polite", "aria-relevant": "additions" }, recent.slice(0, most).map(item));
  place.addEventListener("happened", ({ detail }) => {
    list.prepend(item(detail));
    while (list.children.length > most) list.lastChild.remove();
  });
  return list;
}

export async function events(place, context) {
  place.append(el("h1", {}, "Events"), card(null, el("p", { class: "quiet" }, "What happens now, and what happened in the last hour."), feed(place, context, 200)));
}
