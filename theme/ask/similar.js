// Recommendations that pass filters: from the API if it serves the page, otherwise among those that are stored.

import { buildPath, buildQuery, filmFacts, findFilm, STORED_PER_MODEL } from "./answers.js";
import { AnswerError, fetchAnswer, isServed } from "./api.js";
import { createElement, SuggestionBox } from "./box.js";
import { Names } from "./index.js";
import { genreName, languageName, texts } from "./texts.js";

const FILTERS = ["genero", "sin_genero", "desde", "hasta", "idioma", "pais", "sin_saga"];  // parameters of the API
const COUNTS = [STORED_PER_MODEL, 10, 20];

export function readFilters(parameters) {
  const filters = Object.fromEntries(FILTERS.filter(name => parameters[name]).map(name => [name, parameters[name]]));
  return { filters, n: COUNTS.find(count => count === Number(parameters.n)) ?? STORED_PER_MODEL };
}

/* Without the API */

const passes = (other, film, { genero, sin_genero, desde, hasta, idioma, pais, sin_saga }) =>
  (!genero || other.genres.includes(genero)) && !other.genres.includes(sin_genero)
  && (!desde || other.anio >= desde) && (!hasta || other.anio <= hasta) && (!idioma || other.language === idioma)
  && (!pais || other.countries.includes(pais)) && !(sin_saga && film.franchise && film.franchise === other.franchise);

async function filterStored(stored, film, filters) {
  if (!Object.keys(filters).length) return stored;
  const [country] = filters.pais ? await (await Names.open("paises")).find(filters.pais) : [];
  if (filters.pais && !country) throw new AnswerError(texts.unknown(filters.pais));
  const facts = await Promise.all(stored.map(async each => filmFacts(await findFilm(each.titulo, { id: each.id }))));
  return stored.filter((_, index) => passes(facts[index], film, { ...filters, pais: country?.[1] }));
}

/* With or without */

// The recommendations of a model; path: of the API's answer; response: that answer, if known; shortage: why there are fewer than n.
export async function recommend(model, film, { filters, n }) {
  const { id, titulo, anio } = film, stored = film.recommended[model], isFiltered = Object.keys(filters).length > 0;
  const served = await isServed, isStoredList = !isFiltered && n === STORED_PER_MODEL;
  const path = isStoredList ? buildPath("recomendacion", titulo, { modelo: model, id })
    : `/peliculas/${id}/recomendaciones${buildQuery({ modelo: model, n, ...filters })}`;
  let films, response = null;
  if (isStoredList) {
    films = stored;
    response = { titulo, anio, modelo: model, lista_recomendada: films.map(each => each.titulo), detalle: films };
  } else if (served) {
    response = await fetchAnswer(path);
    films = response.resultados;
  } else {
    films = await filterStored(stored, film, filters);
  }
  const isWhole = served || isStoredList || stored.length < STORED_PER_MODEL;
  const reason = !isWhole ? texts.onlyStored(STORED_PER_MODEL) : isFiltered ? texts.noneElsePasses : texts.noneElseShares;
  return { films, path, response, shortage: films.length < n ? texts.shortage(films.length, n, reason) : "" };
}

/* The form */

const createField = (tag, name, attributes, ...children) => {
  const id = `filter-${name}`, control = createElement("div", { class: "control" }, createElement(tag, { id, name, ...attributes }, ...children));
  return createElement("div", {}, createElement("label", { for: id }, texts.filters[name]), control);
};
const createSelect = (name, choices) =>
  createField("select", name, {}, ...choices.map(([value, label]) => createElement("option", { value }, label)));
const createYear = name => createField("input", name, { type: "number", min: 1800, max: 2200 });
const byLabel = (one, other) => one[1].localeCompare(other[1]);

export function createFilterForm({ generos, idiomas }, apply) {
  const any = ["", texts.any], genres = generos.map(names => [names[0], genreName(names)]).sort(byLabel);
  const languages = idiomas.map(code => [code, languageName(code)]).sort(byLabel);
  const form = createElement("form", { class: "filters", autocomplete: "off" },
    createSelect("genero", [any, ...genres]), createSelect("sin_genero", [["", texts.none], ...genres]),
    createYear("desde"), createYear("hasta"), createSelect("idioma", [any, ...languages]),
    createField("input", "pais", { type: "text" }), createSelect("n", COUNTS.map(count => [count, String(count)])),
    createElement("label", { class: "check" }, createElement("input", { name: "sin_saga", type: "checkbox", value: "true" }), " ", texts.filters.sin_saga),
    createElement("div", { class: "buttons" }, createElement("button", { type: "submit" }, texts.apply),
      createElement("button", { type: "button", class: "secondary", onclick: () => apply({}) }, texts.removeFilters)));
  new SuggestionBox(form.elements.pais, "paises", row => row || form.requestSubmit()).setLabel(texts.filters.pais);
  form.addEventListener("submit", event => {
    event.preventDefault();
    const { n, ...filters } = Object.fromEntries(new FormData(form));
    apply({ ...filters, n: Number(n) === STORED_PER_MODEL ? "" : n });
  });
  return form;
}

export function fillFilterForm(form, { filters, n }) {
  for (const name of FILTERS) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = Boolean(filters[name]);
    else field.value = filters[name] ?? "";
  }
  form.elements.n.value = n;
}
