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

// Show `text` near the point (x, y) of the window, within its edges.
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const width = root.clientWidth;
  tip.style.left = `${Math.max(8, Math.min(x + 14, width - box.width - 8))}px`;
  tip.style.top = `${y + box.height + 26 > window.innerHeight ? Math.max(8, y - box.height - 14) : y + 16}px`;
}

function hideTip() { tip.hidden = true; }

document.addEventListener("pointermove", (event) => {
  const target = event.target instanceof Element && event.target.closest("[data-tip]");
  if (target) showTip(target.dataset.tip, event.clientX, event.clientY);
  else if (!(event.target instanceof Element && event.target.closest("[data-chart]"))) hideTip();
});
document.addEventListener("focusin", (event) => {
  const target = event.target.closest("[data-tip]");
  if (!target) return;
  const box = target.getBoundingClientRect();
  showTip(target.dataset.tip, box.left, box.bottom - 8);
  target.setAttribute("aria-describedby", "tip");
});
document.addEventListener("focusout", (event) => { event.target.removeAttribute("aria-describedby"); hideTip(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
window.addEventListener("scroll", hideTip, { passive: true });
