// The home page: the search box, and a link to the API documentation if an API serves the site.

import { buildPath } from "./answers.js";
import { SuggestionBox } from "./box.js";

const ASK_PAGE = new URL("../../ask/index.html", import.meta.url);
const form = document.querySelector("#ask"), input = form.querySelector("input");

function openFilm(row, text) {
  location.href = `${ASK_PAGE}#${buildPath("recomendacion", text, row ? { id: row[2] } : {})}`;
}

new SuggestionBox(input, "peliculas", openFilm).setLabel(input.getAttribute("aria-label"));
form.addEventListener("submit", event => {
  event.preventDefault();
  if (input.value.trim()) openFilm(null, input.value.trim());
});

const apiPath = location.pathname.match(/^(.*\/)eda\/report\//), docsLink = document.querySelector(".docs");
if (apiPath && docsLink) {
  const health = await fetch(`${apiPath[1]}salud`).catch(() => null);
  docsLink.hidden = !health?.ok || !health.headers.get("content-type").includes("json");
}
