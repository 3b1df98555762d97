// The values of /metrics.
import { request } from "./api.js";

export async function readMetrics() {
  const text = await (await request("GET", "/metrics")).text();
  const samples = text.split("\n").filter(line => line && !line.startsWith("#")).map(line => {
    const [, name, labels, value] = line.match(/^(\w+)(?:\{(.*)\})? (\S+)$/) ?? [];
    return { name, labels: labels ?? "", value: Number(value) };
  });
  const of = name => samples.filter(sample => sample.name === name);
  return {
    value: name => of(name)[0]?.value ?? 0,
    sum: name => of(name).reduce((sum, sample) => sum + sample.value, 0),
    byLabel: name => of(name).map(sample => [sample.labels.replace(/^\w+="(.*)"$/, "$1"), sample.value]),
  };
}
