// Elements, figures and times: what every page is made of.

/** An element: attributes and properties that begin with "on" by name, then children. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on') || key === 'value' || key === 'checked') element[key] = value;
    else element.setAttribute(key === 'cls' ? 'class' : key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(name, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const $ = selector => document.querySelector(selector);

// MARK: Figures

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1});
const fine = new Intl.NumberFormat('en', {maximumFractionDigits: 1});

export const count = value => value === null || value === undefined ? '·' : whole.format(value);
export const brief = value => Math.abs(value) >= 100_000 ? short.format(value) : whole.format(Math.round(value));
export const rate = value => value === 0 ? '0' : value < 0.1 ? '<0.1' : value < 100 ? fine.format(value) : brief(value);

/** Seconds in two figures: 340 µs, 12 ms, 3.4 s, 5 m, 2 h, 3 d. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return '·';
  if (seconds === 0) return '0';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? fine.format(seconds) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  const [large, unit, small, rest] = seconds < 86400 ? [3600, 'h', 60, 'm'] : [86400, 'd', 3600, 'h'];
  const more = Math.floor(seconds % large / small);
  return `${Math.floor(seconds / large)} ${unit}${more ? ` ${more} ${rest}` : ''}`;
}
export const milliseconds = value => value === null || value === undefined ? '·' : span(value / 1000);

/** Our clock may be off: times are told by the server's. */
let offset = 0;
export const setClock = at => { offset = Date.parse(at) - Date.now(); };
export const now = () => Date.now() + offset;
export const age = time => time ? Math.max(0, (now() - Date.parse(time)) / 1000) : null;

const minute = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const second = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const day = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short'});
export const clock = (time, fineness = 'second') => {
  const date = new Date(time);
  if (fineness === 'day') return day.format(date);
  const text = (fineness === 'minute' ? minute : second).format(date);
  return date.toDateString() === new Date(now()).toDateString() ? text : `${day.format(date)} ${text}`;
};

/** "3 m ago", with the moment itself as its title. */
export function ago(time) {
  if (!time) return h('span', {cls: 'soft'}, '·');
  const seconds = (now() - Date.parse(time)) / 1000;
  const text = Math.abs(seconds) < 1 ? 'now' : seconds < 0 ? `in ${span(-seconds)}` : `${span(seconds)} ago`;
  return h('time', {datetime: time, title: new Date(time).toISOString()}, text);
}

export const plural = (value, one, many) => `${count(value)} ${value === 1 ? one : many}`;

export const money = (minor, currency) => new Intl.NumberFormat('en-IN', {style: 'currency', currency}).format(minor / 100);

export function tag(text, kind = '') { return h('span', {cls: `tag ${kind}`}, text); }

/** A sign that no font has to have. */
export function sign(path) {
  return svg('svg', {viewBox: '0 0 16 16', class: 'sign-icon', 'aria-hidden': 'true'}, svg('path', {d: path}));
}

/** A job's id, short enough for a table. */
export const jobLink = id => h('a', {href: `#/jobs/${id}`, cls: 'mono', title: id}, `${id.slice(0, 8)}…${id.slice(-6)}`);
export const queueLink = name => h('a', {href: `#/queues/${name}`}, name);

export function toast(text, kind = '') {
  const element = h('div', {cls: `toast ${kind}`}, text);
  $('#toasts').append(element);
  setTimeout(() => element.remove(), kind === 'bad' ? 8000 : 4000);
}

// MARK: Theme

const stored = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
const dark = matchMedia('(prefers-color-scheme: dark)');
export function applyTheme() {
  document.documentElement.dataset.theme = stored() ?? (dark.matches ? 'dark' : 'light');
}
export function switchTheme() {
  try { localStorage.setItem('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'); } catch { /* only for now */ }
  applyTheme();
}
dark.addEventListener('change', applyTheme);
