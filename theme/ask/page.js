// The Ask page. Its address contains the question, and the content follows from the address.

import { formatMoney, formatReturn, isDoubtful } from "./amounts.js";
import { answer, buildPath, countKnownRevenues, filmFacts, findFilm, MODELS, parsePath, UnknownName } from "./answers.js";
import { AnswerError, apiDetails } from "./api.js";
import { createElement, SuggestionBox } from "./box.js";
import { createListContent, describeFilters, linkToList } from "./list.js";
import { fetchPiece } from "./pieces.js";
import { createFilterForm, fillFilterForm, readFilters, recommend } from "./similar.js";
import {
  formatDate, formatDollars, formatNumber, formatShare, genreName, language, monthName, setLanguage, texts, weekdayName,
} from "./texts.js";

const find = selector => document.querySelector(selector);
const createLink = (question, text, parameters, ...content) =>
  createElement("a", { href: `#${buildPath(question, text, parameters)}` }, ...(content.length ? content : [text]));
const REASON_CLASSES = {
  palabra: "word", género: "genre", productora: "company", "palabras comunes": "common",
  dirección: "director", reparto: "cast", tema: "keyword", época: "period", país: "country",
};
const SIMILARITY_THRESHOLDS = { coseno: [0.3, 0.2], knn: [0.4, 0.3], ampliado: [0.3, 0.2] };  // as in 09_recommender

/* A film */

let calendar, genres;  // the names of months and weekdays in the API; those of each genre, in the table and in Spanish

const translateGenre = name => genreName(genres.generos.find(([other]) => other === name) ?? [name]);

function moneySection(facts) {
  const larger = Math.max(facts.inversion, facts.ganacia);
  const createRow = (name, value, kind) => {
    const bar = createElement("span", { class: `bar-of ${kind}` });
    bar.style.width = `${larger ? 100 * value / larger : 0}%`;
    return createElement("div", {}, createElement("dt", {}, name),
      createElement("dd", {}, createElement("span", { class: "rail" }, bar), formatMoney(value)));
  };
  const returnText = facts.retorno
    ? createElement("p", { class: "returned" }, createElement("strong", {}, formatReturn(facts.retorno)),
      createElement("span", {}, [facts.inversion, facts.ganacia].some(isDoubtful) ? texts.doubtfulReturn : texts.returned))
    : createElement("p", { class: "returned" }, createElement("span", {}, texts.noReturn));
  const rows = [createRow(texts.budget, facts.inversion, "cost"), createRow(texts.revenue, facts.ganacia, "earned")];
  const money = createElement("div", { class: "money" }, createElement("dl", {}, ...rows), returnText);
  return larger ? [money, createElement("p", { class: "note" }, texts.nominal)] : [money];
}

function relatedQuestions(facts) {
  const date = new Date(`${facts.date}T12:00:00Z`), month = date.getUTCMonth(), weekday = (date.getUTCDay() + 6) % 7;
  const questions = [
    ["peliculas_mes", calendar.mes.names[month], monthName(month)], ["peliculas_dia", calendar.dia.names[weekday], weekdayName(weekday)],
    ...(facts.franchise ? [["franquicia", facts.franchise]] : []),
    ...facts.countries.slice(0, 4).map(name => ["peliculas_pais", name]),
    ...facts.companies.slice(0, 4).map(name => ["productoras", name]),
  ];
  const items = questions.map(([question, name, label]) =>
    createElement("li", {}, createLink(question, name, {}, createElement("small", {}, texts.chips[question]), label ?? name)));
  return createElement("div", { class: "further" }, createElement("h3", {}, texts.further), createElement("ul", { class: "chips" }, ...items));
}

// The share of each kind of reason in the similarity.
function sharesByKind(reasons) {
  const sum = kind => reasons.reduce((total, reason) => total + (reason.tipo === kind ? Number(reason.parte) : 0), 0);
  return Object.keys(REASON_CLASSES).map(kind => [kind, sum(kind)]).filter(([, share]) => share > 0);
}

const totalShare = recommendation => sharesByKind(recommendation.motivos).reduce((total, [, share]) => total + share, 0);

function reasonElements(recommendation, largestTotal) {
  const shares = sharesByKind(recommendation.motivos);
  const describeShare = ([kind, share]) => texts.share(texts.kinds[kind], formatShare(share));
  const segments = shares.map(([kind, share]) => {
    const segment = createElement("span", { class: REASON_CLASSES[kind], title: describeShare([kind, share]) });
    segment.style.width = `${100 * share / largestTotal}%`;
    return segment;
  });
  const label = shares.map(describeShare).join(", ");
  const bar = createElement("div", { class: "parts", role: "img", "aria-label": label }, ...segments);
  const reasonTexts = {
    "palabras comunes": value => `${texts.kinds["palabras comunes"]} (${value})`, época: value => texts.yearsApart(Number(value)),
    género: translateGenre,
  };
  const reasonText = reason => reasonTexts[reason.tipo]?.(reason.valor) ?? reason.valor;
  const items = recommendation.motivos.slice(0, 8).map(reason =>
    createElement("li", { class: REASON_CLASSES[reason.tipo] }, reasonText(reason), createElement("small", {}, formatShare(Number(reason.parte)))));
  return [bar, createElement("ul", { class: "reasons" }, ...items)];
}

async function recommendationSection(model, facts, asked) {
  const { films: recommendations, path, response, shortage } = await recommend(model, facts, asked);
  const [name, description] = texts.models[model];
  const similarityWord = value => texts.similarityWords[SIMILARITY_THRESHOLDS[model].filter(threshold => value < threshold).length];
  const largestTotal = Math.max(...recommendations.map(totalShare), 1e-9);
  const items = recommendations.map(recommendation => createElement("li", {},
    createElement("div", { class: "title" }, createLink("recomendacion", recommendation.titulo, { id: recommendation.id }),
      createElement("span", { class: "year" }, String(recommendation.anio)),
      createElement("span", { class: "similarity", title: texts.similarity },
        createElement("span", { class: "unseen" }, `${texts.similarity} `), createElement("small", {}, similarityWord(recommendation.similitud)),
        " ", formatShare(Number(recommendation.similitud)))),
    ...reasonElements(recommendation, largestTotal)));
  return createElement("section", { class: "model", "aria-label": name }, createElement("h4", {}, name),
    createElement("p", { class: "note" }, description),
    items.length ? createElement("ol", {}, ...items) : null, shortage && createElement("p", { class: "shortage" }, shortage),
    apiDetails(path, response, path.startsWith("/recomendacion/") ? texts.rounded : null));
}

// Fill the part of a film's page that depends on the filters.
async function showSimilar(content, facts, parameters) {
  const asked = readFilters(parameters), current = turn, details = content.querySelector("details.narrow"), sections = content.querySelector(".models");
  fillFilterForm(details.querySelector("form"), asked);
  details.open ||= Object.keys(asked.filters).length > 0 || Boolean(parameters.n);
  const found = await Promise.all(MODELS.map(model => recommendationSection(model, facts, asked))).catch(createErrorContent);
  if (current === turn) sections.replaceChildren(...found);
}

function createFilters({ titulo, id }) {
  const apply = filters => goTo("recomendacion", titulo, { id, ...filters });
  return createElement("details", { class: "narrow" }, createElement("summary", {}, texts.filterHeading), createFilterForm(genres, apply));
}

async function createFilmContent(row, parameters) {
  const facts = await filmFacts(row), { id, titulo: title, anio: year } = facts;
  const minutes = facts.minutes && texts.minutes(formatNumber(facts.minutes)), vote = facts.vote && texts.vote(formatNumber(facts.vote, 1));
  const summary = [formatDate(facts.date), minutes, vote].filter(Boolean).join(" · ");
  const otherTitles = [...facts.spanishTitles.map(texts.spanishTitle), ...facts.originalTitles.map(texts.originalTitle)].join(" · ");
  const returnResponse = await answer("retorno", title, { id });
  const legendItems = Object.entries(texts.kinds).map(([kind, name]) => createElement("li", { class: REASON_CLASSES[kind] }, name));
  const genres = facts.genres.map(name => createElement("li", {}, translateGenre(name)));
  const similar = createElement("section", { id: "similar", "aria-label": texts.like(title) },
    createElement("div", { class: "heading" }, createElement("h3", {}, texts.like(title)), createElement("ul", { class: "legend" }, ...legendItems)),
    createFilters(facts), createElement("div", { class: "models" }));
  shownFacts = facts;
  await showSimilar(similar, facts, parameters);
  return [
    createElement("header", {}, createElement("h2", { tabindex: -1 }, title, " ", createElement("span", { class: "year" }, String(year))),
      createElement("p", { class: "plain-facts" }, summary),
      ...(otherTitles ? [createElement("p", { class: "plain-facts other-titles" }, otherTitles)] : []), createElement("ul", { class: "genres" }, ...genres)),
    ...moneySection(facts), apiDetails(buildPath("retorno", title, { id }), returnResponse), relatedQuestions(facts), similar,
  ];
}

const QUESTION_OF_KIND = {
  pelicula: "recomendacion", mes: "peliculas_mes", dia: "peliculas_dia", pais: "peliculas_pais", productora: "productoras", franquicia: "franquicia",
};

function createErrorContent(error) {
  if (error instanceof AnswerError) return [createElement("p", { class: "refused", tabindex: -1 }, error.message)];
  if (!(error instanceof UnknownName)) return [createElement("p", { class: "refused" }, texts.failed)];
  const message = createElement("p", { class: "refused", tabindex: -1 }, texts.unknown(error.text));
  if (error.years.length) return [message, createElement("p", {}, `${texts.years} ${error.years.join(", ")}.`)];
  if (!error.suggestions.length) return [message, createElement("p", { class: "note" }, texts.nothing)];
  const links = error.suggestions.map(name => createElement("li", {}, createLink(QUESTION_OF_KIND[error.kind], name)));
  return [message, createElement("div", { class: "meant" }, createElement("p", {}, `${texts.meant} …?`), createElement("ul", { class: "chips" }, ...links))];
}

/* The six questions */

const filmCount = count => `${formatNumber(count)} ${texts.films(String(count))}`;

// The total revenue of some films, and of how many of them it is known.
function revenueTexts(total, count, known, more = "") {
  if (!known) return [texts.noneKnown(formatNumber(count)), filmCount(count)];
  return [formatMoney(total), `${filmCount(count)} · ${texts.knownRevenue(formatNumber(known), formatNumber(count))}${more}`];
}

// The figure of an answer, the text next to it, and the name that was found.
const ANSWER_TEXTS = {
  peliculas_mes: ({ cantidad, mes }) => [formatNumber(cantidad), texts.films(String(cantidad)), monthName(calendar.mes.names.indexOf(mes))],
  peliculas_dia: ({ cantidad, dia }) => [formatNumber(cantidad), texts.films(String(cantidad)), weekdayName(calendar.dia.names.indexOf(dia))],
  peliculas_pais: ({ cantidad, pais }) => [formatNumber(cantidad), texts.films(String(cantidad)), pais],
  franquicia: ({ franquicia, cantidad, ganancia_total, ganancia_promedio }, known) => {
    const mean = known ? ` · ${texts.mean(formatDollars(Math.round(ganancia_promedio)))}` : "";
    return [...revenueTexts(ganancia_total, cantidad, known, mean), franquicia];
  },
  productoras: ({ productora, cantidad, ganancia_total }, known) => [...revenueTexts(ganancia_total, cantidad, known), productora],
  retorno: ({ pelicula, anio, inversion, ganacia, retorno }) =>
    [formatReturn(Number(retorno), inversion, ganacia), `${formatMoney(inversion)} → ${formatMoney(ganacia)}`, `${pelicula} (${anio})`],
};
const NAME_TABLES = { franquicia: "franquicias", peliculas_pais: "paises", productoras: "productoras", retorno: "peliculas" };
const EXAMPLES = { franquicia: "Toy Story", peliculas_pais: "España", productoras: "Universal Studios", retorno: "Godzilla" };
const goTo = (question, text, parameters) => { location.hash = buildPath(question, text, parameters); };

function createNameInput(id, question, label) {
  const input = createElement("input", { id, type: "text", placeholder: EXAMPLES[question] });
  const control = createElement("div", { class: "control" }, input);
  const onChoice = (row, text) => goTo(question, text, row && question === "retorno" ? { id: row[2] } : {});
  new SuggestionBox(input, NAME_TABLES[question], onChoice).setLabel(label);
  return control;
}

function createCalendarSelect(id, question) {
  const isMonth = question === "peliculas_mes", { names } = calendar[isMonth ? "mes" : "dia"], translate = isMonth ? monthName : weekdayName;
  const options = names.map((name, position) => createElement("option", { value: name }, translate(position)));
  const select = createElement("select", { id, onchange: event => event.target.value && goTo(question, event.target.value) },
    createElement("option", { value: "" }, texts.choose), ...options);
  return createElement("div", { class: "control" }, select);
}

function createQuestionCard(question) {
  const [heading, label] = texts.ways[question], id = `way-${question}`;
  const control = NAME_TABLES[question] ? createNameInput(id, question, label) : createCalendarSelect(id, question);
  return createElement("section", { class: "way", "data-question": question },
    createElement("h3", {}, createElement("label", { for: id }, heading)), control, createElement("div", { class: "told", "aria-live": "polite" }));
}

async function showAnswer({ question, text, parameters }) {
  const card = find(`.way[data-question="${question}"]`), output = card.querySelector(".told"), control = card.querySelector("input, select");
  for (const other of document.querySelectorAll(".way .told")) other.replaceChildren();
  try {
    const response = await answer(question, text, parameters), known = await countKnownRevenues(question, text);
    const [figure, description, name] = ANSWER_TEXTS[question](response, known), isJanuary = response.mes === calendar.mes.names[0];
    control.value = control.matches("select") ? response.mes ?? response.dia : text;
    output.replaceChildren(createElement("p", { class: "figure" }, createElement("strong", {}, figure)),
      createElement("p", { class: "beside" }, createElement("b", {}, name), " · ", description),
      isJanuary ? createElement("p", { class: "note" }, texts.january) : "", await linkToList(question, response) ?? "",
      apiDetails(buildPath(question, text, parameters), response));
  } catch (error) {
    output.replaceChildren(...createErrorContent(error));
  }
  card.scrollIntoView({ block: "nearest" });
}

/* The page */

let titleBox, shownFacts, turn = 0;  // shownFacts: of the last film; turn: the number of addresses shown so far

async function showAddress(moveFocus) {
  const request = parsePath(location.hash), container = find("#answer"), current = ++turn, isFilm = request?.question === "recomendacion";
  const isList = request?.question === "peliculas";
  document.body.classList.toggle("asked", isFilm || isList);
  if (!request) return container.replaceChildren();
  if (!isFilm && !isList) return showAnswer(request);
  let content, name;
  container.setAttribute("aria-busy", "true");
  try {
    if (isFilm) {
      const row = await findFilm(request.text, request.parameters), similar = find("#similar");
      if (moveFocus && similar && shownFacts.id === row[2]) {  // only the filters have changed
        await showSimilar(similar, shownFacts, request.parameters);
        return container.removeAttribute("aria-busy");
      }
      content = await createFilmContent(row, request.parameters);
      name = find("#title").value = row[1];
    } else {
      content = await createListContent(request.parameters, calendar);
      name = describeFilters(request.parameters, calendar);
    }
    document.title = `${name} · ${texts.title}`;
  } catch (error) {
    content = createErrorContent(error);
  }
  if (current !== turn) return;  // another address has been opened
  container.replaceChildren(...content);
  container.removeAttribute("aria-busy");
  if (moveFocus) {
    window.scrollTo({ top: 0 });
    container.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
  }
}

function showTexts() {
  document.documentElement.lang = language;
  document.title = `${texts.title} · moviesmlops`;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  find("#title").placeholder = texts.placeholder;
  titleBox.setLabel(texts.label);
  find(".languages").setAttribute("aria-label", texts.language);
  for (const button of document.querySelectorAll(".languages button")) button.setAttribute("aria-pressed", button.lang === language);
  find("#ways").replaceChildren(...Object.keys(texts.ways).map(createQuestionCard));
}

function changeLanguage(chosen) {
  setLanguage(chosen);
  showTexts();
  showAddress(false);
}

async function start() {
  const goToFilm = (row, text) => goTo("recomendacion", text, row ? { id: row[2] } : {});
  titleBox = new SuggestionBox(find("#title"), "peliculas", goToFilm);
  const { calendario, ejemplos, generos, idiomas } = await fetchPiece("first");
  calendar = calendario;
  genres = { generos, idiomas };
  showTexts();
  find("#examples").append(...ejemplos.map(([, title, id]) => createElement("li", {}, createLink("recomendacion", title, { id }))));
  for (const button of document.querySelectorAll(".languages button")) button.addEventListener("click", () => changeLanguage(button.lang));
  find("#ask").addEventListener("submit", event => {
    event.preventDefault();
    const title = find("#title").value.trim();
    if (title) goToFilm(null, title);
  });
  window.addEventListener("hashchange", () => showAddress(true));
  await showAddress(false);
  document.body.dataset.ready = "";
}

start().catch(() => find("#answer").replaceChildren(createElement("p", { class: "refused" }, texts.failed)));
