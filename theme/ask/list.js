// The films behind a count, page by page, with a link to all of them as CSV. The API answers.

import { buildPath, buildQuery } from "./answers.js";
import { formatMoney, formatReturn } from "./amounts.js";
import { API, apiDetails, fetchAnswer, isServed } from "./api.js";
import { createElement } from "./box.js";
import { formatNumber, monthName, texts, weekdayName } from "./texts.js";

export const FILTER_OF_QUESTION = {
  peliculas_mes: "mes", peliculas_dia: "dia", peliculas_pais: "pais", productoras: "productora", franquicia: "franquicia",
};
export const listPath = parameters => `/peliculas${buildQuery(parameters)}`;

// The link to the films behind the count of an answer; without the API, a sentence.
export async function linkToList(question, response) {
  const filter = FILTER_OF_QUESTION[question];
  if (!filter || !response.cantidad) return null;
  if (!await isServed) return createElement("p", { class: "note" }, texts.listNeedsApi);
  const link = createElement("a", { href: `#${listPath({ [filter]: response[filter] })}` }, texts.openList(response.cantidad));
  return createElement("p", { class: "films" }, link);
}

const COLUMNS = [["titulo", ""], ["anio", "number"], ["presupuesto", "number wide"], ["recaudacion", "number"], ["retorno", "number"]];

function createRow({ id, titulo, anio, presupuesto, recaudacion, retorno }) {
  const link = createElement("a", { href: `#${buildPath("recomendacion", titulo, { id })}` }, titulo);
  const cells = [link, String(anio), formatMoney(presupuesto), formatMoney(recaudacion), formatReturn(retorno, presupuesto, recaudacion)];
  return createElement("tr", {}, ...cells.map((cell, index) => createElement("td", { class: COLUMNS[index][1] || null }, cell)));
}

function createTable(name) {
  const headings = COLUMNS.map(([key, kind]) => createElement("th", { scope: "col", class: kind || null }, texts.columns[key]));
  return createElement("table", { class: "films" }, createElement("caption", { class: "unseen" }, name),
    createElement("thead", {}, createElement("tr", {}, ...headings)), createElement("tbody"));
}

function createOrderSelect(parameters) {
  const options = Object.entries(texts.orders).map(([order, label]) =>
    createElement("option", { value: order, selected: order === parameters.orden }, label));
  const onchange = event => { location.hash = listPath({ ...parameters, orden: event.target.value }); };
  return createElement("label", { class: "order" }, texts.order, " ",
    createElement("span", { class: "control" }, createElement("select", { onchange }, ...options)));
}

// The name of what the films have in common, such as the month, in the language of the page.
export function describeFilters({ orden, ...filters }, calendar) {
  const names = {
    mes: value => calendar.mes.names.includes(value) ? monthName(calendar.mes.names.indexOf(value)) : value,
    dia: value => calendar.dia.names.includes(value) ? weekdayName(calendar.dia.names.indexOf(value)) : value,
  };
  return Object.entries(filters).map(([filter, value]) => names[filter]?.(value) ?? value).join(" · ") || texts.allFilms;
}

export async function createListContent(parameters, calendar) {
  const name = describeFilters(parameters, calendar), path = listPath(parameters);
  const heading = createElement("h2", { tabindex: -1 }, name);
  if (!await isServed) return [heading, createElement("p", {}, texts.listNeedsApi), apiDetails(path)];
  let page = await fetchAnswer(path);
  const table = createTable(name), status = createElement("p", { class: "plain-facts", role: "status" });
  const more = createElement("button", { type: "button", class: "secondary", onclick: showNextPage }, texts.more);
  const showPage = () => {
    const rows = page.resultados.map(createRow);
    table.tBodies[0].append(...rows);
    status.textContent = texts.shownOf(formatNumber(table.tBodies[0].rows.length), formatNumber(page.total), page.total);
    more.hidden = !page.siguiente;
    return rows[0];
  };
  async function showNextPage() {
    try {
      page = await fetchAnswer(listPath({ ...parameters, despues: page.siguiente }));
    } catch {
      status.textContent = texts.failed;
      return;
    }
    showPage().querySelector("a").focus();
  }
  showPage();
  const csv = createElement("a", { href: `${API}${listPath({ ...parameters, formato: "csv" })}`, download: "" }, texts.csv);
  const isJanuary = parameters.mes === calendar.mes.names[0];
  return [heading, status, isJanuary ? createElement("p", { class: "note" }, texts.january) : "",
    createElement("div", { class: "list-tools" }, createOrderSelect(parameters), csv), table, more, apiDetails(path)];
}
