// The button that goes from one look to the next; theme.js has set the one that was chosen before.
const THEMES = ["auto", "light", "dark"];
const button = document.getElementById("theme");
const root = document.documentElement;

function show(theme) {
  root.dataset.theme = theme;
  document.getElementById("theme-text").textContent = theme[0].toUpperCase() + theme.slice(1);
  button.setAttribute("aria-label", `Theme: ${theme}`);
}

show(root.dataset.theme);
button.addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  localStorage.setItem("pinfold.theme", next);
  show(next);
});
