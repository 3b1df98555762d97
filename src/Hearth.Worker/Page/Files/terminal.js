// A terminal in a container, in a page of its own: xterm.js adds style elements, which the status page's policy forbids.
import { Terminal } from "./xterm.mjs";
import { act, docker, protocols } from "./api.js";

const [id, command] = location.hash.slice(1).split("/");
const screen = document.getElementById("screen");
const terminal = new Terminal({ cursorBlink: true, fontSize: 14, fontFamily: "ui-monospace, 'DejaVu Sans Mono', Menlo, monospace", screenReaderMode: true, theme: { background: "#14110f", foreground: "#ece8e2", cursor: "#f28c28" } });
terminal.open(screen);
fit();

/** The size of a letter is known only from what is drawn. */
function fit() {
  const drawn = screen.querySelector(".xterm-screen")?.getBoundingClientRect();
  if (!drawn?.width) return;
  const columns = Math.floor((screen.clientWidth - 14) / (drawn.width / terminal.cols));
  const rows = Math.floor(screen.clientHeight / (drawn.height / terminal.rows));
  if (columns > 1 && rows > 1) terminal.resize(columns, rows);
}

const execution = await act(docker(`/containers/${id}/exec`), {
  AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true, Env: ["TERM=xterm-256color"], Cmd: decodeURIComponent(command).split(" ").filter(Boolean),
});
if (execution) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/hearth/v1/exec/${execution.Id}/ws`, protocols("hearth.terminal"));
  socket.binaryType = "arraybuffer";
  const encoder = new TextEncoder();
  const resize = () => act(docker(`/exec/${execution.Id}/resize?h=${terminal.rows}&w=${terminal.cols}`));
  socket.addEventListener("open", () => {
    terminal.onData(text => socket.send(encoder.encode(text)));
    terminal.onBinary(text => socket.send(Uint8Array.from(text, letter => letter.charCodeAt(0))));
    terminal.onResize(resize);
    terminal.focus();
  });
  let isFirst = true;
  socket.addEventListener("message", ({ data }) => {
    terminal.write(new Uint8Array(data));
    if (isFirst) resize();
    isFirst = false;
  });
  socket.addEventListener("close", ({ reason }) => terminal.write(`\r\n\x1b[2m${reason || "The process has ended."}\x1b[0m\r\n`));
  new ResizeObserver(fit).observe(screen);
} else {
  terminal.write("The command cannot be started.\r\n");
}
