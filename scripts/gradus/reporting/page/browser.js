// The browser of completions. State: experiment, benchmark, outcome, place; shown in the address as #sample/...

function startBrowser(samples) {
  const part = (name) => document.getElementById(`browse-${name}`);
  const [experiments, benchmarks] = [part("experiment"), part("benchmark")];
  const titles = new Map(samples.outcomes);
  const outcomeOf = (letter) => samples.outcomes.find(([key]) => key[0] === letter)?.[0];
  const cellAt = (e, b) => samples.cells.find((cell) => cell.e === e && cell.b === b);
  const state = { e: samples.cells[0].e, b: samples.cells[0].b, outcome: "", at: 0 };

  samples.experiments.forEach((entry, index) => experiments.append(new Option(entry.title, index)));
  samples.benchmarks.forEach((entry, index) => benchmarks.append(new Option(entry.title, index)));
  for (const [key, title] of samples.outcomes) {
    const label = make("label", key);
    const radio = make("input");
    Object.assign(radio, { type: "radio", name: "outcome", value: key });
    const face = make("span", "", title);
    face.append(make("b"));
    label.append(radio, face);
    part("outcome").append(label);
    radio.addEventListener("change", () => go({ outcome: key, at: 0 }));
  }

  // Change the state, keep it possible, show it.
  function go(change, quiet) {
    Object.assign(state, change);
    let cell = cellAt(state.e, state.b);
    if (!cell) {
      cell = samples.cells.find((other) => other.e === state.e) ?? samples.cells[0];
      Object.assign(state, { e: cell.e, b: cell.b });
    }
    if (!cell.outcomes[state.outcome]) Object.assign(state, { outcome: Object.keys(cell.outcomes)[0], at: 0 });
    const { items, total } = cell.outcomes[state.outcome];
    state.at = Math.max(0, Math.min(items.length - 1, state.at));
    showControls(cell, items.length, total);
    if (items.length) showSample(items[state.at]);
    if (!quiet) remember(items[state.at]);
  }

  function showControls(cell, shown, total) {
    experiments.value = state.e;
    benchmarks.value = state.b;
    for (const label of part("outcome").querySelectorAll("label")) {
      const radio = label.querySelector("input");
      const found = cell.outcomes[radio.value];
      radio.checked = radio.value === state.outcome;
      radio.disabled = !found;
      label.querySelector("b").textContent = found ? found.total.toLocaleString("en") : "0";
    }
    const all = total === shown ? "" : `; ${total.toLocaleString("en")} such answers in all`;
    part("place").textContent = shown ? `${state.at + 1} of ${shown} shown${all}` : `none shown of ${total}`;
    part("previous").disabled = state.at === 0;
    part("next").disabled = state.at >= shown - 1;
    part("sample").hidden = !shown;
  }

  function showSample(item) {
    const problem = samples.problems[state.b][item.p];
    const about = [problem.id];
    if (item.which) about.push(item.which);
    if ("level" in problem) about.push(`level ${problem.level}`);
    if ("subject" in problem) about.push(problem.subject);
    part("id").textContent = about.join(" · ");
    part("problem").textContent = problem.problem;
    part("reference").textContent = problem.answer;
    part("answer").textContent = item.answer ?? "none";
    part("answer").classList.toggle("absent", item.answer === null);
    part("verdict").textContent = titles.get(state.outcome);
    part("verdict").className = `verdict ${state.outcome}`;
    const cut = item.cut ? `, ${item.cut.toLocaleString("en")} characters not shown` : "";
    part("length").textContent = `${item.tokens.toLocaleString("en")} tokens${item.long ? ", stopped at the limit" : ""}${cut}`;
    showText(item.text, item.earlier ?? []);
    showOthers(problem, item.p);
  }

  // The completion, with its last boxed answer marked; before it the turns that led there, each with who says it.
  function showText(text, earlier) {
    const [start, end] = lastBox(text);
    const target = part("text");
    target.replaceChildren(...earlier.map(([role, said]) => turn(role, said)));
    const last = earlier.length ? turn("assistant", "") : target;
    if (last !== target) target.append(last);
    last.append(text.slice(0, start));
    if (end > start) last.append(make("mark", "", text.slice(start, end)), text.slice(end));
    target.scrollTop = 0;
  }

  function turn(role, said) {
    const shown = make("div", role === "tool" ? "turn tool" : "turn");
    shown.append(make("b", "", role === "tool" ? "Tool" : "Model"), said);
    return shown;
  }

  function showOthers(problem, place) {
    const list = part("others");
    list.replaceChildren();
    samples.experiments.forEach((entry, e) => {
      const letters = problem.outcomes[e];
      if (!letters) return;
      const shown = placesOf(e, place);
      const outcome = outcomeOf(mostFrequent(letters));
      const { outcome: target, at } = shown.find((found) => found.outcome === outcome) ?? shown[0] ?? { outcome, at: -1 };
      const right = Array.from(letters).filter((letter) => letter === "r").length;
      const said = letters.length > 1 ? `${right} of ${letters.length} right` : titles.get(outcome);
      const button = make("button", `verdict ${outcome}`);
      button.type = "button";
      button.append(make("span", "", entry.title), make("small", "", said));
      button.disabled = at < 0;
      if (at < 0) button.title = "This completion is not in the page";
      if (e === state.e) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => go({ e, outcome: target, at }));
      const row = make("li");
      row.append(button);
      list.append(row);
    });
  }

  // Where the completions of an experiment for a problem are: their outcomes and places.
  function placesOf(e, place) {
    return Object.entries(cellAt(e, state.b)?.outcomes ?? {}).flatMap(([outcome, { items }]) => (
      items.flatMap((item, at) => (item.p === place ? [{ outcome, at }] : []))
    ));
  }

  function remember(item) {
    const names = [samples.experiments[state.e].name, samples.benchmarks[state.b].name];
    if (item) names.push(samples.problems[state.b][item.p].id);
    if (item?.which) names.push(item.which);
    history.replaceState(null, "", `#sample/${names.map(encodeURIComponent).join("/")}`);
  }

  // Follow an address #sample/experiment/benchmark/problem; says whether there was one.
  function follow() {
    if (!location.hash.startsWith("#sample/")) return false;
    const [experiment, benchmark, id, which] = location.hash.slice(8).split("/").map(readable);
    const e = samples.experiments.findIndex((entry) => entry.name === experiment);
    const b = samples.benchmarks.findIndex((entry) => entry.name === benchmark);
    if (!cellAt(e, b)) return false;
    const found = { e, b, outcome: "", at: 0 };
    for (const [outcome, { items }] of Object.entries(cellAt(e, b).outcomes)) {
      const at = items.findIndex((item) => samples.problems[b][item.p].id === id && item.which === which);
      if (at >= 0) Object.assign(found, { outcome, at });
    }
    go(found, true);
    document.getElementById("samples").scrollIntoView();
    return true;
  }

  experiments.addEventListener("change", () => go({ e: Number(experiments.value), at: 0 }));
  benchmarks.addEventListener("change", () => go({ b: Number(benchmarks.value), at: 0 }));
  part("previous").addEventListener("click", () => go({ at: state.at - 1 }));
  part("next").addEventListener("click", () => go({ at: state.at + 1 }));
  part("sample").parentElement.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.closest("select, input")) return;
    event.preventDefault();
    go({ at: state.at + step });
  });
  window.addEventListener("hashchange", follow);
  document.getElementById("browser").hidden = false;
  if (!follow()) go({}, true);
}

// Of letters the most frequent one; of equally frequent ones the first.
function mostFrequent(letters) {
  const count = (letter) => letters.split(letter).length;
  return Array.from(letters).reduce((best, letter) => (count(letter) > count(best) ? letter : best));
}

function readable(text) {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

// Start and end of the last \boxed{...} with balanced braces; the text's end twice where there is none.
function lastBox(text) {
  const start = text.lastIndexOf("\\boxed{");
  for (let i = start + 6, depth = 0; start >= 0 && i < text.length; i += 1) {
    if (text[i] === "{") depth += 1;
    if (text[i] === "}") depth -= 1;
    if (depth === 0) return [start, i + 1];
  }
  return [text.length, text.length];
}

if (data.samples) startBrowser(data.samples);
