// A name as it is understood: the rules of the notebook `Text`, with the table that it writes.

import { piece } from "./pieces.js";

const TABLE = await piece("fold");  // what lower case and NFKD leave to be done
const ASCII = /^[\0-\x7f]*$/;
const WORD = /[\p{L}\p{N}]+/gu, ASCII_WORD = /[a-zA-Z0-9]+/g;  // the second is quicker
const WITHIN_WORDS = /(?<=[\p{L}\p{N}_])[^\p{L}\p{N}_\s](?=[\p{L}\p{N}_])/gu;  // signs without a space, as in Spider-Man
const LONGEST = 200;  // letters of a name that are read

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

// The words that a name is listed under, in one text: " spider man spiderman".
export function spelled(name) {
  const joined = /[^\w\s]/.test(name) ? name.replace(WITHIN_WORDS, "") : name;
  return " " + [...words(name), ...(joined === name ? [] : words(joined))].join(" ");
}
