// Tables that change in place, dialogs, filters.
import {h, toast} from './core.js';
import {Refusal} from './session.js';

/** A table whose rows stay the same elements while what they show changes, so that focus and choice survive. */
export class Table {
  /** columns: {title, cls, cell(row)}; options: key(row), open(row), empty: [title, text], choose: body(set) */
  constructor(columns, options) {
    this.columns = columns;
    this.options = options;
    this.rows = new Map();
    this.chosen = new Set();
    this.body = h('tbody');
    this.empty = h('div', {cls: 'empty', hidden: true}, h('strong', {}, options.empty[0]), options.empty[1]);
    const all = options.choose && h('input', {type: 'checkbox', 'aria-label': 'Choose all', onchange: event => this.chooseAll(event.target.checked)});
    const head = columns.map(column => h('th', {cls: column.cls, scope: 'col'}, column.title || h('span', {cls: 'sr'}, column.label ?? 'Actions')));
    if (all) head.unshift(h('th', {scope: 'col'}, all));
    this.table = h('table', {'aria-label': options.label}, h('thead', {}, h('tr', {}, head)), this.body);
    this.element = h('div', {cls: 'scroll', tabindex: -1}, this.table, this.empty);
  }

  show(rows) {
    const seen = new Set();
    const elements = rows.map(row => {
      const key = String(this.options.key(row));
      seen.add(key);
      const known = this.rows.get(key);
      const text = JSON.stringify(row);
      if (known && known.text === text && !this.options.ticking) return known.element;
      const element = known?.element ?? this.makeRow(key);
      this.fill(element, row, key);
      this.rows.set(key, {element, text, row});
      return element;
    });
    for (const key of this.rows.keys()) if (!seen.has(key)) { this.rows.delete(key); this.chosen.delete(key); }
    const present = [...this.body.children];
    if (present.length !== elements.length || present.some((element, place) => element !== elements[place])) this.body.replaceChildren(...elements);
    this.table.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
  }

  makeRow(key) {
    const element = h('tr', {'data-key': key});
    if (!this.options.open) return element;
    element.className = 'link';
    element.onclick = event => {
      if (!event.target.closest('a, button, input, select')) this.options.open(this.rows.get(key).row);
    };
    return element;
  }

  /** What has the focus is left alone. */
  fill(element, row, key) {
    const cells = this.columns.map(column => h('td', {cls: column.cls}, column.cell(row)));
    if (this.options.choose) {
      cells.unshift(h('td', {}, h('input', {type: 'checkbox', 'aria-label': 'Choose this one', checked: this.chosen.has(key),
        onchange: event => this.choose(key, event.target.checked)})));
    }
    const old = [...element.children];
    if (old.length === 0) return element.append(...cells);
    cells.forEach((cell, place) => { if (!old[place].contains(document.activeElement)) old[place].replaceWith(cell); });
  }

  choose(key, isChosen) {
    if (isChosen) this.chosen.add(key); else this.chosen.delete(key);
    this.rows.get(key)?.element.classList.toggle('chosen', isChosen);
    this.options.choose(this.chosen);
  }

  chooseAll(isChosen) {
    for (const [key, {element}] of this.rows) {
      const box = element.querySelector('input[type=checkbox]');
      if (box) box.checked = isChosen;
      this.choose(key, isChosen);
    }
  }
}

/** A list that is fetched page by page. `fetchPage(cursor)` answers a page of the API. */
export class Pages {
  constructor(table, fetchPage) {
    this.table = table;
    this.fetchPage = fetchPage;
    this.rows = [];
    this.next = null;
    this.isWhole = true;
    this.button = h('button', {onclick: () => this.more()}, 'Load more');
    this.note = h('p', {cls: 'problem', role: 'alert', hidden: true});
    this.element = h('div', {}, table.element, h('div', {cls: 'more'}, this.button, this.note));
    this.button.hidden = true;
  }

  /** The first page anew; a reader who has gone on is not thrown back. */
  async refresh(force = false) {
    if (!force && !this.isWhole) return;
    const wanted = this.wanted = Symbol();
    try {
      const page = await this.fetchPage(null);
      if (wanted !== this.wanted) return;
      this.isWhole = true;
      this.take(page, []);
    } catch (error) { this.fail(error); }
  }

  async more() {
    this.button.disabled = true;
    try {
      const page = await this.fetchPage(this.next);
      this.isWhole = false;
      this.take(page, this.rows);
    } catch (error) { this.fail(error); }
    this.button.disabled = false;
  }

  take(page, before) {
    this.rows = before.concat(page.data);
    this.next = page.nextCursor;
    this.note.hidden = true;
    this.button.hidden = !page.hasMore;
    this.table.show(this.rows);
  }

  fail(error) {
    this.note.textContent = error instanceof Refusal ? error.message : 'The server does not answer.';
    this.note.hidden = false;
  }
}

// MARK: Acts

/** Does something, says how it went, and keeps the button from being pressed twice. */
export async function act(button, words, body) {
  if (button) button.disabled = true;
  try {
    await body();
    if (words) toast(words);
    return true;
  } catch (error) {
    toast(error instanceof Refusal ? error.message : 'The server does not answer.', 'bad');
    return false;
  } finally {
    if (button) button.disabled = false;
  }
}

/** Asks before something is done. `fields` are labelled inputs; resolves to their values, or null. */
export function ask(title, text, {fields = [], confirm = 'Confirm', danger = false} = {}) {
  return new Promise(resolve => {
    const form = h('form', {onsubmit: event => {
      event.preventDefault();
      dialog.returnValue = 'yes';
      dialog.close('yes');
    }},
    h('h2', {id: 'ask-title'}, title), text && h('p', {cls: 'soft'}, text),
    fields.map(field => h('label', {cls: 'field'}, field.label, field.input)),
    h('div', {cls: 'acts'},
      h('button', {type: 'button', onclick: () => dialog.close()}, 'Cancel'),
      h('button', {cls: danger ? 'danger' : 'primary', id: 'ask-yes'}, confirm)));
    const dialog = h('dialog', {'aria-labelledby': 'ask-title'}, form);
    dialog.addEventListener('close', () => {
      const values = Object.fromEntries(new FormData(form));
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? values : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function tabs(label, entries, current) {
  return h('nav', {cls: 'tabs', 'aria-label': label}, entries.map(([name, text, href]) =>
    h('a', {href, 'aria-current': name === current ? 'page' : undefined}, text)));
}

export function choice(name, options, current, change) {
  return h('select', {name, onchange: event => change?.(event.target.value)}, options.map(([value, text]) =>
    h('option', {value, selected: value === current}, text)));
}

/** Buttons of which one is pressed. */
export function pressed(label, options, current, change) {
  const group = h('div', {cls: 'group', role: 'group', 'aria-label': label}, options.map(([value, text]) =>
    h('button', {type: 'button', 'aria-pressed': String(value === current), 'data-value': value, onclick: () => {
      for (const button of group.children) button.setAttribute('aria-pressed', String(button.dataset.value === value));
      change(value);
    }}, text)));
  return group;
}

export function panel(title, ...children) {
  return h('section', {cls: 'panel'}, title && h('header', {}, h('h2', {}, title)), children);
}

export function facts(pairs) {
  return h('dl', {cls: 'facts'}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').flatMap(([name, value]) =>
    [h('dt', {}, name), h('dd', {}, value)]));
}

/** Tiles whose figures change in place. */
export function tiles(entries) {
  const parts = entries.map(([name, title, href]) => {
    const value = h('dd', {}, '·'), under = h('div', {cls: 'under'}, '\u00a0');
    const tile = h(href ? 'a' : 'div', {cls: 'tile', href, 'data-tile': name}, h('dl', {}, h('dt', {}, title), value), under);
    return [name, {tile, value, under}];
  });
  const byName = Object.fromEntries(parts);
  return {
    element: h('div', {cls: 'tiles'}, parts.map(([, part]) => part.tile)),
    set(name, text, under = '\u00a0', kind = '') {
      const part = byName[name];
      if (part.value.textContent !== text) part.value.textContent = text;
      part.value.className = kind;
      if (part.under.textContent !== under) part.under.textContent = under;
    },
  };
}
