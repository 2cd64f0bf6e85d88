// The text of the page, in Spanish and English.

const TEXTS = {
  es: {
    title: "Pregunta por una película",
    lead: "Escribe un título para ver su presupuesto, su recaudación y su retorno, y películas parecidas según tres modelos que explican sus recomendaciones.",
    label: "Título de una película", placeholder: "por ejemplo, Toy Story", ask: "Preguntar",
    examples: "O elige una de estas:",
    found: count => count ? `${count} ${count === 1 ? "sugerencia" : "sugerencias"}` : "Sin resultados.",
    failed: "No se pudieron cargar los datos; inténtalo de nuevo.",
    unknown: text => `No se conoce «${text}».`, meant: "¿Querías decir", years: "Hay películas con este título de", nothing: "No hay nombres parecidos entre los datos cargados hasta ahora.",
    minutes: count => `${count} min`, vote: value => `puntuación media ${value}`,
    spanishTitle: title => `en español: ${title}`, originalTitle: title => `título original: ${title}`,
    budget: "Presupuesto", revenue: "Recaudación", unknownMoney: "no consta", doubtful: "dudoso",
    returned: "el presupuesto", noReturn: "No se puede calcular el retorno porque no consta el presupuesto o la recaudación; la API devuelve 0.",
    doubtfulReturn: "el presupuesto; dudoso, porque alguno de los dos importes no llega a 1000 US$",
    nominal: "Importes en dólares de la época, sin ajustar por la inflación.",
    knownRevenue: (known, count) => `con recaudación conocida: ${known} de ${count}`, noneKnown: count => `no consta (0 de ${count})`,
    january: "Enero está inflado: cuando solo se conoce el año de estreno, suele figurar el 1 de enero.",
    openList: count => count === 1 ? "Ver la película" : `Ver las ${formatNumber(count)} películas`,
    listNeedsApi: "Para ver la lista de películas hace falta la API, y esta página funciona sin ella.",
    shownOf: (shown, total, count) => `${shown} de ${total} ${count === 1 ? "película" : "películas"}`, more: "Ver más", csv: "Descargar en CSV", allFilms: "Todas las películas",
    columns: { titulo: "Título", anio: "Año", presupuesto: "Presupuesto", recaudacion: "Recaudación", retorno: "Retorno" },
    order: "Ordenar por", orders: { popularidad: "popularidad", estreno: "estreno", titulo: "título", recaudacion: "recaudación", retorno: "retorno", puntuacion: "puntuación" },
    filterHeading: "Filtros y cantidad", any: "cualquiera", none: "ninguno", apply: "Filtrar", removeFilters: "Quitar filtros", noLanguage: "sin idioma",
    filters: { genero: "Género", sin_genero: "Sin el género", desde: "Desde el año", hasta: "Hasta el año", idioma: "Idioma original", pais: "País", n: "Cantidad por modelo", sin_saga: "Sin películas de la misma franquicia" },
    shortage: (count, n, reason) => `${count ? `Solo ${count} de ${n}` : "Ninguna"}: ${reason}.`,
    onlyStored: count => `sin la API solo se conocen las ${count} más parecidas`, noneElsePasses: "no hay más que cumplan las condiciones", noneElseShares: "ninguna otra película tiene algo en común con esta",
    further: "Preguntas relacionadas", like: title => `Películas parecidas a ${title}`,
    models: { ampliado: ["Ampliado", "Conoce además la dirección, el reparto, los temas, la época y los países, que los otros dos no tienen en cuenta."], coseno: ["Coseno", "Compara directamente las palabras, los géneros y las productoras."], knn: ["Vecinos", "Mide la cercanía en un espacio que se aprende a partir de todas las películas."] },
    similarity: "similitud", kinds: { palabra: "palabras", género: "géneros", productora: "productoras", "palabras comunes": "palabras comunes", dirección: "dirección", reparto: "reparto", tema: "temas", época: "época", país: "países" },
    yearsApart: years => years ? `${years} ${years === 1 ? "año" : "años"} de diferencia` : "mismo año", similarityWords: ["muy cercana", "relacionada", "lejana"],
    share: (kind, value) => `${kind} ${value}`, json: "La misma pregunta en la API", rounded: "Aquí cada «parte» está redondeada a seis decimales; la API los devuelve todos.",
    questions: "Las seis preguntas", language: "Idioma",
    ways: {
      peliculas_mes: ["¿Cuántas películas se estrenaron en el mes de …?", "Mes"], peliculas_dia: ["¿Cuántas películas se estrenaron un …?", "Día de la semana"],
      franquicia: ["¿Cuánto recaudó una franquicia?", "Franquicia"], peliculas_pais: ["¿Cuántas películas se produjeron en …?", "País"],
      productoras: ["¿Cuánto recaudó una productora?", "Productora"], retorno: ["¿Cuál fue el retorno de una película?", "Película"],
    },
    choose: "elige …", films: count => count === "1" ? "película" : "películas",
    mean: mean => `${mean} por película en promedio; lo que no consta cuenta como 0`,
    chips: { peliculas_mes: "Mes", peliculas_dia: "Día", franquicia: "Franquicia", peliculas_pais: "País", productoras: "Productora" },
  },
  en: {
    title: "Ask about a film",
    lead: "Type a title to see its budget, revenue and return, and similar films from three models that explain their recommendations.",
    label: "Title of a film", placeholder: "for example, Toy Story", ask: "Ask",
    examples: "Or choose one of these:",
    found: count => count ? `${count} ${count === 1 ? "suggestion" : "suggestions"}` : "No matches.",
    failed: "The data could not be loaded; try again.",
    unknown: text => `“${text}” was not found.`, meant: "Did you mean", years: "There are films with this title from", nothing: "No similar names in the data loaded so far.",
    minutes: count => `${count} min`, vote: value => `average vote ${value}`,
    spanishTitle: title => `in Spanish: ${title}`, originalTitle: title => `original title: ${title}`,
    budget: "Budget", revenue: "Revenue", unknownMoney: "unknown", doubtful: "doubtful",
    returned: "the budget", noReturn: "The return cannot be computed because the budget or revenue is unknown; the API returns 0.",
    doubtfulReturn: "the budget; doubtful, because one of the two amounts is less than US$1,000",
    nominal: "Amounts in dollars at the time of release, not adjusted for inflation.",
    knownRevenue: (known, count) => `with known revenue: ${known} of ${count}`, noneKnown: count => `unknown (0 of ${count})`,
    january: "January is inflated: if only the year of release is known, the date is usually recorded as 1 January.",
    openList: count => count === 1 ? "Show the film" : `Show the ${formatNumber(count)} films`,
    listNeedsApi: "The list of films requires the API, which is not available here.",
    shownOf: (shown, total, count) => `${shown} of ${total} ${count === 1 ? "film" : "films"}`, more: "Show more", csv: "Download as CSV", allFilms: "All films",
    columns: { titulo: "Title", anio: "Year", presupuesto: "Budget", recaudacion: "Revenue", retorno: "Return" },
    order: "Sort by", orders: { popularidad: "popularity", estreno: "release date", titulo: "title", recaudacion: "revenue", retorno: "return", puntuacion: "average vote" },
    filterHeading: "Filters and number of films", any: "any", none: "none", apply: "Filter", removeFilters: "Remove filters", noLanguage: "no language",
    filters: { genero: "Genre", sin_genero: "Exclude genre", desde: "From year", hasta: "To year", idioma: "Original language", pais: "Country", n: "Films per model", sin_saga: "Exclude films from the same franchise" },
    shortage: (count, n, reason) => `${count ? `Only ${count} of ${n}` : "None"}: ${reason}.`,
    onlyStored: count => `without the API, only the ${count} most similar films are available`, noneElsePasses: "no other films match the filters", noneElseShares: "no other film has anything in common with this one",
    further: "Related questions", like: title => `Films similar to ${title}`,
    models: { ampliado: ["Extended", "Also uses directors, actors, keywords, the release year and countries, which the other two ignore."], coseno: ["Cosine", "Compares words, genres and companies directly."], knn: ["Neighbours", "Measures distances in a space learned from all films."] },
    similarity: "similarity", kinds: { palabra: "words", género: "genres", productora: "companies", "palabras comunes": "common words", dirección: "directors", reparto: "cast", tema: "keywords", época: "period", país: "countries" },
    yearsApart: years => years ? `${years} ${years === 1 ? "year" : "years"} apart` : "same year", similarityWords: ["very close", "related", "distant"],
    share: (kind, value) => `${kind} ${value}`, json: "The same question in the API", rounded: "Each “parte” is rounded to six decimal places here; the API returns all digits.",
    questions: "The six questions", language: "Language",
    ways: {
      peliculas_mes: ["How many films were released in …?", "Month"], peliculas_dia: ["How many films were released on a …?", "Weekday"],
      franquicia: ["How much did a franchise gross?", "Franchise"], peliculas_pais: ["How many films were produced in …?", "Country"],
      productoras: ["How much did a company gross?", "Company"], retorno: ["What was the return of a film?", "Film"],
    },
    choose: "choose …", films: count => count === "1" ? "film" : "films",
    mean: mean => `${mean} per film on average; unknown revenue counts as 0`,
    chips: { peliculas_mes: "Month", peliculas_dia: "Weekday", franquicia: "Franchise", peliculas_pais: "Country", productoras: "Company" },
  },
};

function storedLanguage(value) {
  try {
    if (value) localStorage.language = value;
    return localStorage.language;
  } catch {
    return value;  // storage is disabled
  }
}

function preferredLanguage() {
  const languages = [storedLanguage(), ...navigator.languages].map(tag => (tag ?? "").slice(0, 2));
  return languages.find(language => language in TEXTS) ?? "es";
}

export let language = preferredLanguage(), texts = TEXTS[language];

export function setLanguage(chosen) {
  language = storedLanguage(chosen) ?? chosen;
  texts = TEXTS[language];
}

const LOCALES = { es: "es-ES", en: "en-GB" };
const format = (value, options) => value.toLocaleString(LOCALES[language], options);
const formatUTC = (date, options) => date.toLocaleDateString(LOCALES[language], { ...options, timeZone: "UTC" });

export const formatNumber = (value, digits = 0) => format(value, { maximumFractionDigits: digits, useGrouping: "always" });
export const formatShare = value => format(value, { minimumFractionDigits: 2, maximumFractionDigits: value < .01 ? 3 : 2 });
export const formatDollars = value => format(value, { style: "currency", currency: "USD", maximumFractionDigits: 0, useGrouping: "always" });
export const formatDate = date => formatUTC(new Date(`${date}T12:00:00Z`), { day: "numeric", month: "long", year: "numeric" });

const MONDAY = 5;  // 5 January 1970 was a Monday
export const monthName = position => formatUTC(new Date(Date.UTC(1970, position, 15)), { month: "long" });
export const weekdayName = position => formatUTC(new Date(Date.UTC(1970, 0, MONDAY + position)), { weekday: "long" });

export const genreName = ([name, spanish = name]) => language === "es" ? spanish : name;  // takes the names of a genre

// Returns the name of a language; two codes in the table are not ISO 639-1.
export function languageName(code) {
  if (code === "xx") return texts.noLanguage;
  try {
    return new Intl.DisplayNames([LOCALES[language]], { type: "language" }).of(code === "cn" ? "yue" : code);
  } catch {
    return code;  // not a valid code
  }
}
