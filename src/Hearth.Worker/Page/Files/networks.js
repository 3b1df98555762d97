import { get, docker } from "./api.js";
import { el, table, ago } from "./dom.js";

export async function networks(place, { recent }) {
  const list = el("div", { class: "card" });
  const denied = el("div", { class: "card" });
  place.append(el("h1", {}, "Networks"), list, denied);

  async function refresh() {
    const all = await get(docker("/networks"));
    list.replaceChildren(table("Networks", [
      { name: "Name", of: network => network.Name },
      { name: "Kind", of: network => network.Driver },
      { name: "Addresses", of: network => (network.IPAM?.Config ?? []).map(range => range.Subnet).join(", ") || "–" },
      { name: "Containers", number: true, of: network => String(Object.keys(network.Containers ?? {}).length) },
    ], all));
    denied.replaceChildren(table("Denied connections, newest first", [
      { name: "Container", of: event => el("a", { href: `#/containers/${event.Actor.ID}` }, event.Actor.Attributes.name) },
      { name: "To", of: ({ Actor: { Attributes: to } }) => el("code", {}, to.port === "0" ? to.destination : `${to.destination}:${to.port}`) },
      { name: "Protocol", of: event => event.Actor.Attributes.protocol },
      { name: "Count", number: true, of: event => event.Actor.Attributes.count },
      { name: "When", of: event => el("span", { class: "quiet" }, ago(event.timeNano / 1e6)) },
    ], recent.filter(event => event.Action === "deny")));
  }

  await refresh();
  return refresh;
}
