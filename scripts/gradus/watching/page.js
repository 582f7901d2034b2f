"use strict";

const EVERY = 2000; // ms
const by = id => document.getElementById(id);

function spoken(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Text is set, never parsed: names and messages may hold anything.
function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function share(job) {
  if (job.line && job.line.total) return Math.min(1, job.line.done / job.line.total);
  return job.expected ? Math.min(0.99, job.seconds / job.expected) : null;
}

function row(job) {
  const made = element("tr", null), done = share(job), line = job.line;
  const bar = element("progress", null, done === null ? {} : { value: done, max: 1 });
  bar.setAttribute("aria-label", `${job.name}, done`);
  const cell = element("td", null);
  cell.append(bar);
  made.append(element("td", job.name), cell);
  const texts = line
    ? [`${line.done}/${line.total} ${line.unit}`, `${Number(line.rate.toPrecision(3))}/s`, `${spoken(line.seconds_left)} left`,
      Object.entries(line.metrics).map(([name, value]) => `${name} ${value}`).join("  ")]
    : ["", "", spoken(job.seconds), ""];
  made.append(...texts.map(text => element("td", text)));
  return made;
}

function plot(curve) {
  const figure = element("figure", null, curve.running ? { class: "running" } : {});
  const last = curve.values.at(-1), caption = element("figcaption", null);
  caption.append(element("b", curve.run), element("span", `${curve.metric} ${last.toPrecision(3)}`));
  const low = Math.min(...curve.values), high = Math.max(...curve.values), first = curve.steps[0];
  const width = curve.steps.at(-1) - first || 1, height = high - low || 1;
  const points = curve.steps.map((step, i) =>
    `${(100 * (step - first) / width).toFixed(2)},${(36 - 32 * (curve.values[i] - low) / height).toFixed(2)}`);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${curve.metric} of ${curve.run} from ${curve.values[0].toPrecision(3)} to ${last.toPrecision(3)}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${points.join("L")}`);
  svg.append(path);
  figure.append(caption, svg);
  return figure;
}

function show({ build, curves }) {
  document.title = `${build.done}/${build.total} ${build.study}`;
  by("study").textContent = build.study;
  by("whole").max = build.total || 1;
  by("whole").value = build.done;
  const ends = build.done >= build.total;
  const parts = [`${build.done} of ${build.total} jobs`, `${spoken(build.seconds)} so far`];
  if (build.seconds_left !== null && !ends) parts.push(`about ${spoken(build.seconds_left)} left`);
  if (build.dollars) parts.push(`$${build.dollars_left.toFixed(2)} of $${build.dollars.toFixed(2)} to spend`);
  by("counts").textContent = parts.join(" · ");
  by("running").replaceChildren(...build.running.map(row));
  by("trouble").hidden = !build.failed.length;
  by("failed").replaceChildren(...build.failed.map(job => element("li", `${job.name}  see ${job.log}`)));
  by("curves").replaceChildren(...curves.filter(curve => curve.values.length > 1).map(plot));
  by("finished").replaceChildren(...build.finished.map(job => element("li", `${job.name} ${spoken(job.seconds)}`)));
}

async function follow() {
  try {
    show(await (await fetch("build.json")).json());
  } catch {
    by("counts").textContent += " · the build has ended";
    return;
  }
  setTimeout(follow, EVERY);
}

follow();
