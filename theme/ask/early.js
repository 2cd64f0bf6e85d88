// Sets the chosen colour scheme before the first paint.
try {
  document.documentElement.dataset.theme = localStorage.theme ?? "";
} catch {
  document.documentElement.dataset.theme = "";  // storage is disabled
}
