// Before anything is drawn: light or dark, as it was chosen.
document.documentElement.dataset.theme = (() => { try { return localStorage.theme ?? ""; } catch { return ""; } })();
