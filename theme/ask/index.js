// The names of one kind: suggested while one types, and understood as the API understands them.

import { fold, spelled, words } from "./names.js";
import { crc32, piece } from "./pieces.js";

export class Names {
  static opened = new Map();

  static open(kind) {  // peliculas, franquicias, productoras or paises
    if (!this.opened.has(kind)) {
      const first = kind === "peliculas" ? piece("first").then(all => all.peliculas) : piece(`${kind}/first`);
      this.opened.set(kind, first.then(found => new Names(kind, found)));
    }
    return this.opened.get(kind);
  }

  constructor(kind, { rows, count, keys, words: places, cut }) {
    Object.assign(this, { kind, count, keys, cut: new Set(cut), places: new Map(Object.entries(places)) });
    this.loaded = new Set();  // pieces
    this.known = new Map();  // the rows that are here, by their position
    this.aliases = new Map();  // of those rows: alias, position
    this.whole = rows.length === count;
    this.best = rows.map(row => this.#add(row));
  }

  #add(row) {
    let entry = this.known.get(row[0]);
    if (!entry) this.known.set(row[0], entry = { row, text: spelled(row[1]), key: fold(row[1]) });
    return entry;
  }

  // The longest beginning of a word that has a piece; none where no name has a word that begins so.
  #beginning(word) {
    let size = 0;
    while (size < word.length && this.places.has(word.slice(0, size + 1))) size++;
    const beginning = word.slice(0, size);
    return size < word.length && this.cut.has(beginning) ? null : beginning;
  }

  async #load(beginning) {
    const number = this.places.get(beginning), { rows, aliases } = await piece(`${this.kind}/word/${number}`);
    this.loaded.add(number);
    const entries = rows.map(row => this.#add(row));
    for (const [alias, at] of aliases) this.aliases.set(alias, at);
    return entries;
  }

  // Names that mean the query first, then those that have it; in each the best known first.
  #matching(entries, query, limit) {
    const key = fold(query), begun = words(query).map(word => " " + word), found = new Map();
    const take = entry => found.set(entry.row[0], entry.row);
    const alike = entries.filter(entry => entry.key === key), written = alike.filter(entry => entry.row[1] === query);
    const others = begun.length ? entries.filter(entry => begun.every(word => entry.text.includes(word))) : [];
    for (const [alias, at] of this.aliases) {
      if (alias === key && !alike.length) take(this.known.get(at));
      else if (alias.startsWith(key)) others.push(this.known.get(at));
    }
    (written.length ? written : alike).forEach(take);
    others.sort((one, other) => one.row[0] - other.row[0]).forEach(take);
    return [...found.values()].slice(0, limit);
  }

  // From what is here: at once.
  quickly(query, limit = 8) {
    if (!query.trim()) return this.best.slice(0, limit).map(entry => entry.row);
    return this.#matching(this.best, query, limit);
  }

  // From all names: fetches what is missing.
  async suggest(query, limit = 8) {
    const quick = this.quickly(query, limit), key = fold(query);
    if (this.whole || !query.trim() || (quick.length >= limit && key.length < 3)) return quick;
    const beginnings = words(query).map(word => this.#beginning(word)), entries = new Set(this.best);
    if (!beginnings.includes(null)) {
      const whole = beginnings.filter(each => !this.cut.has(each)), near = each => this.loaded.has(this.places.get(each));
      whole.sort((one, other) => near(other) - near(one) || other.length - one.length);
      for (const each of whole.length ? whole.slice(0, 1) : beginnings) (await this.#load(each)).forEach(entry => entries.add(entry));
    }
    const alias = this.#beginning(key);
    if (alias !== null && entries.size && this.#matching([...entries], query, limit).length < limit) await this.#load(alias);
    return this.#matching([...entries], query, limit);
  }

  // What a text means: the names written just so, else all that are alike, else the one it is an alias of.
  async alike(text) {
    const key = fold(text);
    const { names, aliases } = await piece(`${this.kind}/key/${crc32(key) % this.keys}`);
    const own = (table, name) => Object.hasOwn(table, name) ? table[name] : null;
    const alias = own(aliases, key);
    return own(names, key) ?? (alias ? [alias] : []);
  }

  async find(text) {
    const alike = await this.alike(text), written = alike.filter(row => row[1] === text);
    return written.length ? written : alike;
  }

  // Names near a mistyped one, among those that are here: most letters in common, two by two.
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
