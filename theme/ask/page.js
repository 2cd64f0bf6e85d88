// The Ask page. Its address contains the question, and the content follows from the address.

import { answer, facts, film, json, MODELS, parsed, path, Unknown } from "./answers.js";
import { Box, element } from "./box.js";
import { piece } from "./pieces.js";
import { day, dollars, language, monthName, number, setLanguage, share, texts, weekdayName } from "./texts.js";

const find = selector => document.querySelector(selector);
const link = (question, text, asked, ...shown) => element("a", { href: `#${path(question, text, asked)}` }, ...(shown.length ? shown : [text]));
const KINDS = { palabra: "word", género: "genre", productora: "company", "palabras comunes": "common" };

// The address of the API if it serves this site; otherwise that of `make run`.
const SERVED = location.pathname.match(/^(.*)\/eda\/ask\//);
const API = SERVED ? location.origin + SERVED[1] : "http://127.0.0.1:8000";

function call(question, text, asked, told) {
  const address = `${API}${path(question, text, asked)}`.replaceAll("'", "%27");
  const rounded = question === "recomendacion" ? element("p", { class: "note" }, texts.rounded) : null;
  return element("details", { class: "call" }, element("summary", {}, texts.json),
    element("pre", { class: "curl", tabindex: 0 }, `curl '${address}'`), element("pre", { class: "json", tabindex: 0 }, json(told, "  ")), rounded);
}

/* A film */

const times = value => `${number(value, value < 10 ? 2 : 1)} ×`;

function money(told) {
  const most = Math.max(told.inversion, told.ganacia);
  const row = (name, value, kind) => {
    const bar = element("span", { class: `bar-of ${kind}` });
    bar.style.width = `${most ? 100 * value / most : 0}%`;
    return element("div", {}, element("dt", {}, name), element("dd", {}, element("span", { class: "rail" }, bar), value ? dollars(value) : texts.unknownMoney));
  };
  const returned = told.retorno
    ? element("p", { class: "returned" }, element("strong", {}, times(told.retorno)), element("span", {}, texts.returned))
    : element("p", { class: "returned" }, element("span", {}, texts.noReturn));
  return element("div", { class: "money" }, element("dl", {}, row(texts.cost, told.inversion, "cost"), row(texts.earned, told.ganacia, "earned")), returned);
}

function further(told) {
  const [month, weekday] = [new Date(`${told.date}T12:00:00Z`).getUTCMonth(), (new Date(`${told.date}T12:00:00Z`).getUTCDay() + 6) % 7];
  const { mes, dia } = further.calendar;
  const chips = [
    ["peliculas_mes", mes.names[month], monthName(month)], ["peliculas_dia", dia.names[weekday], weekdayName(weekday)],
    ...(told.franchise ? [["franquicia", told.franchise]] : []),
    ...told.countries.slice(0, 4).map(name => ["peliculas_pais", name]), ...told.companies.slice(0, 4).map(name => ["productoras", name]),
  ];
  return element("div", { class: "further" }, element("h3", {}, texts.further), element("ul", { class: "chips" },
    ...chips.map(([question, name, shown]) => element("li", {}, link(question, name, {}, element("small", {}, texts.chips[question]), shown ?? name)))));
}

function shares(motives) {
  const sums = Object.keys(KINDS).map(kind => [kind, motives.reduce((sum, each) => sum + (each.tipo === kind ? each.parte.value : 0), 0)]);
  return sums.filter(([, sum]) => sum > 0);
}

function reasons(each, longest) {
  const parts = shares(each.motivos);
  const said = parts.map(([kind, sum]) => texts.share(texts.kinds[kind], share(sum))).join(", ");
  const bar = element("div", { class: "parts", role: "img", "aria-label": said }, ...parts.map(([kind, sum]) => {
    const part = element("span", { class: KINDS[kind], title: texts.share(texts.kinds[kind], share(sum)) });
    part.style.width = `${100 * sum / longest}%`;
    return part;
  }));
  const heaviest = each.motivos.slice(0, 6).map(motive =>
    element("li", { class: KINDS[motive.tipo] },
      motive.tipo === "palabras comunes" ? `${texts.kinds[motive.tipo]} (${motive.valor})` : motive.valor, element("small", {}, share(motive.parte.value))));
  return [bar, element("ul", { class: "reasons" }, ...heaviest)];
}

function recommendations(model, told, row) {
  const detail = told.recommended[MODELS.indexOf(model)], longest = Math.max(...detail.map(each => shares(each.motivos).reduce((sum, [, part]) => sum + part, 0)), 1e-9);
  const [name, what] = texts.models[model], asked = { modelo: model, id: told.id };
  const shown = detail.map(each => element("li", {},
    element("div", { class: "title" }, link("recomendacion", each.titulo, { id: each.id }), element("span", { class: "year" }, String(each.anio)),
      element("span", { class: "similarity", title: texts.similarity }, element("span", { class: "unseen" }, `${texts.similarity} `), share(each.similitud.value))),
    ...reasons(each, longest)));
  const api = { titulo: told.titulo, anio: told.anio, modelo: model, lista_recomendada: detail.map(each => each.titulo), detalle: detail };
  return element("section", { class: "model", "aria-label": name }, element("h4", {}, name), element("p", { class: "note" }, what),
    shown.length ? element("ol", {}, ...shown) : element("p", {}, texts.nothingShared), call("recomendacion", told.titulo, asked, api));
}

async function showFilm(row) {
  const told = await facts(row);
  const { id, titulo: title, anio: year } = told;
  further.calendar = (await piece("first")).calendario;
  const plain = [day(told.date), told.minutes && texts.minutes(number(told.minutes)), told.vote && texts.vote(number(told.vote, 1))].filter(Boolean).join(" · ");
  const returned = await answer("retorno", title, { id });
  const legend = element("ul", { class: "legend" }, ...Object.entries(texts.kinds).map(([kind, name]) => element("li", { class: KINDS[kind] }, name)));
  return [
    element("header", {}, element("h2", { tabindex: -1 }, title, " ", element("span", { class: "year" }, String(year))),
      element("p", { class: "plain-facts" }, plain), element("ul", { class: "genres" }, ...told.genres.map(name => element("li", {}, name)))),
    money(told), call("retorno", title, { id }, returned), further(told),
    element("div", { class: "heading" }, element("h3", {}, texts.like(title)), legend),
    element("div", { class: "models" }, ...MODELS.map(model => recommendations(model, told, row))),
  ];
}

function refusal(error) {
  if (!(error instanceof Unknown)) return [element("p", { class: "refused" }, texts.failed)];
  const question = { pelicula: "recomendacion", mes: "peliculas_mes", dia: "peliculas_dia", pais: "peliculas_pais", productora: "productoras", franquicia: "franquicia" }[error.kind];
  const near = error.near.map(name => element("li", {}, link(question, name)));
  const rest = error.years.length ? element("p", {}, `${texts.years} ${error.years.join(", ")}.`)
    : near.length ? element("div", { class: "meant" }, element("p", {}, `${texts.meant} …?`), element("ul", { class: "chips" }, ...near)) : element("p", { class: "note" }, texts.nothing);
  return [element("p", { class: "refused", tabindex: -1 }, texts.unknown(error.text)), rest];
}

/* The six questions */

const SAYS = {
  peliculas_mes: told => [number(told.cantidad), texts.films(String(told.cantidad)), shownMonth(told.mes)],
  peliculas_dia: told => [number(told.cantidad), texts.films(String(told.cantidad)), shownDay(told.dia)],
  peliculas_pais: told => [number(told.cantidad), texts.films(String(told.cantidad)), told.pais],
  franquicia: told => [dollars(told.ganancia_total), `${number(told.cantidad)} ${texts.films(String(told.cantidad))} · ${texts.mean(dollars(Math.round(told.ganancia_promedio.value)))}`, told.franquicia],
  productoras: told => [dollars(told.ganancia_total), `${number(told.cantidad)} ${texts.films(String(told.cantidad))}`, told.productora],
  retorno: told => [times(told.retorno.value), `${told.inversion ? dollars(told.inversion) : texts.unknownMoney} → ${told.ganacia ? dollars(told.ganacia) : texts.unknownMoney}`, `${told.pelicula} (${told.anio})`],
};
const TABLES = { franquicia: "franquicias", peliculas_pais: "paises", productoras: "productoras", retorno: "peliculas" };
const EXAMPLES = { franquicia: "Toy Story", peliculas_pais: "España", productoras: "Universal Studios", retorno: "Godzilla" };
const shownMonth = name => monthName(further.calendar.mes.names.indexOf(name));
const shownDay = name => weekdayName(further.calendar.dia.names.indexOf(name));
const go = (question, text, asked) => { location.hash = path(question, text, asked); };

function way(question) {
  const [asks, label] = texts.ways[question], id = `way-${question}`, control = TABLES[question]
    ? element("input", { id, type: "text", placeholder: EXAMPLES[question] })
    : element("select", { id, onchange: event => event.target.value && go(question, event.target.value) });
  const card = element("section", { class: "way", "data-question": question }, element("h3", {}, element("label", { for: id }, asks)), element("div", { class: "control" }, control), element("div", { class: "told", "aria-live": "polite" }));
  if (TABLES[question]) {
    new Box(control, TABLES[question], (row, text) => go(question, text, row && question === "retorno" ? { id: row[2] } : {})).name(label);
  } else {
    const { names } = further.calendar[question === "peliculas_mes" ? "mes" : "dia"], shown = question === "peliculas_mes" ? monthName : weekdayName;
    control.append(element("option", { value: "" }, texts.choose), ...names.map((name, at) => element("option", { value: name }, shown(at))));
  }
  return card;
}

async function showWay({ question, text, asked }) {
  const card = find(`.way[data-question="${question}"]`), told = card.querySelector(".told"), control = card.querySelector("input, select");
  for (const other of document.querySelectorAll(".way .told")) other.replaceChildren();
  try {
    const found = await answer(question, text, asked), [figure, beside, name] = SAYS[question](found);
    control.value = control.matches("select") ? Object.values(found)[0] : text;
    told.replaceChildren(element("p", { class: "figure" }, element("strong", {}, figure)), element("p", { class: "beside" }, element("b", {}, name), " · ", beside), call(question, text, asked, found));
  } catch (error) {
    told.replaceChildren(...refusal(error));
  }
  card.scrollIntoView({ block: "nearest" });
}

/* The page */

let turn = 0;

async function show(moved) {
  const asked = parsed(location.hash), place = find("#answer"), mine = ++turn, isFilm = asked?.question === "recomendacion";
  document.body.classList.toggle("asked", isFilm);
  if (!asked) place.replaceChildren();
  if (asked && !isFilm) return showWay(asked);
  if (!asked) return;
  let content;
  place.setAttribute("aria-busy", "true");
  try {
    const row = await film(asked.text, asked.asked);
    content = await showFilm(row);
    find("#title").value = row[1];
    document.title = `${row[1]} · ${texts.title}`;
  } catch (error) {
    content = refusal(error);
  }
  if (mine !== turn) return;
  place.replaceChildren(...content);
  place.removeAttribute("aria-busy");
  if (moved) {
    window.scrollTo({ top: 0 });
    place.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
  }
}

function write() {
  document.documentElement.lang = language;
  document.title = `${texts.title} · moviesmlops`;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[place.dataset.text];
  find("#title").placeholder = texts.placeholder;
  write.box.name(texts.label);
  find(".languages").setAttribute("aria-label", texts.language);
  for (const button of document.querySelectorAll(".languages button")) button.setAttribute("aria-pressed", button.lang === language);
  find("#ways").replaceChildren(...Object.keys(texts.ways).map(way));
}

async function begin() {
  const chosen = (row, text) => go("recomendacion", text, row ? { id: row[2] } : {});
  write.box = new Box(find("#title"), "peliculas", chosen);
  const { calendario, ejemplos } = await piece("first");
  further.calendar = calendario;
  write();
  find("#examples").append(...ejemplos.map(([, title, id]) => element("li", {}, link("recomendacion", title, { id }))));
  for (const button of document.querySelectorAll(".languages button")) button.addEventListener("click", () => { setLanguage(button.lang); write(); show(false); });
  find("#ask").addEventListener("submit", event => { event.preventDefault(); if (find("#title").value.trim()) chosen(null, find("#title").value.trim()); });
  window.addEventListener("hashchange", () => show(true));
  await show(false);
  document.body.dataset.ready = "";
}

begin().catch(() => find("#answer").replaceChildren(element("p", { class: "refused" }, texts.failed)));
