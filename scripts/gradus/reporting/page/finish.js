// Navigation, printing, and the sign that all of the script has run.

const links = new Map(Array.from(document.querySelectorAll("nav a"), (link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }
}, { rootMargin: "-15% 0px -75% 0px" });
document.querySelectorAll("section").forEach((section) => watcher.observe(section));

// On paper nothing can be opened; long lists of jobs and files are printed only where the reader opened them.
const opened = [];
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details[data-print]:not([open])").forEach((part) => { part.open = true; opened.push(part); });
});
window.addEventListener("afterprint", () => {
  opened.splice(0).forEach((part) => { part.open = false; });
});

root.dataset.ready = "1";
