// Normalization of names, with the same rules as the notebook `Text` and the table that it writes.

import { fetchPiece } from "./pieces.js";

const LETTERS = await fetchPiece("fold");  // replacements that lower case and NFKD leave to be done
const ASCII = /^[\0-\x7f]*$/;
const WORD = /[\p{L}\p{N}]+/gu, ASCII_WORD = /[a-zA-Z0-9]+/g;  // the second is faster
const INNER_PUNCTUATION = /(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_\s](?=[\p{L}\p{N}_])/gu;  // within a word, as in Spider-Man
const MAX_NAME_LENGTH = 200;  // characters of a name that are used

const cut = text => text.length > MAX_NAME_LENGTH ? Array.from(text).slice(0, MAX_NAME_LENGTH).join("") : text;

function normalizeText(text) {
  const lower = cut(text).toLowerCase();
  return ASCII.test(lower) ? lower : cut(Array.from(lower.normalize("NFKD"), letter => LETTERS[letter] ?? letter).join(""));
}

const matchWords = text => text.match(ASCII.test(text) ? ASCII_WORD : WORD) ?? [];

export function fold(text) {
  return matchWords(normalizeText(text)).join("") || cut(text.trim());
}

export function splitWords(text) {
  return matchWords(normalizeText(text).replace(/['’]/g, ""));
}

// The words by which a name is indexed, in one string: " spider man spiderman".
export function indexedWords(name) {
  const joined = /[^\w\s]/.test(name) ? name.replace(INNER_PUNCTUATION, "") : name;
  return " " + [...splitWords(name), ...(joined === name ? [] : splitWords(joined))].join(" ");
}
