// Full-text search; the index is fetched at the first search.

const button = document.querySelector("button.search");
let library, dialog, input, list, turn = 0;

const pagefind = () => library ??= import(new URL("../pagefind/pagefind.js", import.meta.url));

function made(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function marked(excerpt) {  // highlights the matches; everything else stays text
  const parsed = new DOMParser().parseFromString(excerpt, "text/html").body;
  return [...parsed.childNodes].map(node => node.nodeName === "MARK" ? made("mark", {}, node.textContent) : node.textContent);
}

function shown({ url, meta, excerpt, sub_results: parts }) {
  const best = parts.reduce((one, other) => other.weighted_locations.length > one.weighted_locations.length ? other : one, parts[0] ?? { url, title: meta.title, excerpt, weighted_locations: [] });
  const where = best.title === meta.title ? meta.title : `${meta.title}: ${best.title}`;
  return made("li", {}, made("a", { href: best.url }, where), made("p", {}, ...marked(best.excerpt)));
}

async function search() {
  const mine = ++turn, query = input.value.trim();
  if (!query) return list.replaceChildren();
  const found = await (await pagefind()).search(query);
  const pages = await Promise.all(found.results.slice(0, 8).map(result => result.data()));
  if (mine !== turn) return;
  list.replaceChildren(...(pages.length ? pages.map(shown) : [made("li", {}, `Nothing found for ${query}.`)]));
}

function make() {
  input = made("input", { type: "search", "aria-label": "Search all pages", placeholder: "Search all pages", autocomplete: "off" });
  list = made("ol", { "aria-live": "polite", "aria-label": "Found" });
  const close = made("button", { type: "button", "aria-label": "Close" }, "×");
  dialog = made("dialog", { class: "searching", "aria-label": "Search" }, made("div", {}, input, close), list);
  input.addEventListener("input", search);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
  document.body.append(dialog);
}

function open() {
  if (!dialog) make();
  pagefind().then(library => library.init());
  dialog.showModal();
  input.select();
}

button.addEventListener("click", open);
document.addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  open();
});
