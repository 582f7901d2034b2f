// Tables: sorting by column, and arrow keys from cell to cell.

function startSorting(table) {
  const body = table.tBodies[0];
  const original = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);

  function value(row, column) {
    const cell = row.cells[column];
    return "sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent.trim();
  }

  heads.forEach((head, column) => {
    const button = head.querySelector("[data-sorter]");
    if (!button) return;
    button.addEventListener("click", () => {
      // numbers start with the largest, text with A; the third press gives back the first order
      const numeric = "sort" in (original[0]?.cells[column].dataset ?? {});
      const turns = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
      const next = turns[turns.indexOf(head.getAttribute("aria-sort")) + 1];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      let rows = original;
      if (next) {
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        rows = original.slice().sort((first, second) => {
          const [a, b] = [value(first, column), value(second, column)];
          return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
        });
      }
      body.append(...rows);
    });
  });
}

// Arrow keys move between the cells of a table that have more to say.
function startCells(table) {
  const body = table.tBodies[0];
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  startStops(body, Array.from(body.querySelectorAll("[data-tip]")), (cell, key) => {
    let row = cell.parentElement.sectionRowIndex;
    let column = cell.cellIndex;
    // over cells without a value
    while (moves[key]) {
      row += moves[key][0];
      column += moves[key][1];
      const there = body.rows[row]?.cells[column];
      if (!there || there.dataset.tip) return there;
    }
    return undefined;
  });
}

document.querySelectorAll("[data-sortable]").forEach(startSorting);
document.querySelectorAll("table").forEach(startCells);
