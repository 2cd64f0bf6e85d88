// An input with suggestions: a combobox with a listbox, following the ARIA practices.

import { Names } from "./index.js";
import { texts } from "./texts.js";

let boxes = 0;

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(child => child != null));  // strings become text nodes
  return made;
}

export class Box {
  constructor(input, kind, choose) {
    const list = element("ul", { role: "listbox", id: `suggestions-${++boxes}`, hidden: true });
    Object.assign(this, { input, kind, choose, list, rows: [], active: -1, asked: 0, typed: "" });
    this.status = element("span", { class: "unseen", role: "status" });
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    })) input.setAttribute(name, value);
    input.after(list, this.status);
    input.addEventListener("input", () => this.suggest());
    input.addEventListener("focus", () => Names.open(kind));
    input.addEventListener("keydown", event => this.key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", event => event.preventDefault());  // the input keeps the focus
    list.addEventListener("click", event => {
      const option = event.target.closest("li");
      if (option) this.take(Number(option.dataset.at));
    });
  }

  name(label) {
    this.list.setAttribute("aria-label", label);
  }

  async suggest() {
    const query = this.input.value, turn = ++this.asked;
    if (!query.trim()) return this.close();
    const names = await Names.open(this.kind);
    if (turn !== this.asked) return;
    this.show(names.quickly(query), false);
    try {
      const found = await names.suggest(query);
      if (turn === this.asked) this.show(found.length ? found : names.near(query), true);
    } catch {
      if (turn === this.asked) this.say(texts.failed, true);
    }
  }

  show(rows, settled) {
    const same = rows.length === this.rows.length && rows.every((row, at) => row[0] === this.rows[at][0]);
    if (!same || this.list.hidden) {
      const kept = this.rows[this.active]?.[0];
      this.rows = rows;
      this.list.replaceChildren(...rows.map((row, at) => this.option(row, at)));
      this.open(rows.length > 0);
      this.activate(kept == null ? -1 : rows.findIndex(row => row[0] === kept));
    }
    this.say(settled ? texts.found(rows.length) : "", settled && !rows.length);
    this.input.dispatchEvent(new CustomEvent("suggested", { bubbles: true, detail: settled }));
  }

  // The message for screen readers; visible if there are no suggestions.
  say(text, seen = false) {
    this.status.textContent = text;
    this.status.className = seen ? "said" : "unseen";
  }

  option([, name, ...told], at) {
    const beside = this.kind === "peliculas" ? told[1] : told[0];
    return element("li", { role: "option", id: `${this.list.id}-${at}`, "data-at": at, "aria-selected": "false" },
      element("span", {}, name), element("small", {}, String(beside)));
  }

  open(whether) {
    this.list.hidden = !whether;
    this.input.setAttribute("aria-expanded", whether);
    if (!whether) this.activate(-1);
  }

  close() {
    this.asked++;
    this.say("");
    this.open(false);
  }

  activate(at) {
    this.active = at;
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", place === at));
    if (at < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", this.list.children[at].id);
    this.list.children[at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const shown = !this.list.hidden, step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step) {
      event.preventDefault();
      if (!shown) return this.suggest();
      const places = this.rows.length + 1;  // including the input itself
      this.activate((this.active + 1 + step + places) % places - 1);
    } else if (event.key === "Enter" && shown && this.active >= 0) {
      event.preventDefault();
      this.take(this.active);
    } else if (event.key === "Enter" && this.input.value.trim()) {
      event.preventDefault();
      this.close();
      this.choose(null, this.input.value.trim());
    } else if (event.key === "Escape") {
      if (shown) event.preventDefault();
      else this.input.value = "";
      this.close();
    }
  }

  take(at) {
    const row = this.rows[at];
    this.input.value = row[1];
    this.close();
    this.choose(row, row[1]);
  }
}
