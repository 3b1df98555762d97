import { get } from "./api.js";
import { el, table, card, facts, ago, milliseconds, bytes, meter, state, short } from "./dom.js";
import { waterfall, bars, startTime, spanOf, wayOf, laziness } from "./waterfall.js";

/** Whether the container's process never ran. */
export const hasFailed = record => record.state === "ended" && startTime(record.report) === undefined;

/** Starts have no names of their own: the time of the request is one. */
export const keyOf = record => String(new Date(record.requestedAt).getTime());

export function startsTable(caption, records) {
  const longest = Math.max(...records.map(record => spanOf(record.report)), 1);
  return table(caption, [
    { name: "Container", of: record => el("a", { href: `#/starts/${keyOf(record)}` }, record.name) },
    { name: "Time", number: true, of: record => hasFailed(record) ? state("failed") : startTime(record.report) === undefined ? state(record.state) : milliseconds(startTime(record.report)) },
    { name: "Phases", of: record => bars(record.report, longest) },
    { name: "Root", of: record => wayOf(record.report.rootfs) },
    { name: "When", of: record => el("span", { class: "quiet" }, ago(record.requestedAt)) },
  ], records);
}

export async function starts(place) {
  const list = el("div", { class: "card" });
  place.append(el("h1", {}, "Starts"), list);
  async function refresh() {
    list.replaceChildren(startsTable("The last starts of this worker, newest first", (await get("/hearth/v1/starts")).slice(0, 100)));
  }
  await refresh();
  return refresh;
}

export async function start(place, { parts: [key] }) {
  const record = (await get("/hearth/v1/starts")).find(each => keyOf(each) === key);
  if (!record) throw new Error("This start is not recorded any more.");
  place.append(
    el("div", { class: "title" }, el("h1", {}, `Start of ${record.name}`), el("span", { class: "quiet" }, ago(record.requestedAt))),
    startCard(record), card("Container", facts([["Id", el("a", { href: `#/containers/${record.id}` }, el("code", {}, short(record.id)))], ["Image", record.image]])));
}

export function startCard(record) {
  const { report } = record;
  const read = laziness(report.rootfs);
  const image = report.rootfs?.image;
  return el("div", {},
    card(startTime(report) === undefined ? "The process never ran" : `Process after ${milliseconds(startTime(report))}`, report.error && el("p", { class: "error" }, report.error), waterfall(report)),
    card("Root", facts([
      ["Way", wayOf(report.rootfs)], ["Format", report.rootfs?.format],
      ["Read", read && el("span", {}, meter(read.part, read.text), read.text)],
      ["Files", report.rootfs && `${report.rootfs.filesRead} of ${report.rootfs.files} read`],
      ["Fetched", image?.way === "lazy" ? `${bytes(image.fetchedBytes)} of ${bytes(image.lazyBytes)} in ${image.fetches ?? 0} requests; reads waited ${image.waits} times, ${milliseconds(image.waitedMs)} in all` : undefined],
      ["Fallbacks", report.rootfs?.fallbacks?.map(fallback => `${fallback.mode}: ${fallback.reason}`).join("; ")],
      ["Machine", [report.vmm, report.accelerator].filter(Boolean).join(", ")],
    ])));
}
