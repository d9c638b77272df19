// Charts, drawn as SVG: lines and areas over time, and the small ones in tables.
import {h, svg, clock, brief, span} from './core.js';

const width = 640, height = 184, left = 46, bottom = 20, top = 8;

/** Steps that people read easily: 1, 2, 5 and their tenfolds. */
function ticks(most, isTime) {
  if (most <= 0) return [0, 1];
  const steps = isTime ? [1e-6, 1e-5, 1e-4, 1e-3, 5e-3, .01, .05, .1, .5, 1, 2, 5, 10, 20, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800] : null;
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = steps?.find(value => value >= rough) ?? [1, 2, 5, 10].map(factor => factor * power).find(value => value >= rough);
  const found = [];
  for (let value = 0; value < most + step * .001; value += step) found.push(value);
  if (found.at(-1) < most) found.push(found.at(-1) + step);
  return found;
}

/** series: {name, colour, area}; unit: 'count' | 'seconds'. `show(times, rows, step)`: rows of values by series, null for none. */
export class Chart {
  constructor(title, series, unit = 'count') {
    this.title = title;
    this.series = series;
    this.unit = unit;
    this.format = unit === 'seconds' ? span : value => value >= 10 || Number.isInteger(value) ? brief(value) : value.toFixed(1);
    this.drawing = svg('svg', {viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title});
    this.labels = h('div', {cls: 'legend'});
    this.tip = h('div', {cls: 'tip', hidden: true});
    this.times = [];
    this.moments = [];
    this.from = 0;
    this.until = 1;
    this.rows = [];
    this.drawing.addEventListener('pointermove', event => this.point(event));
    this.drawing.addEventListener('pointerleave', () => this.leave());
    this.element = h('section', {cls: 'panel chart', 'data-chart': title}, h('header', {}, h('h2', {}, title), h('span', {cls: 'rest'}, this.labels)), this.drawing, this.tip);
    // Letters keep their shape however wide the chart is: it is drawn anew for its width.
    new ResizeObserver(entries => {
      const wide = Math.round(entries[0].contentRect.width), high = Math.round(entries[0].contentRect.height);
      if (wide > 0 && (wide !== this.wide || high !== this.high)) { this.wide = wide; this.high = high; this.draw(); }
    }).observe(this.drawing);
    this.wide = width;
    this.high = height;
  }

  /** `since` where the chart begins earlier than what is known. */
  show(times, rows, fineness = 'second', since = null) {
    this.times = times;
    this.moments = times.map(time => Date.parse(time));
    this.from = since ?? this.moments[0] ?? 0;
    this.until = this.moments.at(-1) ?? 1;
    this.rows = rows;
    this.fineness = fineness;
    this.draw();
  }

  x(moment) { return left + (moment - this.from) / Math.max(this.until - this.from, 1) * (this.wide - left - 4); }
  y(value) { return this.high - bottom - value / this.most * (this.high - bottom - top); }

  draw() {
    const {wide, high} = this;
    this.drawing.setAttribute('viewBox', `0 0 ${wide} ${high}`);
    const values = this.rows.flat().filter(value => value !== null);
    const marks = ticks(Math.max(...values, 0), this.unit === 'seconds');
    this.most = marks.at(-1);
    const parts = marks.map(mark => svg('g', {},
      svg('line', {x1: left, x2: wide - 4, y1: this.y(mark), y2: this.y(mark), class: mark === 0 ? 'zeroline' : 'rule'}),
      this.text(left - 6, this.y(mark) + 3.5, this.format(mark), 'end')));
    const steps = wide < 420 ? 3 : 5;
    for (let step = 0; step < steps && this.times.length > 1; step++) {
      const moment = this.from + step / (steps - 1) * (this.until - this.from);
      const anchor = step === 0 ? 'start' : step === steps - 1 ? 'end' : 'middle';
      parts.push(this.text(this.x(moment), high - 4, clock(moment, this.fineness), anchor));
    }
    this.series.forEach((series, number) => parts.push(...this.curve(series, this.rows.map(row => row[number]))));
    this.cross = svg('line', {class: 'cross', y1: top, y2: high - bottom, visibility: 'hidden'});
    this.drawing.replaceChildren(...parts, this.cross);
    this.legend();
  }

  text(x, y, words, anchor) {
    const element = svg('text', {x, y, 'text-anchor': anchor});
    element.textContent = words;
    return element;
  }

  /** A gap stays a gap. */
  curve(series, values) {
    const runs = [];
    values.forEach((value, place) => {
      if (value === null) return;
      if (place === 0 || values[place - 1] === null) runs.push([]);
      runs.at(-1).push(`${this.x(this.moments[place]).toFixed(1)},${this.y(value).toFixed(1)}`);
    });
    return runs.flatMap(run => {
      const line = svg('path', {d: `M${run.join('L')}${run.length === 1 ? 'h.01' : ''}`, class: `line c-${series.colour}`});
      if (!series.area) return [line];
      const [first, last] = [run[0].split(',')[0], run.at(-1).split(',')[0]];
      return [svg('path', {d: `M${first},${this.y(0)}L${run.join('L')}L${last},${this.y(0)}Z`, class: `area f-${series.colour}`}), line];
    });
  }

  legend() {
    const last = this.rows.findLast(row => row.some(value => value !== null)) ?? [];
    const words = this.series.map((series, number) => [series, last[number] === undefined || last[number] === null ? '·' : this.format(last[number])]);
    this.labels.replaceChildren(...words.map(([series, text]) => h('span', {}, h('i', {cls: `b-${series.colour}`}), `${series.name} `, h('b', {}, text))));
    this.drawing.setAttribute('aria-label', `${this.title}: ${words.map(([series, text]) => `${series.name} ${text}`).join(', ')}`);
  }

  point(event) {
    if (this.times.length < 2) return;
    const box = this.drawing.getBoundingClientRect();
    const share = ((event.clientX - box.left) - left) / (this.wide - left - 4);
    const moment = this.from + share * (this.until - this.from);
    const place = this.moments.reduce((best, other, number) => Math.abs(other - moment) < Math.abs(this.moments[best] - moment) ? number : best, 0);
    const x = this.x(this.moments[place]);
    this.cross.setAttribute('x1', x);
    this.cross.setAttribute('x2', x);
    this.cross.setAttribute('visibility', 'visible');
    this.tip.replaceChildren(h('div', {cls: 'soft'}, clock(this.times[place], this.fineness === 'day' ? 'minute' : this.fineness)),
      ...this.series.map((series, number) => h('div', {}, h('span', {}, series.name), h('b', {}, this.rows[place][number] === null ? '·' : this.format(this.rows[place][number])))));
    this.tip.hidden = false;
    this.tip.style.top = `${this.drawing.offsetTop + 4}px`;
    const room = this.wide - x > 150;
    this.tip.style.left = room ? `${this.drawing.offsetLeft + x + 10}px` : 'auto';
    this.tip.style.right = room ? 'auto' : `${this.wide - x + 26}px`;
  }

  leave() {
    this.tip.hidden = true;
    this.cross?.setAttribute('visibility', 'hidden');
  }
}

export function sparkline(values, colour = 'accent') {
  const wide = 128, high = 24;
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, place) => `${(place / Math.max(values.length - 1, 1) * wide).toFixed(1)},${(high - 2 - value / most * (high - 4)).toFixed(1)}`);
  const drawing = svg('svg', {class: 'sparkline', viewBox: `0 0 ${wide} ${high}`, preserveAspectRatio: 'none', 'aria-hidden': 'true'});
  if (points.length > 1) {
    drawing.append(svg('path', {d: `M0,${high - 1}L${points.join('L')}L${wide},${high - 1}Z`, class: `area f-${colour}`}),
      svg('path', {d: `M${points.join('L')}`, class: `line c-${colour}`}));
  }
  return drawing;
}

/** Bars side by side, for few of them: {label, value, text}. */
export function bars(title, entries) {
  const most = Math.max(...entries.map(entry => entry.value), 1);
  const drawing = svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}: ${entries.map(entry => `${entry.label} ${entry.text}`).join(', ')}`});
  const step = (width - 8) / Math.max(entries.length, 1);
  entries.forEach((entry, place) => {
    const size = entry.value / most * (height - bottom - top - 10);
    const bar = svg('rect', {x: 4 + place * step + step * .12, width: step * .76, y: height - bottom - size, height: Math.max(size, 1), rx: 2, class: 'f-accent'});
    const name = svg('title');
    name.textContent = `${entry.label}: ${entry.text}`;
    bar.append(name);
    drawing.append(bar);
    if (place % Math.ceil(entries.length / 8) === 0) {
      const label = svg('text', {x: 4 + (place + .5) * step, y: height - 4, 'text-anchor': 'middle'});
      label.textContent = entry.label;
      drawing.append(label);
    }
  });
  return h('div', {cls: 'chart'}, drawing);
}
