// Plots: showing and hiding runs, rows that the arrow keys move between, and a cursor that reads values off the lines.

function startRows(picture) {
  const rows = Array.from(picture.querySelectorAll(".row[data-tip]"));
  const moves = { ArrowUp: -1, ArrowDown: 1, Home: -rows.length, End: rows.length };
  startStops(picture, rows, (row, key) => {
    const place = rows.indexOf(row) + (moves[key] ?? NaN);
    return rows[Math.max(0, Math.min(rows.length - 1, place))];
  });
}

function startLegend(section) {
  section.querySelectorAll(".legend input").forEach((box) => {
    box.addEventListener("change", () => {
      section.querySelectorAll(`g[data-run="${box.dataset.run}"]`).forEach((group) => {
        group.classList.toggle("off", !box.checked);
      });
    });
  });
}

function startCursor(picture) {
  const chart = data.charts[picture.dataset.chart];
  const cursor = picture.querySelector(".cursor");
  const width = picture.viewBox.baseVal.width;
  const [low, high, start, end] = chart.x;
  const scale = chart.log ? Math.log2 : (x) => x;
  const place = (x) => (high > low ? start + ((scale(x) - scale(low)) / (scale(high) - scale(low))) * (end - start) : (start + end) / 2);
  let at = null;

  function write(value) {
    if (chart.share) return `${(100 * value).toFixed(1)}%`;
    return String(Number(value.toPrecision(4))).replace("-", "−");
  }

  function visible() {
    return chart.lines.filter((line) => !picture.querySelector(`g[data-run="${line.run}"]`).classList.contains("off"));
  }

  // The x values that can be read, in order.
  function stops() {
    return [...new Set(visible().flatMap((line) => line.x))].sort((a, b) => a - b);
  }

  function read(x, left, top) {
    at = x;
    cursor.setAttribute("x1", place(x));
    cursor.setAttribute("x2", place(x));
    cursor.setAttribute("visibility", "visible");
    const rows = [`${chart.xName} ${Math.round(x * 10) / 10}`];
    for (const line of visible()) {
      const index = nearest(line.x, x);
      // a line says nothing about steps far beyond its own
      const gap = line.x.length > 1 ? Math.abs(line.x[1] - line.x[0]) : 0;
      if (Math.abs(line.x[index] - x) > Math.max(gap, 0)) continue;
      const bounds = line.low ? ` (${write(line.low[index])} to ${write(line.high[index])})` : "";
      rows.push(`${line.name}: ${write(line.y[index])}${bounds}`);
    }
    showTip(rows.join("\n"), left, top, picture);
  }

  function leave() {
    cursor.setAttribute("visibility", "hidden");
    hideTip(picture);
    at = null;
  }

  function point(event) {
    const xs = stops();
    if (!xs.length) return;
    const box = picture.getBoundingClientRect();
    const wanted = ((event.clientX - box.left) / box.width) * width;
    read(xs[nearest(xs.map(place), wanted)], event.clientX, event.clientY);
  }

  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  // a finger that is lifted leaves what it has read
  picture.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") leave(); });
  picture.addEventListener("blur", leave);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const xs = stops();
    if (!step || !xs.length) return;
    event.preventDefault();
    // a twentieth of a long run at a time
    const stride = step * Math.max(1, Math.round(xs.length / 20));
    const index = at === null ? (step > 0 ? 0 : xs.length - 1) : nearest(xs, at) + stride;
    const x = xs[Math.max(0, Math.min(xs.length - 1, index))];
    const box = picture.getBoundingClientRect();
    read(x, box.left + (place(x) / width) * box.width, box.top + box.height / 3);
  });
}

// Index of the value of `sorted` that is nearest to `x`.
function nearest(sorted, x) {
  let best = 0;
  for (let i = 1; i < sorted.length; i += 1) {
    if (Math.abs(sorted[i] - x) < Math.abs(sorted[best] - x)) best = i;
  }
  return best;
}

document.querySelectorAll("section").forEach(startLegend);
document.querySelectorAll("[data-chart]").forEach(startCursor);
document.querySelectorAll(".plot.rows").forEach(startRows);
