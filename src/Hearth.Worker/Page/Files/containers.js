import { get, act, docker, output, request } from "./api.js";
import { el, table, card, facts, state, short, ago, bytes } from "./dom.js";
import { hasFailed, startCard } from "./starts.js";

const bad = text => el("span", { class: "state failed" }, text);

const stateOf = ({ State: own }) => own.Status === "exited" && own.ExitCode !== 0 ? bad(`exited (${own.ExitCode})`)
  : own.Status === "created" && own.Error ? bad("not started") : state(own.Status);

const never = when => !when || when.startsWith("0001");

const portsOf = settings => Object.entries(settings?.Ports ?? {}).flatMap(([port, bindings]) => (bindings ?? []).map(at => `${at.HostIp.includes(":") ? `[${at.HostIp}]` : at.HostIp}:${at.HostPort} to ${port}`)).join(", ");

export async function containers(place) {
  const list = el("div", { class: "card" });
  place.append(el("h1", {}, "Containers"), list);
  async function refresh() {
    const [all, starts] = await Promise.all([get(docker("/containers/json?all=1")), get("/hearth/v1/starts")]);
    list.replaceChildren(table("All containers, newest first", [
      { name: "Name", of: each => el("a", { href: `#/containers/${each.Id}` }, each.Names[0].slice(1)) },
      { name: "State", of: each => stateInList(each, starts) },
      { name: "Status", of: each => el("span", { class: "quiet" }, each.Status) },
      { name: "Image", of: each => each.Image },
      { name: "Command", of: each => el("code", {}, each.Command.length > 60 ? `${each.Command.slice(0, 60)}…` : each.Command) },
    ], all));
  }
  await refresh();
  return refresh;
}

/** In docker's list only words have the exit code, and nothing says that a start has failed: the newest one of the container does. */
function stateInList(each, starts) {
  if (/^Exited \([^0]/.test(each.Status)) return bad(each.State);
  const newest = each.State === "created" && starts.find(record => record.id === each.Id);
  return newest && hasFailed(newest) ? bad("not started") : state(each.State);
}

const tabs = { summary, start: startTab, logs, terminal, network };

export async function container(place, { parts: [id, chosen], signal, recent }) {
  const name = tabs[chosen] ? chosen : "summary";
  const head = el("div", { class: "title" });
  const actions = el("div", { class: "actions" });
  const panel = el("div", { role: "tabpanel", id: "panel", "aria-labelledby": `tab-${name}` });
  place.append(head, actions, tabList(id, name), panel);
  let details = await get(docker(`/containers/${id}/json`));
  drawHead();
  const again = await tabs[name](panel, details, { signal, recent });

  return async () => {
    details = await get(docker(`/containers/${id}/json`));
    drawHead();
    await again?.(details);
  };

  function drawHead() {
    head.replaceChildren(el("h1", {}, details.Name.slice(1)), stateOf(details), el("code", { class: "quiet" }, short(details.Id)));
    const { Running: isRunning, Paused: isPaused } = details.State;
    actions.replaceChildren(...[
      !isRunning && button("Start", "start", "main"),
      isRunning && !isPaused && button("Stop", "stop"), isRunning && !isPaused && button("Restart", "restart"),
      isRunning && !isPaused && button("Pause", "pause"), isPaused && button("Resume", "unpause", "main"), isRunning && button("Kill", "kill", "danger"),
      el("button", { class: "danger", onclick: remove }, "Remove"),
    ].filter(Boolean));
  }

  function button(label, path, kind) {
    return el("button", { class: kind, onclick: async ({ target }) => {
      // A disabled button would lose the focus.
      if (target.hasAttribute("aria-disabled")) return;
      target.setAttribute("aria-disabled", "true");
      await act(docker(`/containers/${id}/${path}`));
      target.removeAttribute("aria-disabled");
    } }, label);
  }

  async function remove() {
    if (confirm(`Remove the container ${details.Name.slice(1)}?`) && await act(docker(`/containers/${id}?force=1`), undefined, "DELETE")) location.hash = "#/containers";
  }
}

function tabList(id, name) {
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the container" }, Object.keys(tabs).map(tab => el("button", {
    role: "tab", id: `tab-${tab}`, "aria-selected": String(tab === name), "aria-controls": "panel", tabindex: tab === name ? "0" : "-1",
    onclick: () => { location.hash = `#/containers/${id}/${tab}`; },
  }, tab[0].toUpperCase() + tab.slice(1))));
  list.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...list.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  return list;
}

async function summary(panel, details) {
  function draw(now) {
    const { Config: config, HostConfig: host, State: own } = now;
    panel.replaceChildren(card(null, facts([
      ["Image", config.Image], ["Command", el("code", {}, [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])].join(" "))], ["Id", el("code", {}, now.Id)],
      ["Created", ago(now.Created)], ["Started", never(own.StartedAt) ? "never" : ago(own.StartedAt)], ["Ended", own.Running || never(own.StartedAt) ? undefined : ago(own.FinishedAt)],
      ["Exit code", own.Running ? undefined : String(own.ExitCode)], ["Error", own.Error],
      ["Health", own.Health?.Status], ["Memory", host.Memory ? bytes(host.Memory) : "default"], ["Restart policy", host.RestartPolicy?.Name], ["User", config.User || "root"],
      ["Ports", portsOf(now.NetworkSettings)],
      ["Mounts", (now.Mounts ?? []).map(mount => `${mount.Name || mount.Source} at ${mount.Destination}`).join(", ")],
      ["Labels", Object.entries(config.Labels ?? {}).map(([label, value]) => `${label}=${value}`).join(", ")],
    ])));
  }
  draw(details);
  return async now => draw(now);
}

async function startTab(panel, details) {
  async function draw() {
    try {
      panel.replaceChildren(startCard(await get(`/hearth/v1/starts/${details.Id}`)));
    } catch (error) {
      panel.replaceChildren(el("p", { class: "empty" }, error.message));
    }
  }
  await draw();
  return draw;
}

async function logs(panel, details, { signal }) {
  const mostLines = 5000;
  const text = el("pre", { class: "log", tabindex: "0", role: "log", "aria-label": "Output" });
  panel.append(card(null, text));
  (async () => {
    for await (const part of output(docker(`/containers/${details.Id}/logs?stdout=1&stderr=1&follow=1&tail=1000`), signal)) {
      const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
      text.append(el("span", { class: part.stream === 2 ? "error" : undefined }, part.text));
      while (text.children.length > mostLines) text.firstChild.remove();
      if (isAtEnd) text.scrollTop = text.scrollHeight;
    }
    if (text.children.length === 0) text.append(el("span", { class: "quiet" }, "No output."));
  })().catch(error => { if (!signal.aborted) text.append(el("span", { class: "error" }, `\n${error.message}\n`)); });
}

async function terminal(panel, details) {
  if (!details.State.Running || details.State.Paused) {
    panel.append(el("p", { class: "empty" }, "The container does not run: start it to open a terminal in it."));
    return;
  }
  const shell = el("input", { id: "shell", value: "sh", size: "24", autocomplete: "off", spellcheck: "false" });
  const place = el("div");
  const open = () => place.replaceChildren(el("iframe", { class: "terminal", title: `Terminal in ${details.Name.slice(1)}`, src: `terminal.html#${details.Id}/${encodeURIComponent(shell.value)}` }));
  panel.append(card(null, el("form", { class: "row", onsubmit: event => { event.preventDefault(); open(); } },
    el("label", { for: "shell" }, "Command"), shell, el("button", { class: "main" }, "Open a terminal")), place));
}

async function network(panel, details, { recent }) {
  const ends = Object.entries(details.NetworkSettings?.Networks ?? {});
  let rates = [];
  if (details.State.Running && !details.State.Paused) {
    const stats = await (await request("GET", docker(`/containers/${details.Id}/stats?stream=0&one-shot=1`))).json();
    rates = Object.entries(stats.networks ?? {});
  }
  const denied = recent.filter(event => event.Action === "deny" && event.Actor.ID === details.Id);
  panel.append(
    card(null, table("Networks", [
      { name: "Network", of: ([name]) => name }, { name: "Address", of: ([, end]) => el("code", {}, end.IPAddress || "–") }, { name: "Gateway", of: ([, end]) => el("code", {}, end.Gateway || "–") },
    ], ends), rates.length > 0 && table("Traffic", [
      { name: "Interface", of: ([name]) => name }, { name: "Received", number: true, of: ([, rate]) => bytes(rate.rx_bytes) }, { name: "Sent", number: true, of: ([, rate]) => bytes(rate.tx_bytes) },
    ], rates)),
    card(null, table("Denied connections", [
      { name: "To", of: ({ Actor: { Attributes: to } }) => el("code", {}, to.port === "0" ? to.destination : `${to.destination}:${to.port}`) }, { name: "Protocol", of: event => event.Actor.Attributes.protocol },
      { name: "Count", number: true, of: event => event.Actor.Attributes.count }, { name: "When", of: event => el("span", { class: "quiet" }, ago(event.timeNano / 1e6)) },
    ], denied)));
}
