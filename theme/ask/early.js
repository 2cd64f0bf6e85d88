// Sets the chosen colour scheme before the first paint.
document.documentElement.dataset.theme = (() => { try { return localStorage.theme ?? ""; } catch { return ""; } })();
