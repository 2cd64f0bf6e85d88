// Normalization of names, with the same rules as the notebook `Text` and the table that it writes.

import { piece } from "./pieces.js";

const TABLE = await piece("fold");  // what lower case and NFKD leave to be done
const ASCII = /^[\0-\x7f]*$/;
const WORD = /[\p{L}\p{N}]+/gu, ASCII_WORD = /[a-zA-Z0-9]+/g;  // the second is faster
const WITHIN_WORDS = /(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_\s](?=[\p{L}\p{N}_])/gu;  // punctuation within a word, as in Spider-Man
const LONGEST = 200;  // characters of a name that are used

const first = text => text.length > LONGEST ? Array.from(text).slice(0, LONGEST).join("") : text;

export function plain(whole) {
  const text = first(whole).toLowerCase();
  return ASCII.test(text) ? text : first(Array.from(text.normalize("NFKD"), letter => TABLE[letter] ?? letter).join(""));
}

const parted = letters => letters.match(ASCII.test(letters) ? ASCII_WORD : WORD) ?? [];

export function fold(text) {
  return parted(plain(text)).join("") || first(text.trim());
}

export function words(text) {
  return parted(plain(text).replace(/['’]/g, ""));
}

// The words by which a name is indexed, in one string: " spider man spiderman".
export function spelled(name) {
  const joined = /[^\w\s]/.test(name) ? name.replace(WITHIN_WORDS, "") : name;
  return " " + [...words(name), ...(joined === name ? [] : words(joined))].join(" ");
}
