// Requests to this server. Where it wants a token, the page exchanges it for a session. A cookie would also go to other ports of this
// host, which may be containers; the session's storage is for this origin alone, and for this tab.
import { el, notice } from "./dom.js";

const version = "/v1.47";
const stored = "hearth-session";

const sessionHeaders = () => sessionStorage.getItem(stored) ? { Authorization: `Bearer ${sessionStorage.getItem(stored)}` } : {};

/** The subprotocols of a WebSocket, which can have no header. */
export const protocols = (...own) => sessionStorage.getItem(stored) ? [...own, `hearth.session.${sessionStorage.getItem(stored)}`] : own;

export const docker = path => version + path;

export async function request(method, path, body, signal) {
  const headers = { ...sessionHeaders(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", credentials: "same-origin" });
  if (response.status === 401) {
    await askForToken();
    return request(method, path, body, signal);
  }
  if (!response.ok) {
    const text = await response.text();
    let message = text;
    try { const answer = JSON.parse(text); message = answer.message ?? answer.detail ?? text; } catch { /* The text is the message. */ }
    throw new Error(message || `${response.status} ${response.statusText}`);
  }
  return response;
}

export async function get(path) {
  return (await request("GET", path)).json();
}

export async function act(path, body, method = "POST") {
  try {
    const response = await request(method, path, body);
    return response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  } catch (error) {
    notice(error.message);
    return undefined;
  }
}

/** The lines of a response that goes on. */
export async function* lines(path, signal) {
  const reader = (await request("GET", path, undefined, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const found = (rest + part.value).split("\n");
    rest = found.pop();
    yield* found.filter(line => line.trim() !== "");
  }
}

/** The output of a container: docker's frames, or plain bytes of a terminal. */
export async function* output(path, signal) {
  const response = await request("GET", path, undefined, signal);
  const reader = response.body.getReader();
  const hasFrames = response.headers.get("Content-Type")?.includes("multiplexed");
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  let rest = new Uint8Array();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (!hasFrames) {
      yield { stream: 1, text: decoders[1].decode(part.value, { stream: true }) };
      continue;
    }
    const all = new Uint8Array(rest.length + part.value.length);
    all.set(rest);
    all.set(part.value, rest.length);
    let at = 0;
    while (all.length - at >= 8) {
      const length = new DataView(all.buffer).getUint32(at + 4);
      if (all.length - at < 8 + length) break;
      const stream = all[at] === 2 ? 2 : 1;
      yield { stream, text: decoders[stream].decode(all.subarray(at + 8, at + 8 + length), { stream: true }) };
      at += 8 + length;
    }
    rest = all.slice(at);
  }
}

/** With a wrong token there is no session, and the next request asks again. */
async function beginSession(token) {
  sessionStorage.removeItem(stored);
  const response = await fetch("/hearth/v1/session", { method: "POST", headers: { Authorization: `Bearer ${token}` }, credentials: "same-origin" });
  if (response.ok) sessionStorage.setItem(stored, (await response.json()).session);
}

let asking;

function askForToken() {
  asking ??= new Promise(resolve => {
    const input = el("input", { type: "password", id: "token", autocomplete: "off", required: true });
    const dialog = el("dialog", { "aria-labelledby": "token-title" }, el("form", { method: "dialog" },
      el("h2", { id: "token-title" }, "Token"), el("p", { class: "quiet" }, "This worker wants the token that hearthd was started with."),
      el("div", { class: "row" }, el("label", { for: "token" }, "Token"), input, el("button", { class: "main" }, "Use it"))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      beginSession(input.value).finally(() => {
        asking = undefined;
        resolve();
      });
    });
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
