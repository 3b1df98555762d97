import { get, docker } from "./api.js";
import { el, tile, card, bytes, milliseconds, percent, median, ago } from "./dom.js";
import { feed } from "./events.js";
import { hasFailed, startsTable } from "./starts.js";
import { startTime } from "./waterfall.js";
import { readMetrics } from "./metrics.js";

export async function overview(place, context) {
  const tiles = el("dl", { class: "tiles" });
  const newest = el("div");
  place.append(el("h1", {}, "Overview"), tiles, el("div", { class: "columns" }, newest, card("Events", feed(place, context, 12))));

  async function refresh() {
    const [info, starts, metrics] = await Promise.all([get(docker("/info")), get("/hearth/v1/starts"), readMetrics()]);
    const times = starts.map(each => startTime(each.report)).filter(time => time !== undefined);
    const roots = starts.map(each => each.report.rootfs).filter(root => root?.contentBytes);
    const read = roots.reduce((sum, root) => sum + root.bytesRead, 0);
    const size = roots.reduce((sum, root) => sum + root.contentBytes, 0);
    const failed = starts.filter(hasFailed).length;
    tiles.replaceChildren(
      tile("Running", String(info.ContainersRunning), `${info.Containers} containers, ${info.ContainersPaused} paused`),
      tile("Start time", times.length ? milliseconds(median(times)) : "–", `median of ${times.length}${failed ? `, ${failed} failed` : ""}`),
      tile("Read of roots", size ? percent(read / size) : "–", size ? `${bytes(read)} of ${bytes(size)}` : "no start yet"),
      tile("Memory", bytes(metrics.value("hearth_machine_memory_bytes")), `and ${bytes(metrics.value("hearth_keeper_memory_bytes"))} for keepers`),
      tile("Capacity in use", percent(metrics.value("hearth_capacity_used_bytes") / metrics.value("hearth_capacity_bytes")), `of ${bytes(metrics.value("hearth_capacity_bytes"))}, starts waiting: ${metrics.value("hearth_queued_starts")}`),
      tile("Disk", bytes(metrics.sum("hearth_disk_bytes")), `${bytes(metrics.value("hearth_disk_free_bytes"))} free`),
      tile("Up", ago(1000 * metrics.value("hearth_process_start_time_seconds")).replace(" ago", ""), `hearthd ${info.ServerVersion} on ${info.Name}`));
    newest.replaceChildren(card(null, startsTable("Newest starts", starts.slice(0, 10))));
  }

  await refresh();
  return refresh;
}
