// A start, drawn by its phases.
import { el, milliseconds, bytes, percent } from "./dom.js";

const groups = {
  queue: ["queue"],
  prepare: ["walk", "plan", "cache", "serve", "pack"],
  boot: ["machine", "kernel", "init"],
  run: ["process", "first output"],
  exit: ["exit"],
};

const names = { queue: "waits for its turn", prepare: "root", boot: "machine and guest", run: "process", exit: "release" };

export const groupOf = phase => Object.keys(groups).find(group => groups[group].includes(phase)) ?? "exit";

/** The phases of the start, without the container's end. */
const ofStart = report => report.phases.filter(phase => phase.name !== "exit");

/** From the request until the process runs. */
export function startTime(report) {
  const process = report.phases.find(phase => phase.name === "process");
  return process ? process.startMs + process.durationMs : undefined;
}

/** The same; of a start whose process never ran, until it was given up. */
export const spanOf = report => startTime(report) ?? Math.max(...ofStart(report).map(phase => phase.startMs + phase.durationMs), 0);

export function waterfall(report) {
  const phases = ofStart(report);
  if (phases.length === 0) return el("p", { class: "empty" }, "No phases are known.");
  const end = Math.max(...phases.map(phase => phase.startMs + phase.durationMs), 1);
  const used = new Set(phases.map(phase => groupOf(phase.name)));
  return el("div", {},
    el("ol", { class: "waterfall", "aria-label": "Phases of the start" }, phases.map(phase => el("li", {},
      el("span", {}, phase.name),
      el("span", { class: "track", role: "img", "aria-label": `from ${milliseconds(phase.startMs)} on` },
        el("span", { class: `fill ${groupOf(phase.name)}`, style: { left: `${100 * phase.startMs / end}%`, width: `${Math.max(0.3, 100 * phase.durationMs / end)}%` } })),
      el("output", {}, milliseconds(phase.durationMs))))),
    el("ul", { class: "legend" }, Object.keys(groups).filter(group => used.has(group)).map(group => el("li", {}, el("i", { class: group }), names[group]))));
}

/** The same on one line. */
export function bars(report, longest) {
  const phases = ofStart(report);
  const total = spanOf(report);
  const sums = Object.keys(groups).map(group => [group, phases.filter(phase => groupOf(phase.name) === group && phase.name !== "first output").reduce((sum, phase) => sum + phase.durationMs, 0)]);
  const all = sums.reduce((sum, [, duration]) => sum + duration, 0) || 1;
  const share = longest ? total / longest : 1;
  return el("span", { class: "bars", role: "img", "aria-label": sums.filter(([, duration]) => duration > 0).map(([group, duration]) => `${names[group]} ${milliseconds(duration)}`).join(", ") },
    sums.map(([group, duration]) => el("i", { class: group, style: { width: `${100 * share * duration / all}%` } })));
}

export const ways = { lazy: "lazy", cached: "from the store", eager: "fetched before" };

/** How a root came to its machine, in a few words. */
export function wayOf(root) {
  if (!root) return "unknown";
  return root.mode !== "lazy" ? `packed as ${root.mode}` : root.image ? ways[root.image.way] ?? root.image.way : "directory";
}

export function laziness(root) {
  if (!root?.contentBytes) return undefined;
  return { part: root.bytesRead / root.contentBytes, text: `${bytes(root.bytesRead)} of ${bytes(root.contentBytes)} (${percent(root.bytesRead / root.contentBytes)})` };
}
