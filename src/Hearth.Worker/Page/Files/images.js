import { get, act, docker } from "./api.js";
import { el, table, bytes, meter, short, ago } from "./dom.js";
import { readMetrics } from "./metrics.js";

export async function images(place) {
  const list = el("div", { class: "card" });
  const disk = el("div", { class: "card" });
  place.append(el("h1", {}, "Images and disk"), list, disk);

  async function refresh() {
    const [all, metrics] = await Promise.all([get(docker("/images/json")), readMetrics()]);
    list.replaceChildren(table("Images", [
      { name: "Name", of: image => (image.RepoTags ?? []).join(", ") || el("span", { class: "quiet" }, "no name") },
      { name: "Id", of: image => el("code", {}, short(image.Id)) },
      { name: "Size", number: true, of: image => bytes(image.Size) },
      { name: "Made", of: image => el("span", { class: "quiet" }, ago(1000 * image.Created)) },
      { name: "Actions", of: image => el("button", { class: "danger", "aria-label": `Remove ${image.RepoTags?.[0] ?? short(image.Id)}`, onclick: () => remove(image) }, "Remove") },
    ], all));
    const kinds = metrics.byLabel("hearth_disk_bytes");
    const most = Math.max(...kinds.map(([, size]) => size), 1);
    const cache = Object.fromEntries(metrics.byLabel("hearth_root_cache_total"));
    disk.replaceChildren(
      table("Disk", [
        { name: "What", of: ([kind]) => kind.replace("_", " ") },
        { name: "Share", of: ([, size]) => meter(size / most) },
        { name: "Size", number: true, of: ([, size]) => bytes(size) },
      ], kinds),
      el("p", { class: "quiet" }, `Prepared disks since the start of hearthd: ${cache.hit ?? 0} found in the cache, ${cache.miss ?? 0} made.`));
  }

  async function remove(image) {
    const name = image.RepoTags?.[0] ?? image.Id;
    if (confirm(`Remove the image ${name}?`)) {
      await act(docker(`/images/${name}`), undefined, "DELETE");
      await refresh();
    }
  }

  await refresh();
  return refresh;
}
