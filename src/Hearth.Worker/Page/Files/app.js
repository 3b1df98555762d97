// The status page: one view at a time, chosen by the address's fragment. Lists follow docker's events, so an idle page asks nothing.
import { lines, docker } from "./api.js";
import { el } from "./dom.js";
import { overview } from "./overview.js";
import { containers, container } from "./containers.js";
import { starts, start } from "./starts.js";
import { images } from "./images.js";
import { networks } from "./networks.js";
import { events } from "./events.js";

const routes = [
  [/^#?\/?$/, overview], [/^#\/containers$/, containers], [/^#\/containers\/([^/]+)(?:\/(\w+))?$/, container], [/^#\/starts$/, starts], [/^#\/starts\/(\d+)$/, start],
  [/^#\/images$/, images], [/^#\/networks$/, networks], [/^#\/events$/, events],
];

const main = document.getElementById("main");
const link = document.getElementById("link");
const recent = [];
const mostRecent = 200;
let current;

async function show() {
  current?.leave.abort();
  const leave = new AbortController();
  const [pattern, view] = routes.find(route => route[0].test(location.hash)) ?? routes[0];
  const place = el("div");
  const shown = current = { leave, place };
  for (const anchor of document.querySelectorAll("nav a")) {
    const path = anchor.getAttribute("href");
    const isHere = path === "#/" ? /^#?\/?$/.test(location.hash) : location.hash.startsWith(path);
    if (isHere) anchor.setAttribute("aria-current", "page"); else anchor.removeAttribute("aria-current");
  }
  try {
    shown.refresh = await view(place, { signal: leave.signal, recent, parts: location.hash.match(pattern)?.slice(1) ?? [] });
  } catch (error) {
    place.append(el("h1", {}, "Not available"), el("p", { class: "empty" }, error.message));
  }
  if (current !== shown) return;
  main.replaceChildren(place);
  document.title = `${place.querySelector("h1")?.textContent ?? "Status"} · Hearth`;
}

let pending;

function happened(event) {
  recent.unshift(event);
  recent.length = Math.min(recent.length, mostRecent);
  current?.place.dispatchEvent(new CustomEvent("happened", { detail: event }));
  if (event.Action?.startsWith("exec_")) return;
  pending ??= setTimeout(() => {
    pending = undefined;
    refresh().catch(() => setLink("lost", "no answer"));
  }, 300);
}

const keyOf = element => element.id || element.getAttribute("href") || `${element.tagName} ${element.textContent}`;

/** Draws the view again. What replaces the element that has the focus gets it, so that a keyboard keeps its place. */
async function refresh() {
  const { place, refresh: draw } = current ?? {};
  const held = place?.contains(document.activeElement) ? document.activeElement : undefined;
  const [key, isAction] = held ? [keyOf(held), held.closest(".actions") !== null] : [];
  await draw?.();
  if (!held || place.contains(document.activeElement) || current?.place !== place) return;
  const same = [...place.querySelectorAll("a, button, input, [tabindex]")].find(element => keyOf(element) === key);
  (same ?? (isAction ? place.querySelector(".actions button") : main))?.focus({ preventScroll: true });
}

function setLink(kind, text) {
  link.className = `link ${kind}`;
  link.textContent = text;
}

async function follow() {
  let wasLost = false;
  for (let pause = 500; ; pause = Math.min(2 * pause, 15000)) {
    try {
      // By the server's clock: from the last known event on, however long the connection was lost.
      const since = recent.length === 0 ? Math.floor(Date.now() / 1000) - 3600 : Math.floor(recent[0].timeNano / 1e9);
      const seen = new Set(recent.map(event => event.timeNano + event.Action + event.Actor.ID));
      if (wasLost) refresh().catch(() => { /* The next event, or loss, shows it. */ });
      setLink("live", "live");
      for await (const line of lines(docker(`/events?since=${since}`))) {
        const event = JSON.parse(line);
        pause = 500;
        if (!seen.has(event.timeNano + event.Action + event.Actor.ID)) happened(event);
      }
    } catch { /* The server has gone; it may come again. */ }
    wasLost = true;
    setLink("lost", "connection lost");
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

addEventListener("hashchange", async () => {
  const isTab = document.activeElement?.getAttribute("role") === "tab";
  await show();
  ((isTab && main.querySelector("[role=tab][aria-selected=true]")) || main).focus({ preventScroll: true });
  scrollTo(0, 0);
});
await show();
follow();
