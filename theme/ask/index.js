// The names of one kind: suggestions while typing, and matching with the same rules as the API.

import { fold, indexedWords, splitWords } from "./names.js";
import { crc32, fetchPiece } from "./pieces.js";

const rank = (alias, spanish) => spanish ? 2 : alias === null ? 0 : 1;

// The best matches for a text: names before aliases before Spanish titles, and those with the same spelling if there are any.
function bestMatches(entries, text) {
  const best = Math.min(...entries.map(entry => entry.rank)), matches = entries.filter(entry => entry.rank === best);
  const identical = matches.filter(entry => entry.spelling === text);
  return identical.length ? identical : matches;
}

export class Names {
  static opened = new Map();

  static open(kind) {  // peliculas, franquicias, productoras or paises
    if (!this.opened.has(kind)) {
      const data = kind === "peliculas" ? fetchPiece("first").then(all => all.peliculas) : fetchPiece(`${kind}/first`);
      this.opened.set(kind, data.then(first => new Names(kind, first)));
    }
    return this.opened.get(kind);
  }

  // whole: whether these are all names; keys: the number of pieces by key; words: the piece of each prefix; cut: prefixes whose piece lacks some names.
  constructor(kind, { rows, whole, keys, words, cut }) {
    Object.assign(this, { kind, whole, keyPieces: keys, cut: new Set(cut), pieces: new Map(Object.entries(words)) });
    this.loadedPieces = new Set();
    this.entriesByName = new Map();  // the names and aliases loaded so far
    this.best = rows.map(row => this.#add([null, row]));
  }

  #add([alias, row, spanish]) {
    const spelling = alias ?? row[1], name = `${row[0]} ${alias ?? ""}`;
    let entry = this.entriesByName.get(name);
    if (!entry) {
      entry = { row, spelling, rank: rank(alias, spanish), text: indexedWords(spelling), key: fold(spelling) };
      this.entriesByName.set(name, entry);
    }
    return entry;
  }

  // The longest prefix of a word that has a piece; null if no name has a word with this prefix.
  #longestPrefix(word) {
    let length = 0;
    while (length < word.length && this.pieces.has(word.slice(0, length + 1))) length++;
    const prefix = word.slice(0, length);
    return length < word.length && this.cut.has(prefix) ? null : prefix;
  }

  async #loadPrefix(prefix) {
    const number = this.pieces.get(prefix), data = await fetchPiece(`${this.kind}/word/${number}`);
    this.loadedPieces.add(number);
    return data.map(entry => this.#add(entry));
  }

  // Exact matches first, then other matches; the best known first in each group.
  #search(entries, query, limit) {
    const key = fold(query), words = splitWords(query).map(word => " " + word), rows = new Map();
    const exact = bestMatches(entries.filter(entry => entry.key === key), query);
    const others = words.length ? entries.filter(entry => words.every(word => entry.text.includes(word))) : [];
    others.sort((one, other) => one.row[0] - other.row[0]);
    for (const { row } of [...exact, ...others]) if (!rows.has(row[0])) rows.set(row[0], row);
    return [...rows.values()].slice(0, limit);
  }

  // From the best known names, immediately.
  suggestBest(query, limit = 8) {
    if (!query.trim()) return this.best.slice(0, limit).map(entry => entry.row);
    return this.#search(this.best, query, limit);
  }

  // From all names; fetches missing pieces.
  async suggest(query, limit = 8) {
    const best = this.suggestBest(query, limit);
    if (this.whole || !query.trim() || (best.length >= limit && fold(query).length < 3)) return best;
    const prefixes = splitWords(query).map(word => this.#longestPrefix(word)), entries = new Set(this.best);
    if (!prefixes.includes(null)) {
      const complete = prefixes.filter(prefix => !this.cut.has(prefix));
      const isLoaded = prefix => this.loadedPieces.has(this.pieces.get(prefix));
      complete.sort((one, other) => isLoaded(other) - isLoaded(one) || other.length - one.length);
      for (const prefix of complete.length ? complete.slice(0, 1) : prefixes) {
        for (const entry of await this.#loadPrefix(prefix)) entries.add(entry);
      }
    }
    return this.#search([...entries], query, limit);
  }

  // All names and aliases that have the same key as a text.
  async #entries(text) {
    const key = fold(text), { names, aliases } = await fetchPiece(`${this.kind}/key/${crc32(key) % this.keyPieces}`);
    const lookUp = table => Object.hasOwn(table, key) ? table[key] : null;
    return (lookUp(names) ?? lookUp(aliases) ?? []).map(([alias, row, spanish]) => ({ row, spelling: alias ?? row[1], rank: rank(alias, spanish) }));
  }

  async findAll(text) {
    return (await this.#entries(text)).map(entry => entry.row);
  }

  async find(text) {
    return bestMatches(await this.#entries(text), text).map(entry => entry.row);
  }

  // Names similar to a misspelt one, among those loaded so far, by the number of common bigrams.
  findSimilar(text, limit = 5) {
    const bigrams = word => new Set([..." " + word].map((letter, position, letters) => letter + (letters[position + 1] ?? " ")));
    const textBigrams = bigrams(fold(text)), found = [];
    for (const entry of this.entriesByName.values()) {
      const nameBigrams = bigrams(entry.key);
      let common = 0;
      for (const bigram of textBigrams) common += nameBigrams.has(bigram);
      const similarity = 2 * common / (textBigrams.size + nameBigrams.size);
      if (similarity >= .55) found.push([similarity, entry.row]);
    }
    return found.sort((one, other) => other[0] - one[0] || one[1][0] - other[1][0]).slice(0, limit).map(([, row]) => row);
  }
}
