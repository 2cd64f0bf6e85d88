// The home page: the search box, and a link to the API documentation if an API serves the site.

import { path } from "./answers.js";
import { Box } from "./box.js";

const ASK = new URL("../../ask/index.html", import.meta.url), form = document.querySelector("#ask");

function go(row, text) {
  location.href = `${ASK}#${path("recomendacion", text, row ? { id: row[2] } : {})}`;
}

const input = form.querySelector("input");
new Box(input, "peliculas", go).name(input.getAttribute("aria-label"));
form.addEventListener("submit", event => {
  event.preventDefault();
  if (input.value.trim()) go(null, input.value.trim());
});

const served = location.pathname.match(/^(.*\/)eda\/report\//), docs = document.querySelector(".docs");
if (served && docs) {
  const health = await fetch(`${served[1]}salud`).catch(() => null);
  docs.hidden = !health?.ok || !health.headers.get("content-type").includes("json");
}
