// Runs before the first paint, hence no module. The choice is "auto" (the system's), "light" or "dark".
document.documentElement.dataset.theme = localStorage.getItem("pinfold.theme") ?? "auto";
