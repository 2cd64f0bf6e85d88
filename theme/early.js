// Sets the chosen colour scheme before the first paint.
try {
  const schemes = { alternate: "dark", default: "light" };  // the names under which Quarto stores them
  document.documentElement.dataset.theme = schemes[localStorage.getItem("quarto-color-scheme")] ?? "";
} catch {
  document.documentElement.dataset.theme = "";  // storage is disabled
}
