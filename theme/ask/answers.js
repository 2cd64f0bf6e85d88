// Computes the API's answers from the data files. Questions have the paths of the API, answers the same JSON.

import { fold } from "./names.js";
import { Names } from "./index.js";
import { fetchPiece } from "./pieces.js";

export const MODELS = ["ampliado", "coseno", "knn"];  // in the order of the page
const STORED_MODELS = ["coseno", "knn", "ampliado"];
const REASON_KINDS = {
  w: "palabra", g: "género", c: "productora", u: "palabras comunes", d: "dirección", a: "reparto", k: "tema", y: "época", p: "país",
};
const MILLION = 1_000_000;
export const STORED_PER_MODEL = 5;  // recommendations, as in 33_ask

export class UnknownName extends Error {
  constructor(kind, text, suggestions = [], years = []) {
    super(`${kind}: ${text}`);
    Object.assign(this, { kind, text, suggestions, years });
  }
}

// A number that is written with a decimal point in JSON even if it is an integer, as in the API.
class Real {
  constructor(value) { this.value = value; }
  valueOf() { return this.value; }
  toJSON() { return this.value; }
}

export function formatJson(value, indent = "") {
  const newline = indent && "\n" + indent, innerIndent = indent && indent + "  ";
  if (value instanceof Real) return Number.isInteger(value.value) && Math.abs(value.value) < 1e16 ? `${value.value}.0` : `${value.value}`;
  if (Array.isArray(value)) {
    const items = value.map(item => formatJson(item, innerIndent)).join(`,${newline}`);
    return value.length ? `[${newline}${items}${newline.slice(0, -2)}]` : "[]";
  }
  if (value && typeof value === "object") {
    const colon = indent ? ": " : ":";
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}${colon}${formatJson(item, innerIndent)}`);
    return `{${newline}${entries.join(`,${newline}`)}${newline.slice(0, -2)}}`;
  }
  return JSON.stringify(value);
}

const parseInteger = text => /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : null;

// The row of the film with this title: position, title, id, year and piece.
export async function findFilm(title, { anio, id } = {}) {
  const names = await Names.open("peliculas");
  const matches = await names.findAll(title);
  const suggestions = () => names.findSimilar(title).map(row => row[1]);
  if (id != null) {
    const film = matches.find(row => row[2] === parseInteger(id) && (anio == null || row[3] === parseInteger(anio)));
    if (!film) throw new UnknownName("pelicula", `${title}, id ${id}`, suggestions());
    return film;
  }
  if (!matches.length) throw new UnknownName("pelicula", title, suggestions());
  const candidates = [...await names.find(title), ...matches];
  if (anio == null) return candidates[0];
  const film = candidates.find(row => row[3] === parseInteger(anio));
  if (!film) throw new UnknownName("pelicula", `${title}, ${anio}`, [], [...new Set(matches.map(row => row[3]))].sort());
  return film;
}

// All facts about a film.
export async function filmFacts(row) {
  const { films, others, names, lists } = await fetchPiece(`films/${row[4]}`);
  const [id, titulo, anio, date, minutes, vote, inversion, ganacia, retorno, namePositions, ...listPositions] = films[row[0]];
  const namesOfKind = letter => namePositions.map(position => names[position]).filter(name => name[0] === letter).map(name => name.slice(1));
  const readList = position => lists[position].map(([other, similarity, parts]) => {
    const [otherId, otherTitle, otherYear] = others[other], motivos = [];
    for (let i = 0; i < parts.length; i += 2) {
      const name = names[parts[i]];
      motivos.push({ tipo: REASON_KINDS[name[0]], valor: name.slice(1), parte: new Real(parts[i + 1] / MILLION) });
    }
    return { id: otherId, titulo: otherTitle, anio: otherYear, similitud: new Real(Math.fround(similarity)), motivos };
  });
  const recommended = Object.fromEntries(STORED_MODELS.map((model, index) => [model, readList(listPositions[index])]));
  return {
    id, titulo, anio, date, minutes, vote, inversion, ganacia, retorno, recommended,
    language: namesOfKind("l")[0], genres: namesOfKind("g"), franchise: namesOfKind("f")[0], countries: namesOfKind("p"), companies: namesOfKind("c"),
    originalTitles: namesOfKind("o"), spanishTitles: namesOfKind("e"),
  };
}

const QUESTIONS = {
  async peliculas_mes(text) { return countByCalendar("mes", text); },
  async peliculas_dia(text) { return countByCalendar("dia", text); },
  async franquicia(text) {
    const [, franquicia, cantidad, total] = await findName("franquicias", "franquicia", text);
    return { franquicia, cantidad, ganancia_total: total, ganancia_promedio: new Real(total / cantidad) };
  },
  async peliculas_pais(text) {
    const [, pais, cantidad] = await findName("paises", "pais", text);
    return { pais, cantidad };
  },
  async productoras(text) {
    const [, productora, cantidad, ganancia_total] = await findName("productoras", "productora", text);
    return { productora, ganancia_total, cantidad };
  },
  async retorno(text, parameters) {
    const { titulo: pelicula, inversion, ganacia, retorno, anio } = await filmFacts(await findFilm(text, parameters));
    return { pelicula, inversion, ganacia, retorno: new Real(retorno), anio };
  },
  async recomendacion(text, { modelo = "coseno", ...parameters }) {
    const { titulo, anio, recommended } = await filmFacts(await findFilm(text, parameters));
    const detalle = recommended[modelo];
    return { titulo, anio, modelo, lista_recomendada: detalle.map(each => each.titulo), detalle };
  },
};

async function countByCalendar(kind, text) {
  const { index, names, cantidad } = (await fetchPiece("first")).calendario[kind], key = fold(text);
  if (!Object.hasOwn(index, key) || /^\p{Nd}+$/u.test(key) && key !== text.trim()) throw new UnknownName(kind, text, names);
  return { [kind]: names[index[key]], cantidad: cantidad[index[key]] };
}

async function findName(table, kind, text) {
  const names = await Names.open(table), rows = await names.find(text);
  if (!rows.length) throw new UnknownName(kind, text, names.findSimilar(text).map(row => row[1]));
  return rows[0];
}

// How many films of a franchise or company have a known revenue; null for other questions.
export async function countKnownRevenues(question, text) {
  const [table, kind] = { franquicia: ["franquicias", "franquicia"], productoras: ["productoras", "productora"] }[question] ?? [];
  return table ? (await findName(table, kind, text))[4] : null;
}

export const answer = (question, text, parameters = {}) => QUESTIONS[question](text, parameters);

// The path of a question, in the API and after the # of this page.
export function buildPath(question, text, parameters = {}) {
  return `/${question}/${encodeURIComponent(text)}${buildQuery(parameters)}`;
}

export function buildQuery(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== "");
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return query && `?${query}`;
}

// A question has a text, a list of films has only parameters.
export function parsePath(path) {
  const [, question, text = "", query] = path.match(/^#?\/(\w+)(?:\/([^?]*))?(?:\?(.*))?$/s) ?? [];
  if (text ? !Object.hasOwn(QUESTIONS, question) : question !== "peliculas") return null;
  try {
    return { question, text: decodeURIComponent(text), parameters: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return null;  // not a valid path
  }
}
