// An input with suggestions: a combobox with a listbox, following the ARIA practices.

import { Names } from "./index.js";
import { texts } from "./texts.js";

let boxCount = 0;

export function createElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child != null));  // strings become text nodes
  return element;
}

export class SuggestionBox {
  constructor(input, kind, onChoice) {
    const list = createElement("ul", { role: "listbox", id: `suggestions-${++boxCount}`, hidden: true });
    Object.assign(this, { input, kind, onChoice, list, rows: [], active: -1, turn: 0 });  // turn: the number of searches so far
    this.status = createElement("span", { class: "unseen", role: "status" });
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    })) input.setAttribute(name, value);
    input.after(list, this.status);
    input.addEventListener("input", () => this.suggest());
    input.addEventListener("focus", () => Names.open(kind));
    input.addEventListener("keydown", event => this.handleKey(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", event => event.preventDefault());  // the input keeps the focus
    list.addEventListener("click", event => {
      const option = event.target.closest("li");
      if (option) this.choose(Number(option.dataset.at));
    });
  }

  setLabel(label) {
    this.list.setAttribute("aria-label", label);
  }

  async suggest() {
    const query = this.input.value, turn = ++this.turn;
    if (!query.trim()) return this.close();
    const names = await Names.open(this.kind);
    if (turn !== this.turn) return;
    this.show(names.suggestBest(query), false);
    try {
      const rows = await names.suggest(query);
      if (turn === this.turn) this.show(rows.length ? rows : names.findSimilar(query), true);
    } catch {
      if (turn === this.turn) this.setStatus(texts.failed, true);
    }
  }

  show(rows, complete) {
    const same = rows.length === this.rows.length && rows.every((row, position) => row[0] === this.rows[position][0]);
    if (!same || this.list.hidden) {
      const activeRow = this.rows[this.active]?.[0];
      this.rows = rows;
      this.list.replaceChildren(...rows.map((row, position) => this.createOption(row, position)));
      this.setOpen(rows.length > 0);
      this.activate(activeRow == null ? -1 : rows.findIndex(row => row[0] === activeRow));
    }
    this.setStatus(complete ? texts.found(rows.length) : "", complete && !rows.length);
  }

  // The message for screen readers; visible if there are no suggestions.
  setStatus(text, visible = false) {
    this.status.textContent = text;
    this.status.className = visible ? "said" : "unseen";
  }

  createOption([, name, ...details], position) {
    const detail = this.kind === "peliculas" ? details[1] : details[0];
    return createElement("li", { role: "option", id: `${this.list.id}-${position}`, "data-at": position, "aria-selected": "false" },
      createElement("span", {}, name), createElement("small", {}, String(detail)));
  }

  setOpen(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", open);
    if (!open) this.activate(-1);
  }

  close() {
    this.turn++;
    this.setStatus("");
    this.setOpen(false);
  }

  activate(position) {
    this.active = position;
    [...this.list.children].forEach((option, other) => option.setAttribute("aria-selected", other === position));
    if (position < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", this.list.children[position].id);
    this.list.children[position].scrollIntoView({ block: "nearest" });
  }

  handleKey(event) {
    const isOpen = !this.list.hidden, step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step) {
      event.preventDefault();
      if (!isOpen) return this.suggest();
      const stops = this.rows.length + 1;  // including the input itself
      this.activate((this.active + 1 + step + stops) % stops - 1);
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Enter" && this.input.value.trim()) {
      event.preventDefault();
      this.close();
      this.onChoice(null, this.input.value.trim());
    } else if (event.key === "Escape") {
      if (isOpen) event.preventDefault();
      else this.input.value = "";
      this.close();
    }
  }

  choose(position) {
    const row = this.rows[position];
    this.input.value = row[1];
    this.close();
    this.onChoice(row, row[1]);
  }
}
