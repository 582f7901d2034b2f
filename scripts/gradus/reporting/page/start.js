"use strict";
// The page's data and its tooltip. Text from the data only ever becomes text nodes.

const root = document.documentElement;
window.addEventListener("error", (event) => { root.dataset.error = event.message || "error"; });
document.addEventListener("securitypolicyviolation", (event) => { root.dataset.error = `policy: ${event.violatedDirective}`; });

const data = JSON.parse(document.getElementById("data").textContent);

function make(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const tip = document.getElementById("tip");

// Whose words the tooltip shows, where that is more than the place under a pointer: what has the focus, or a chart.
let spoken = null;

// Show `text` near the point (x, y) of the window, within its edges.
function showTip(text, x, y, owner = null) {
  spoken = owner;
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const width = root.clientWidth;
  tip.style.left = `${Math.max(8, Math.min(x + 14, width - box.width - 8))}px`;
  tip.style.top = `${y + box.height + 26 > window.innerHeight ? Math.max(8, y - box.height - 14) : y + 16}px`;
}

function showTipOf(element) {
  const box = element.getBoundingClientRect();
  showTip(element.dataset.tip, box.left, box.bottom - 8, element);
}

// Hide the tooltip; with `owner` only if it is that one's.
function hideTip(owner) {
  if (owner && owner !== spoken) return;
  tip.hidden = true;
  spoken = null;
}

// One stop of the tab key for all of `stops`; `next(stop, key)` is where a key leads from one of them, if anywhere.
function startStops(within, stops, next) {
  stops.forEach((stop, index) => stop.setAttribute("tabindex", index ? "-1" : "0"));
  within.addEventListener("keydown", (event) => {
    const from = event.target.closest("[data-tip]");
    const to = from && next(from, event.key);
    if (!to) return;
    event.preventDefault();
    from.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  });
}

// A mouse that moves, and a finger that touches: it need not move for that.
for (const kind of ["pointermove", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    const target = event.target instanceof Element && event.target.closest("[data-tip]");
    if (target) showTip(target.dataset.tip, event.clientX, event.clientY);
    else if (!(event.target instanceof Element && event.target.closest("[data-chart]"))) hideTip();
  });
}
document.addEventListener("focusin", (event) => {
  const target = event.target.closest("[data-tip]");
  if (!target) return;
  showTipOf(target);
  target.setAttribute("aria-describedby", "tip");
});
document.addEventListener("focusout", (event) => { event.target.removeAttribute("aria-describedby"); hideTip(event.target); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
// Moving the focus may scroll the page: then the tooltip goes with what it is of.
window.addEventListener("scroll", () => {
  const seen = spoken?.dataset.tip && spoken.getBoundingClientRect();
  if (seen && seen.bottom > 0 && seen.top < window.innerHeight) showTipOf(spoken);
  else hideTip();
}, { passive: true });
