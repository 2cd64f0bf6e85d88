// The names of one kind: suggestions while typing, and matching with the same rules as the API.

import { fold, spelled, words } from "./names.js";
import { crc32, piece } from "./pieces.js";

const rank = (other, spanish) => spanish ? 2 : other === null ? 0 : 1;

// The matches that a text means: names before aliases before Spanish titles, and those with the same spelling if there are any.
function meant(alike, text) {
  const best = Math.min(...alike.map(entry => entry.rank)), first = alike.filter(entry => entry.rank === best);
  const written = first.filter(entry => entry.written === text);
  return written.length ? written : first;
}

export class Names {
  static opened = new Map();

  static open(kind) {  // peliculas, franquicias, productoras or paises
    if (!this.opened.has(kind)) {
      const first = kind === "peliculas" ? piece("first").then(all => all.peliculas) : piece(`${kind}/first`);
      this.opened.set(kind, first.then(found => new Names(kind, found)));
    }
    return this.opened.get(kind);
  }

  constructor(kind, { rows, whole, keys, words: places, cut }) {
    Object.assign(this, { kind, whole, keys, cut: new Set(cut), places: new Map(Object.entries(places)) });
    this.loaded = new Set();  // pieces
    this.known = new Map();  // the names and aliases loaded so far
    this.best = rows.map(row => this.#add([null, row]));
  }

  #add([other, row, spanish]) {
    const written = other ?? row[1], name = `${row[0]} ${other ?? ""}`;
    let entry = this.known.get(name);
    if (!entry) this.known.set(name, entry = { row, other, written, rank: rank(other, spanish), text: spelled(written), key: fold(written) });
    return entry;
  }

  // The longest prefix of a word that has a piece; null if no name has a word with this prefix.
  #beginning(word) {
    let size = 0;
    while (size < word.length && this.places.has(word.slice(0, size + 1))) size++;
    const beginning = word.slice(0, size);
    return size < word.length && this.cut.has(beginning) ? null : beginning;
  }

  async #load(beginning) {
    const number = this.places.get(beginning), entries = (await piece(`${this.kind}/word/${number}`)).map(entry => this.#add(entry));
    this.loaded.add(number);
    return entries;
  }

  // Exact matches first, then other matches; the best known first in each group.
  #matching(entries, query, limit) {
    const key = fold(query), begun = words(query).map(word => " " + word), found = new Map();
    const alike = entries.filter(entry => entry.key === key);
    const others = begun.length ? entries.filter(entry => begun.every(word => entry.text.includes(word))) : [];
    others.sort((one, other) => one.row[0] - other.row[0]);
    for (const { row } of [...meant(alike, query), ...others]) if (!found.has(row[0])) found.set(row[0], row);
    return [...found.values()].slice(0, limit);
  }

  // From the data loaded so far, immediately.
  quickly(query, limit = 8) {
    if (!query.trim()) return this.best.slice(0, limit).map(entry => entry.row);
    return this.#matching(this.best, query, limit);
  }

  // From all names; fetches missing pieces.
  async suggest(query, limit = 8) {
    const quick = this.quickly(query, limit), key = fold(query);
    if (this.whole || !query.trim() || (quick.length >= limit && key.length < 3)) return quick;
    const beginnings = words(query).map(word => this.#beginning(word)), entries = new Set(this.best);
    if (!beginnings.includes(null)) {
      const whole = beginnings.filter(each => !this.cut.has(each)), near = each => this.loaded.has(this.places.get(each));
      whole.sort((one, other) => near(other) - near(one) || other.length - one.length);
      for (const each of whole.length ? whole.slice(0, 1) : beginnings) (await this.#load(each)).forEach(entry => entries.add(entry));
    }
    return this.#matching([...entries], query, limit);
  }

  // All rows that a text may mean, by name or alias.
  async entries(text) {
    const key = fold(text), { names, aliases } = await piece(`${this.kind}/key/${crc32(key) % this.keys}`);
    const own = table => Object.hasOwn(table, key) ? table[key] : null;
    return (own(names) ?? own(aliases) ?? []).map(([other, row, spanish]) => ({ row, other, written: other ?? row[1], rank: rank(other, spanish) }));
  }

  async alike(text) {
    return (await this.entries(text)).map(entry => entry.row);
  }

  async find(text) {
    return meant(await this.entries(text), text).map(entry => entry.row);
  }

  // Names similar to a misspelt one, among those loaded so far, by the number of common bigrams.
  near(text, limit = 5) {
    const pairs = word => new Set([..." " + word].map((letter, at, all) => letter + (all[at + 1] ?? " ")));
    const asked = pairs(fold(text)), found = [];
    for (const entry of this.known.values()) {
      const theirs = pairs(entry.key);
      let common = 0;
      for (const pair of asked) common += theirs.has(pair);
      const likeness = 2 * common / (asked.size + theirs.size);
      if (likeness >= .55) found.push([likeness, entry.row]);
    }
    return found.sort((one, other) => other[0] - one[0] || one[1][0] - other[1][0]).slice(0, limit).map(([, row]) => row);
  }
}
