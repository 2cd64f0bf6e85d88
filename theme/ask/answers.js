// Computes the API's answers from the data files. Questions have the paths of the API, answers the same JSON.

import { fold } from "./names.js";
import { Names } from "./index.js";
import { piece } from "./pieces.js";

export const MODELS = ["coseno", "knn"];
const KINDS = { w: "palabra", g: "género", c: "productora", u: "palabras comunes" };
const MILLION = 1_000_000;

export class Unknown extends Error {
  constructor(kind, text, near = [], years = []) {
    super(`${kind}: ${text}`);
    Object.assign(this, { kind, text, near, years });
  }
}

// A number that is written with a decimal point in JSON even if it is an integer, as in the API.
class Real {
  constructor(value) { this.value = value; }
  toJSON() { return this.value; }
}

export function json(value, space = "") {
  const line = space && "\n" + space, inner = space && space + "  ";
  if (value instanceof Real) return Number.isInteger(value.value) && Math.abs(value.value) < 1e16 ? `${value.value}.0` : `${value.value}`;
  if (Array.isArray(value)) return value.length ? `[${line}${value.map(each => json(each, inner)).join(`,${line}`)}${line.slice(0, -2)}]` : "[]";
  if (value && typeof value === "object") {
    const colon = space ? ": " : ":", entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}${colon}${json(each, inner)}`);
    return `{${line}${entries.join(`,${line}`)}${line.slice(0, -2)}}`;
  }
  return JSON.stringify(value);
}

const wholeNumber = text => /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : null;

// The row of the film with this title: position, title, id, year and piece.
export async function film(title, { anio, id } = {}) {
  const titles = await Names.open("peliculas");
  const alike = await titles.alike(title);
  if (id != null) {
    const own = alike.filter(row => row[2] === wholeNumber(id) && (anio == null || row[3] === wholeNumber(anio)));
    if (own.length) return own[0];
    throw new Unknown("pelicula", `${title}, id ${id}`, titles.near(title).map(row => row[1]));
  }
  if (!alike.length) throw new Unknown("pelicula", title, titles.near(title).map(row => row[1]));
  const same = [...await titles.find(title), ...alike];
  if (anio == null) return same[0];
  const found = same.find(row => row[3] === wholeNumber(anio));
  if (!found) throw new Unknown("pelicula", `${title}, ${anio}`, [], [...new Set(alike.map(row => row[3]))].sort());
  return found;
}

// All facts about a film.
export async function facts(row) {
  const { films, others, names, lists } = await piece(`films/${row[4]}`);
  const [id, titulo, anio, date, minutes, vote, inversion, ganacia, retorno, marked, ...numbers] = films[row[0]];
  const called = letter => marked.map(at => names[at]).filter(name => name[0] === letter).map(name => name.slice(1));
  const recommended = numbers.map(number => lists[number].map(([other, similarity, shares]) => {
    const [otherId, otherTitle, otherYear] = others[other], motivos = [];
    for (let at = 0; at < shares.length; at += 2) {
      const name = names[shares[at]];
      motivos.push({ tipo: KINDS[name[0]], valor: name.slice(1), parte: new Real(shares[at + 1] / MILLION) });
    }
    return { id: otherId, titulo: otherTitle, anio: otherYear, similitud: new Real(Math.fround(similarity)), motivos };
  }));
  return {
    id, titulo, anio, date, minutes, vote, inversion, ganacia, retorno, recommended,
    genres: called("g"), franchise: called("f")[0], countries: called("p"), companies: called("c"),
  };
}

const QUESTIONS = {
  async peliculas_mes(text) { return calendar("mes", text); },
  async peliculas_dia(text) { return calendar("dia", text); },
  async franquicia(text) {
    const [, franquicia, cantidad, total] = await entry("franquicias", "franquicia", text);
    return { franquicia, cantidad, ganancia_total: total, ganancia_promedio: new Real(total / cantidad) };
  },
  async peliculas_pais(text) {
    const [, pais, cantidad] = await entry("paises", "pais", text);
    return { pais, cantidad };
  },
  async productoras(text) {
    const [, productora, cantidad, ganancia_total] = await entry("productoras", "productora", text);
    return { productora, ganancia_total, cantidad };
  },
  async retorno(text, asked) {
    const { titulo: pelicula, inversion, ganacia, retorno, anio } = await facts(await film(text, asked));
    return { pelicula, inversion, ganacia, retorno: new Real(retorno), anio };
  },
  async recomendacion(text, { modelo = "coseno", ...asked }) {
    const { titulo, anio, recommended } = await facts(await film(text, asked)), detalle = recommended[MODELS.indexOf(modelo)];
    return { titulo, anio, modelo, lista_recomendada: detalle.map(each => each.titulo), detalle };
  },
};

async function calendar(kind, text) {
  const { index, names, cantidad } = (await piece("first")).calendario[kind], key = fold(text);
  if (!Object.hasOwn(index, key) || /^\p{Nd}+$/u.test(key) && key !== text.trim()) throw new Unknown(kind, text, names);
  return { [kind]: names[index[key]], cantidad: cantidad[index[key]] };
}

async function entry(table, kind, text) {
  const names = await Names.open(table), found = await names.find(text);
  if (!found.length) throw new Unknown(kind, text, names.near(text).map(row => row[1]));
  return found[0];
}

export const answer = (question, text, asked = {}) => QUESTIONS[question](text, asked);

// The path of a question, in the API and after the # of this page.
export function path(question, text, asked = {}) {
  const given = Object.entries(asked).filter(([, value]) => value != null && value !== "");
  const query = given.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  return `/${question}/${encodeURIComponent(text)}${query && "?" + query}`;
}

export function parsed(address) {
  const [, question, text, query] = address.match(/^#?\/(\w+)\/([^?]*)(?:\?(.*))?$/s) ?? [];
  if (!Object.hasOwn(QUESTIONS, question ?? "") || !text) return null;
  try {
    return { question, text: decodeURIComponent(text), asked: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return null;  // not a valid address
  }
}
