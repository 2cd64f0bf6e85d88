// What the page says, in Spanish and English.

const TEXTS = {
  es: {
    title: "Pregunta por una película",
    lead: "Escribe un título: lo que costó y devolvió, y qué otras películas se le parecen, según dos modelos que dicen por qué.",
    label: "Título de una película", placeholder: "por ejemplo, Toy Story", ask: "Preguntar",
    examples: "O empieza por una de estas:",
    found: count => count ? `${count} ${count === 1 ? "sugerencia" : "sugerencias"}` : "Nada empieza así.",
    failed: "No se pudo leer lo que falta; prueba otra vez.",
    unknown: text => `No se conoce «${text}».`, meant: "¿Querías decir", years: "Las hay de", nothing: "Nada que se le parezca entre lo que ya se ha cargado.",
    minutes: count => `${count} min`, vote: value => `voto medio ${value}`,
    cost: "Costó", earned: "Recaudó", unknownMoney: "no consta",
    returned: "lo que costó", noReturn: "El retorno no se puede calcular: falta el coste o la recaudación, y cuenta 0.",
    further: "Seguir preguntando", like: title => `Películas como ${title}`,
    models: { coseno: ["Coseno", "Compara las palabras, los géneros y las productoras, una a una."], knn: ["Vecinos", "Mide la cercanía en un espacio aprendido de todas las películas."] },
    similarity: "similitud", nothingShared: "Ninguna otra película tiene algo en común con esta.", kinds: { palabra: "palabras", género: "géneros", productora: "productoras", "palabras comunes": "palabras comunes" },
    share: (kind, value) => `${kind} ${value}`, json: "La misma pregunta a la API", rounded: "Cada «parte» va aquí redondeada a seis decimales; la API los da todos.",
    questions: "Las seis preguntas", language: "Idioma",
    ways: {
      peliculas_mes: ["¿Cuántas se estrenaron en el mes de …?", "Mes"], peliculas_dia: ["¿Cuántas se estrenaron en …?", "Día de la semana"],
      franquicia: ["¿Cuánto recaudó una franquicia?", "Franquicia"], peliculas_pais: ["¿Cuántas se produjeron en …?", "País"],
      productoras: ["¿Cuánto recaudó una productora?", "Productora"], retorno: ["¿Cuánto devolvió una película?", "Película"],
    },
    choose: "elige …", films: count => count === "1" ? "película" : "películas",
    mean: mean => `${mean} por película; la desconocida cuenta 0`,
    chips: { peliculas_mes: "Mes", peliculas_dia: "Día", franquicia: "Franquicia", peliculas_pais: "País", productoras: "Productora" },
  },
  en: {
    title: "Ask about a film",
    lead: "Type a title: what it cost and returned, and which films are like it, by two models that say why.",
    label: "Title of a film", placeholder: "for instance, Toy Story", ask: "Ask",
    examples: "Or begin with one of these:",
    found: count => count ? `${count} ${count === 1 ? "suggestion" : "suggestions"}` : "Nothing begins so.",
    failed: "What is missing could not be read; try again.",
    unknown: text => `“${text}” is not known.`, meant: "Did you mean", years: "There is one of", nothing: "Nothing like it among what has been loaded so far.",
    minutes: count => `${count} min`, vote: value => `mean vote ${value}`,
    cost: "Cost", earned: "Earned", unknownMoney: "not known",
    returned: "what it cost", noReturn: "The return cannot be computed: cost or revenue is missing, and counts 0.",
    further: "Ask further", like: title => `Films like ${title}`,
    models: { coseno: ["Cosine", "Compares the words, genres and companies themselves."], knn: ["Neighbours", "Measures nearness in a space learned from all films."] },
    similarity: "similarity", nothingShared: "No other film has anything in common with this one.", kinds: { palabra: "words", género: "genres", productora: "companies", "palabras comunes": "common words" },
    share: (kind, value) => `${kind} ${value}`, json: "The same question to the API", rounded: "Each “parte” is rounded to six decimals here; the API gives them all.",
    questions: "The six questions", language: "Language",
    ways: {
      peliculas_mes: ["How many came out in the month of …?", "Month"], peliculas_dia: ["How many came out on a …?", "Weekday"],
      franquicia: ["What did a franchise earn?", "Franchise"], peliculas_pais: ["How many were produced in …?", "Country"],
      productoras: ["What did a company earn?", "Company"], retorno: ["What did a film return?", "Film"],
    },
    choose: "choose …", films: count => count === "1" ? "film" : "films",
    mean: mean => `${mean} a film; the unknown counts 0`,
    chips: { peliculas_mes: "Month", peliculas_dia: "Weekday", franquicia: "Franchise", peliculas_pais: "Country", productoras: "Company" },
  },
};

function kept(value) {
  try {
    if (value) localStorage.language = value;
    return localStorage.language;
  } catch {
    return value;  // a browser that keeps nothing
  }
}

const wished = () => [kept(), ...navigator.languages].map(tag => (tag ?? "").slice(0, 2)).find(tag => tag in TEXTS) ?? "en";

export let language = wished(), texts = TEXTS[language];

export function speak(chosen) {
  language = kept(chosen) ?? chosen;
  texts = TEXTS[language];
}

const LOCALES = { es: "es-ES", en: "en-GB" };
export const number = (value, digits = 0) =>
  value.toLocaleString(LOCALES[language], { maximumFractionDigits: digits, useGrouping: "always" });
export const share = value => value.toLocaleString(LOCALES[language], { minimumFractionDigits: 2, maximumFractionDigits: value < .01 ? 3 : 2 });
export const dollars = value =>
  value.toLocaleString(LOCALES[language], { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumFractionDigits: 0, useGrouping: "always" });
export const day = date => new Date(`${date}T12:00:00Z`).toLocaleDateString(LOCALES[language], { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const MONDAY = 5;  // January 1970 had a Monday on the 5th
export const monthName = at => new Date(Date.UTC(1970, at, 15)).toLocaleDateString(LOCALES[language], { month: "long", timeZone: "UTC" });
export const weekdayName = at => new Date(Date.UTC(1970, 0, MONDAY + at)).toLocaleDateString(LOCALES[language], { weekday: "long", timeZone: "UTC" });
