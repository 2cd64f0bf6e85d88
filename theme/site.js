// Interactive charts and sortable tables; without Quarto, also dark mode and the menu; with it, what its pages lack on phones.

const here = new URL(".", document.currentScript.src);

let library;  // Vega; fetched when the first interactive chart comes into view

function chartLibrary() {
  return library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: new URL("vega.js", here), onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

async function activateChart(drawing) {  // the visible one of a figure's two drawings
  await chartLibrary();
  const figure = drawing.closest("figure"), live = document.createElement("div");
  const { datasets, ...specs } = JSON.parse(figure.querySelector("script").textContent);
  const options = { actions: false, ast: true, renderer: "svg", tooltip: { theme: "custom" } };
  await vegaEmbed(live, { ...specs[drawing.className], datasets }, options);
  drawing.replaceChildren(live);
  figure.classList.add("live");
}

function makeSortable(table) {
  const headers = [...table.querySelectorAll("thead tr:last-child th")];
  const sortKey = cell => {
    const text = cell?.dataset.value ?? cell?.textContent.trim() ?? "";
    const number = Number(text.replace(/ \[.*\]$/, "").replace(/[,%\s]/g, "").replace("−", "-"));
    return text === "" || Number.isNaN(number) ? text.toLowerCase() : number;
  };
  const compare = (one, other) => {  // numbers before texts
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return typeof one === "number" ? one - other : one.localeCompare(other);
  };
  headers.forEach(header => {
    if (!header.textContent.trim()) return;
    const button = document.createElement("button");
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const descending = header.getAttribute("aria-sort") === "ascending";
      headers.forEach(other => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const key = row => sortKey(row.cells[header.cellIndex]), direction = descending ? -1 : 1;
      const rows = [...table.tBodies[0].rows].sort((one, other) => compare(key(one), key(other)) * direction);
      table.tBodies[0].append(...rows);
    });
  });
}

for (const table of document.querySelectorAll("main table")) {
  table.classList.add("sortable");
  if (!table.parentElement.matches(".scroll, [style*='overflow-x']")) {
    const frame = document.createElement("div");
    frame.className = "scroll";
    table.replaceWith(frame);
    frame.append(table);
  }
  if (table.tBodies.length && table.tBodies[0].rows.length > 2) makeSortable(table);
}
for (const frame of document.querySelectorAll(".scroll, [style*='overflow-x'], pre, p:has(> math)")) frame.tabIndex = 0;

const sizes = new ResizeObserver(entries => {
  for (const { target } of entries) {
    const wide = target.scrollWidth > target.clientWidth + 1, long = target.scrollHeight > target.clientHeight + 1;
    target.parentElement.classList.toggle("wider", target.matches("pre") ? long : wide);
  }
});
function addScrollHint(frame, text) {  // adds a hint that is shown while there is more to scroll to
  const around = document.createElement("div"), hint = document.createElement("p");
  Object.assign(hint, { className: "more", textContent: text });
  frame.replaceWith(around);
  around.append(hint, frame);
  sizes.observe(frame);
}
for (const frame of document.querySelectorAll("div:has(> table.sortable)")) addScrollHint(frame, "more columns: scroll sideways →");
for (const frame of document.querySelectorAll(".plain .output pre")) addScrollHint(frame, "more lines: scroll down ↓");

const toggle = document.querySelector("button.theme");
toggle?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("quarto-color-scheme", dark ? "default" : "alternate");  // as on pages rendered by Quarto
});

const pages = document.querySelector(".plain .pages"), current = pages?.querySelector("[aria-current]");
function showCurrent() {  // scrolls the list of pages to the current page
  if (current) pages.scrollTop = current.offsetTop - pages.clientHeight / 2;
}
showCurrent();

const menu = document.querySelector("button.menu");
function openMenu(open) {
  document.body.classList.toggle("menu-open", open);
  showCurrent();
  menu.setAttribute("aria-expanded", open);
}
menu?.addEventListener("click", () => openMenu(!document.body.matches(".menu-open")));
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !document.body.matches(".menu-open")) return;
  openMenu(false);
  menu.focus();
});

const labels = { "nav.navbar": "Sections", "#quarto-sidebar": "Pages", ".quarto-secondary-nav nav": "Place", ".page-navigation": "Next pages" };
for (const [selector, label] of Object.entries(labels)) document.querySelector(selector)?.setAttribute("aria-label", label);
document.querySelector(".navbar-toggler")?.removeAttribute("role");
for (const link of document.querySelectorAll("#quarto-sidebar a[role=navigation]")) link.setAttribute("role", "button");

const margin = document.querySelector("#quarto-margin-sidebar");  // of Quarto, hidden on phones
if (margin) {
  const links = document.createElement("p"), header = document.querySelector("#title-block-header");
  links.className = "links short";
  links.append(...[...margin.querySelectorAll(".quarto-code-links a")].map(link => {
    const copy = link.cloneNode(true);
    copy.querySelector("i")?.remove();
    return copy;
  }));
  header?.append(links);
  const list = margin.querySelector("#TOC > ul")?.cloneNode(true);
  if (list) {
    const contents = document.createElement("details"), summary = document.createElement("summary");
    contents.className = "contents short";
    summary.textContent = "On this page";
    for (const link of list.querySelectorAll("a")) link.removeAttribute("id"), link.removeAttribute("data-scroll-target");
    contents.append(summary, list);
    header?.after(contents);
  }
}

const chartObserver = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    chartObserver.unobserve(target);
    activateChart(target);
  }
}, { rootMargin: "300px" });
for (const drawing of document.querySelectorAll("figure.chart:has(> script) :is(.wide, .phone)")) chartObserver.observe(drawing);

if (document.querySelector("#ask.here")) import("./ask/home.js");
