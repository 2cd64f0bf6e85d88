// Full-text search; the index is fetched at the first search.

const button = document.querySelector("button.search");
let library, dialog, input, list, turn = 0;  // turn: the number of searches so far

const pagefind = () => library ??= import(new URL("../pagefind/pagefind.js", import.meta.url));

function createElement(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function highlightMatches(excerpt) {  // marks become elements, everything else stays text
  const parsed = new DOMParser().parseFromString(excerpt, "text/html").body;
  return [...parsed.childNodes].map(node => node.nodeName === "MARK" ? createElement("mark", {}, node.textContent) : node.textContent);
}

function createResult({ url, meta, excerpt, sub_results: sections }) {
  const page = { url, title: meta.title, excerpt, weighted_locations: [] };
  const matches = section => section.weighted_locations.length;
  const best = sections.reduce((one, other) => matches(other) > matches(one) ? other : one, sections[0] ?? page);
  const title = best.title === meta.title ? meta.title : `${meta.title}: ${best.title}`;
  return createElement("li", {}, createElement("a", { href: best.url }, title), createElement("p", {}, ...highlightMatches(best.excerpt)));
}

async function search() {
  const current = ++turn, query = input.value.trim();
  if (!query) return list.replaceChildren();
  const found = await (await pagefind()).search(query);
  const pages = await Promise.all(found.results.slice(0, 8).map(result => result.data()));
  if (current !== turn) return;  // a later search has started
  list.replaceChildren(...(pages.length ? pages.map(createResult) : [createElement("li", {}, `No results for “${query}”.`)]));
}

function createDialog() {
  input = createElement("input", { type: "search", "aria-label": "Search all pages", placeholder: "Search all pages", autocomplete: "off" });
  list = createElement("ol", { "aria-live": "polite", "aria-label": "Results" });
  const close = createElement("button", { type: "button", "aria-label": "Close" }, "×");
  dialog = createElement("dialog", { class: "searching", "aria-label": "Search" }, createElement("div", {}, input, close), list);
  input.addEventListener("input", search);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
  document.body.append(dialog);
}

function openDialog() {
  if (!dialog) createDialog();
  pagefind().then(library => library.init());
  dialog.showModal();
  input.select();
}

button.addEventListener("click", openDialog);
document.addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  openDialog();
});
