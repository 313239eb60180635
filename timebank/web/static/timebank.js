// Comfort only: every page works without this file.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    const search = document.getElementById("q");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  // A page brought back from the browser's memory may be sent again.
  window.addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
});
const problems = document.getElementById("problems");
if (problems) { problems.focus(); }
const menu = document.querySelector("details.menu");
if (menu && window.matchMedia("(max-width: 48rem)").matches) { menu.removeAttribute("open"); }
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
