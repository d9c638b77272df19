// The overview, queues, and workers.
import {h, count, plural, brief, rate, span, milliseconds, ago, age, tag, jobLink, queueLink, now} from './core.js';
import {get, post, api} from './session.js';
import {Table, act, ask, facts, panel, pressed, tabs, tiles} from './widgets.js';
import {Chart, sparkline} from './charts.js';

// MARK: What was heard lately

/** The last five minutes, a sample every other second: of all queues together under '', and of each. */
export const feed = {
  last: null,
  samples: new Map(),
  most: 150,

  take(overview) {
    const before = this.last;
    this.last = overview;
    const old = new Map(before?.queues.map(queue => [queue.name, queue]));
    const seconds = before ? (Date.parse(overview.at) - Date.parse(before.at)) / 1000 : 0;
    const all = {at: overview.at, done: 0, failed: 0, ready: 0, age: 0, waitP50: null, waitP99: null, runP50: null, runP99: null};
    for (const queue of overview.queues) {
      const known = old.get(queue.name);
      const perSecond = known && seconds > 0 ? Math.max(0, (queue.done - known.done) / seconds) : queue.donePerSecond;
      const sample = {at: overview.at, done: perSecond, failed: queue.failedPerSecond, ready: queue.ready, age: age(queue.oldestReadyAt) ?? 0,
        waitP50: queue.latency.waitP50, waitP99: queue.latency.waitP99, runP50: queue.latency.runP50, runP99: queue.latency.runP99};
      this.add(queue.name, sample);
      all.done += perSecond;
      all.failed += sample.failed;
      all.ready += sample.ready;
      all.age = Math.max(all.age, sample.age);
      for (const part of ['waitP50', 'waitP99', 'runP50', 'runP99']) {
        if (sample[part] !== null) all[part] = Math.max(all[part] ?? 0, sample[part]);
      }
    }
    this.add('', all);
  },

  add(name, sample) {
    if (!this.samples.has(name)) this.samples.set(name, []);
    const samples = this.samples.get(name);
    samples.push(sample);
    if (samples.length > this.most) samples.shift();
  },

  of(name) { return this.samples.get(name) ?? []; },
  queue(name) { return this.last?.queues.find(queue => queue.name === name); },
};

// MARK: Charts over a range

const ranges = [['live', 'Live'], ['1h', '1 h'], ['6h', '6 h'], ['24h', '24 h'], ['7d', '7 d'], ['30d', '30 d']];

/** Four charts of one queue, or of all. */
function chartBoard(queue) {
  const flow = new Chart('Jobs a second', [{name: 'done', colour: 'accent', area: true}, {name: 'failed', colour: 'bad'}]);
  const backlog = new Chart('Backlog', [{name: 'ready', colour: 'accent', area: true}]);
  const waits = new Chart('Latency', [{name: 'wait p50', colour: 'second'}, {name: 'wait p99', colour: 'warn'}, {name: 'run p50', colour: 'soft'}, {name: 'run p99', colour: 'accent'}], 'seconds');
  const oldest = new Chart('Age of the oldest ready job', [{name: 'age', colour: 'accent', area: true}], 'seconds');
  const seconds = value => value === null ? null : value / 1000;
  const board = {
    range: 'live',
    seed: [],
    element: h('div', {cls: 'grid'}, flow.element, backlog.element, waits.element, oldest.element),

    draw(samples, fineness, since) {
      const times = samples.map(sample => sample.at);
      flow.show(times, samples.map(sample => [sample.done, sample.failed]), fineness, since);
      backlog.show(times, samples.map(sample => [sample.ready]), fineness, since);
      waits.show(times, samples.map(sample => ['waitP50', 'waitP99', 'runP50', 'runP99'].map(part => seconds(sample[part]))), fineness, since);
      oldest.show(times, samples.map(sample => [sample.age]), fineness, since);
    },

    heard() { if (this.range === 'live') this.live(); },

    /** Before this page was open, minutes are all that is known. */
    live() {
      const samples = feed.of(queue ?? '');
      const start = samples.length ? Date.parse(samples[0].at) : now();
      this.draw(this.seed.filter(sample => Date.parse(sample.at) < start && Date.parse(sample.at) > now() - 300_000).concat(samples), 'second', now() - 300_000);
    },

    async load() {
      const wanted = this.range;
      const series = await get('/admin/statistics', {range: wanted === 'live' ? '5m' : wanted, queue});
      if (wanted !== this.range) return;
      const samples = series.points.map(point => ({at: point.at, done: point.done / series.stepSeconds, failed: point.failed / series.stepSeconds,
        ready: point.ready, age: point.ageSeconds, ...point.latency}));
      if (wanted === 'live') { this.seed = samples.slice(0, -1); this.live(); return; }
      this.draw(samples, ['7d', '30d'].includes(wanted) ? 'day' : 'minute');
    },
  };
  board.control = pressed('Range of the charts', ranges, 'live', range => { board.range = range; board.load(); });
  return board;
}

// MARK: The overview

export function overviewPage() {
  const board = chartBoard();
  const figures = tiles([['done', 'Done a second'], ['failed', 'Failed a second'], ['ready', 'Ready', '#/jobs'], ['age', 'Oldest ready'], ['leased', 'Running', '#/workers'], ['dead', 'Dead letters', '#/dead']]);
  const table = queueTable();
  return {
    title: 'Overview', every: 15, control: board.control,
    element: h('div', {}, figures.element, board.element, panel('Queues', table.element)),
    heard(overview) {
      const sum = name => overview.queues.reduce((total, queue) => total + queue[name], 0);
      const samples = feed.of('');
      const last = samples.at(-1);
      figures.set('done', rate(last.done), `${brief(sum('done'))} in all`);
      figures.set('failed', rate(sum('failedPerSecond')), 'of the last minute', sum('failedPerSecond') > 0 ? 'warn' : '');
      figures.set('ready', brief(sum('ready')), `${brief(sum('due'))} wait for their time`);
      figures.set('age', last.age ? span(last.age) : 'none', worst(overview), last.age > 60 ? 'warn' : '');
      figures.set('leased', brief(sum('leased')), plural(sum('workers'), 'worker’s connection', 'workers’ connections'));
      figures.set('dead', brief(overview.dead), overview.openOperations ? `${overview.openOperations} bulk changes run` : 'nobody has seen to', overview.dead > 0 ? 'bad' : '');
      table.show(overview.queues);
      board.heard();
    },
    refresh: () => board.load(),
  };
}

function worst(overview) {
  const late = overview.queues.filter(queue => queue.oldestReadyAt).sort((one, other) => one.oldestReadyAt < other.oldestReadyAt ? -1 : 1)[0];
  return late ? `in ${late.name}` : 'nothing waits';
}

function remarks(queue) {
  const found = [];
  if (queue.paused) found.push(tag('paused', 'warn'));
  if (queue.difference !== 0) found.push(tag('books are off', 'bad'));
  if (queue.workers === 0) found.push(tag('no workers', queue.ready > 0 ? 'bad' : ''));
  if (Object.values(queue.limits).some(limit => limit !== null)) found.push(tag('limited'));
  return found;
}

const figure = (value, kind) => h('span', {cls: value === 0 ? 'zero' : kind ?? ''}, brief(value));

function queueTable() {
  const open = queue => { location.hash = `#/queues/${queue.name}`; };
  return new Table([
    {title: 'Queue', cls: 'tight', cell: queue => [queueLink(queue.name), ' ', ...remarks(queue)]},
    {title: 'Last five minutes', cls: 'spark wide-only', cell: queue => sparkline(feed.of(queue.name).map(sample => sample.done ?? 0))},
    {title: 'Done/s', cls: 'num', cell: queue => figureOf(feed.of(queue.name).at(-1)?.done ?? queue.donePerSecond)},
    {title: 'Failed/s', cls: 'num', cell: queue => h('span', {cls: queue.failedPerSecond ? 'warn' : 'zero'}, rate(queue.failedPerSecond))},
    {title: 'Ready', cls: 'num', cell: queue => figure(queue.ready)},
    {title: 'Oldest', cls: 'num', cell: queue => h('span', {cls: age(queue.oldestReadyAt) > 60 ? 'warn' : 'soft'}, span(age(queue.oldestReadyAt)))},
    {title: 'Due', cls: 'num', cell: queue => figure(queue.due)},
    {title: 'Running', cls: 'num', cell: queue => figure(queue.leased)},
    {title: 'Wait p99', cls: 'num', cell: queue => milliseconds(queue.latency.waitP99)},
    {title: 'Run p99', cls: 'num', cell: queue => milliseconds(queue.latency.runP99)},
    {title: 'Dead', cls: 'num', cell: queue => queue.dead ? h('a', {href: `#/dead?queue=${queue.name}`, cls: 'bad'}, brief(queue.dead)) : h('span', {cls: 'zero'}, '0')},
    {title: '', cls: 'num', label: 'Pause or resume', cell: queue => pauseButton(queue, 'small')},
  ], {key: queue => queue.name, open, ticking: true, label: 'Queues', empty: ['No queue yet', 'One appears with its first job or worker.']});
}
const figureOf = value => h('span', {cls: value ? '' : 'zero'}, rate(value));

function pauseButton(queue, kind = '') {
  const word = queue.paused ? 'resume' : 'pause';
  return h('button', {cls: kind, 'data-act': word, 'aria-label': `${word} ${queue.name}`, onclick: event => turn(event.target, queue)},
    queue.paused ? 'Resume' : 'Pause');
}

async function turn(button, queue) {
  const word = queue.paused ? 'resume' : 'pause';
  if (word === 'pause' && !await ask(`Pause ${queue.name}?`, 'Workers take no more of its jobs; those that run go on.', {confirm: 'Pause'})) return;
  await act(button, `${queue.name} is ${word === 'pause' ? 'paused' : 'going on'}.`, async () => {
    const standing = await post(`/admin/queues/${queue.name}/${word}`);
    const place = feed.last?.queues.findIndex(other => other.name === queue.name);
    if (place >= 0) feed.last.queues[place] = standing;
    dispatchEvent(new CustomEvent('standing'));
  });
}

export function queuesPage() {
  const table = queueTable();
  return {title: 'Queues', element: panel(null, table.element), heard: overview => table.show(overview.queues)};
}

// MARK: One queue

const limits = [['concurrency', 'Running at once'], ['rate', 'Starts a second'], ['burst', 'Burst'], ['keyConcurrency', 'Running at once, by key'],
  ['keyRate', 'Starts a second, by key'], ['keyBurst', 'Burst, by key'], ['maxLength', 'Waiting at most']];

export function queuePage({name}) {
  const board = chartBoard(name);
  const figures = tiles([['done', 'Done a second'], ['ready', 'Ready', `#/jobs?queue=${name}`], ['due', 'Due', `#/jobs?queue=${name}&state=scheduled`],
    ['leased', 'Running', `#/jobs?queue=${name}&state=leased`], ['suspect', 'Suspect', `#/jobs?queue=${name}&state=suspect`], ['dead', 'Dead letters', `#/dead?queue=${name}`]]);
  const kinds = new Table([
    {title: 'Kind', cls: 'tight', cell: kind => kind.kind},
    {title: 'Done', cls: 'num', cell: kind => count(kind.done)},
    {title: 'Failed', cls: 'num', cell: kind => figure(kind.failed, 'warn')},
    {title: 'Dead', cls: 'num', cell: kind => figure(kind.dead, 'bad')},
    {title: 'Wait p50', cls: 'num', cell: kind => milliseconds(kind.latency.waitP50)},
    {title: 'p99', cls: 'num', cell: kind => milliseconds(kind.latency.waitP99)},
    {title: 'Run p50', cls: 'num', cell: kind => milliseconds(kind.latency.runP50)},
    {title: 'p99', cls: 'num', cell: kind => milliseconds(kind.latency.runP99)},
  ], {key: kind => kind.kind, label: 'Kinds of jobs', empty: ['Nothing ran', 'in the last hour.']});
  const head = h('div', {cls: 'acts'});
  const shown = h('div');
  let last = null;
  const page = {
    title: name, crumb: ['Queues', '#/queues'], every: 10, control: h('div', {cls: 'acts'}, board.control, head),
    element: h('div', {}, figures.element, board.element, h('div', {cls: 'grid'}, panel('Kinds, last hour', kinds.element),
      h('section', {cls: 'panel'}, h('header', {}, h('h2', {}, 'Limits'), h('span', {cls: 'rest'}, h('button', {cls: 'small', id: 'limits', onclick: () => change(last)}, 'Change'))), shown))),
    heard() {
      const queue = feed.queue(name);
      if (!queue) return;
      last = queue;
      figures.set('done', rate(feed.of(name).at(-1)?.done ?? queue.donePerSecond), `${brief(queue.done)} in all`);
      figures.set('ready', brief(queue.ready), queue.oldestReadyAt ? `the oldest for ${span(age(queue.oldestReadyAt))}` : 'nothing waits');
      figures.set('due', brief(queue.due), queue.nextDueAt ? `next ${ago(queue.nextDueAt).textContent}` : 'scheduled, retrying, parked');
      figures.set('leased', brief(queue.leased), plural(queue.workers, 'worker’s connection', 'workers’ connections'), queue.workers === 0 && queue.ready ? 'bad' : '');
      figures.set('suspect', brief(queue.suspect), 'crashed a worker before', queue.suspect ? 'warn' : '');
      figures.set('dead', brief(queue.dead), `${brief(queue.died)} ever`, queue.dead ? 'bad' : '');
      if (!head.contains(document.activeElement)) head.replaceChildren(...remarks(queue), pauseButton(queue));
      shown.replaceChildren(facts([...limits.map(([key, title]) => [title, queue.limits[key] === null ? h('span', {cls: 'soft'}, 'no limit') : count(queue.limits[key])]),
        ['Ready jobs wait', {plain: 'in lists by priority', keyed: 'in a list for each key, served in turn', ordered: 'in a list for each key, strictly one after the other'}[queue.style]],
        ['Share between queues', 'the weight that workers have in WORKER_QUEUES']]));
      board.heard();
    },
    async refresh() {
      board.load();
      kinds.show((await get(`/admin/queues/${name}/kinds`, {range: '1h'})).data);
    },
    keys: {p: () => last && turn(null, last)},
  };
  return page;
}

async function change(queue) {
  if (!queue) return;
  const fields = limits.map(([key, label]) => ({label, input: h('input', {name: key, type: 'number', min: 0, step: 'any', value: queue.limits[key] ?? '', placeholder: 'no limit'})}));
  const values = await ask(`Limits of ${queue.name}`, 'They hold at once, on all workers together. Empty: no limit.', {fields, confirm: 'Set'});
  if (!values) return;
  const body = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value === '' ? null : Number(value)]));
  await act(null, `The limits of ${queue.name} are set.`, async () => {
    const standing = await api('PATCH', `/admin/queues/${queue.name}/limits`, body);
    const place = feed.last.queues.findIndex(other => other.name === queue.name);
    feed.last.queues[place] = standing;
    dispatchEvent(new CustomEvent('standing'));
  });
}

// MARK: Workers

export function workersPage() {
  const order = (worker, word, text) => h('button', {cls: `small ${word === 'stop' ? 'danger' : ''}`, 'aria-label': `${word} ${worker.name}`, onclick: async event => {
    if (!await ask(`${text} ${worker.name}?`, word === 'stop' ? 'It ends what it runs, hands back the rest, and stops. What started it will start it again.'
      : 'It takes no more jobs until it is restarted.', {confirm: text, danger: word === 'stop'})) return;
    await act(event.target, 'It is told with its next heartbeat.', () => post(`/admin/workers/${encodeURIComponent(worker.name)}/${word}`));
  }}, text);
  const table = new Table([
    {title: 'Worker', cls: 'tight', cell: worker => [h('b', {}, worker.name), h('div', {cls: 'soft'}, `${worker.host} · ${worker.pid}`)]},
    {title: 'State', cell: worker => worker.silent ? tag(`silent ${span(worker.silenceSeconds)}`, 'bad') : tag(worker.state, worker.state === 'quiet' ? 'warn' : 'good')},
    {title: 'Up', cls: 'num', cell: worker => span(age(worker.startedAt))},
    {title: 'Queues', cell: worker => worker.queues.map((name, place) => [place ? ', ' : '', queueLink(name)]).flat()},
    {title: 'Busy', cls: 'tight', cell: worker => [busy(worker), `${worker.running} of ${worker.concurrency}`]},
    {title: 'Runs now', cell: worker => runs(worker)},
    {title: 'Lease', cls: 'num wide-only', cell: worker => h('span', {cls: worker.leaseSeconds !== null && worker.leaseSeconds < 3 ? 'bad' : 'soft'}, span(worker.leaseSeconds))},
    {title: '', cls: 'num', cell: worker => h('span', {cls: 'acts'}, worker.state === 'quiet' ? null : order(worker, 'quiet', 'Quiet'), order(worker, 'stop', 'Stop'))},
  ], {key: worker => worker.name, label: 'Workers', empty: ['No worker has shown itself', 'Start one: it appears within seconds.']});
  return {title: 'Workers', every: 3, element: panel(null, table.element), refresh: async () => table.show((await get('/admin/workers')).data)};
}

function busy(worker) {
  const bar = h('span', {cls: 'bar busy'}, h('i'));
  bar.firstChild.style.width = `${Math.min(100, worker.running / Math.max(worker.concurrency, 1) * 100)}%`;
  return bar;
}

function runs(worker) {
  if (worker.jobs.length === 0) return h('span', {cls: 'soft'}, 'idle');
  const kinds = new Map();
  for (const job of worker.jobs) kinds.set(job.kind, (kinds.get(job.kind) ?? []).concat(job));
  return [...kinds].slice(0, 4).map(([kind, jobs]) => h('div', {}, jobs.length > 1 ? `${jobs.length} × ` : '', kind, ' ', jobLink(jobs[0].id)));
}
