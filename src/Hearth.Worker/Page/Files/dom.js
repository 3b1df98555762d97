// Elements and formats. Text from containers is only ever set as text, never as HTML.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
  return element;
}

export function table(caption, columns, rows) {
  if (rows.length === 0) return el("div", {}, el("h2", {}, caption), el("p", { class: "empty" }, "None."));
  return el("div", { class: "scroll" }, el("table", { class: "cards" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, columns.map(column => el("th", { scope: "col", class: column.number && "number" }, column.name)))),
    el("tbody", {}, rows.map(row => el("tr", {}, columns.map(column => el("td", { "data-label": column.name, class: column.number && "number" }, column.of(row))))))));
}

export const facts = pairs => el("dl", { class: "facts" }, pairs.filter(pair => pair[1] !== "" && pair[1] !== undefined && pair[1] !== null)
  .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

export const card = (title, ...content) => el("section", { class: "card" }, title && el("h2", {}, title), content);

export const tile = (name, value, detail) => el("div", { class: "tile" }, el("dt", {}, name), el("dd", {}, value, detail && el("small", {}, detail)));

export const state = name => el("span", { class: `state ${name}` }, name);

/** Without a label it only repeats what is written beside it. */
export const meter = (part, label) => el("span", { class: "meter", ...label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" } },
  part > 0 && el("i", { style: { width: `${Math.min(100, 100 * part)}%` } }));

export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (count >= 1024 && at < units.length - 1) { count /= 1024; at++; }
  return `${at === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)} ${units[at]}`;
}

export function milliseconds(count) {
  return count >= 10000 ? `${(count / 1000).toFixed(1)} s` : count >= 1000 ? `${(count / 1000).toFixed(2)} s` : count >= 10 ? `${Math.round(count)} ms` : `${count.toFixed(1)} ms`;
}

export const percent = part => part > 0 && part < 0.0005 ? "< 0.1 %" : part >= 0.0995 || part === 0 ? `${Math.round(100 * part)} %` : `${(100 * part).toFixed(1)} %`;

export function ago(when) {
  const seconds = Math.max(0, (Date.now() - new Date(when)) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return seconds < 63e6 ? `${Math.round(seconds / 86400)} days ago` : `${Math.round(seconds / 31557600)} years ago`;
}

export const clock = when => new Date(when).toLocaleTimeString([], { hour12: false });

export const short = id => id.replace(/^sha256:/, "").slice(0, 12);

export function notice(text) {
  const line = el("p", {}, text);
  document.getElementById("notices").append(line);
  setTimeout(() => line.remove(), 8000);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0 ? undefined : (sorted[Math.ceil(middle - 1)] + sorted[Math.floor(middle)]) / 2;
}
