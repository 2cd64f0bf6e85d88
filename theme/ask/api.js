// The API: its address, requests to it, and how to send the same request from a terminal.

import { formatJson } from "./answers.js";
import { createElement } from "./box.js";
import { language, texts } from "./texts.js";

const PREFIX = location.pathname.match(/^(.*)\/eda\/ask\//);  // of the paths of the API, if it serves this site

export const API = PREFIX ? location.origin + PREFIX[1] : "http://127.0.0.1:8000";  // otherwise that of `make run`

async function answersHere() {
  try {
    const response = await fetch(`${API}/salud`);
    return response.ok && Boolean(await response.json());
  } catch {
    return false;  // the site is on a static host
  }
}

export const isServed = PREFIX ? answersHere() : Promise.resolve(false);  // whether the API serves this site

export class AnswerError extends Error {}  // its message is a sentence in the language of the page

export async function fetchAnswer(path) {
  const response = await fetch(API + path, { headers: { "Accept-Language": language } }), body = await response.json();
  if (!response.ok) throw new AnswerError(body.detail);
  return body;
}

export function apiDetails(path, response, note) {
  const address = `${API}${path}`.replaceAll("'", "%27");
  return createElement("details", { class: "call" }, createElement("summary", {}, texts.json),
    createElement("pre", { class: "curl", tabindex: 0 }, `curl '${address}'`),
    response && createElement("pre", { class: "json", tabindex: 0 }, formatJson(response, "  ")),
    note && createElement("p", { class: "note" }, note));
}
