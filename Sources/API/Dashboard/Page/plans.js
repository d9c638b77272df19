// What is due by the calendar, and batches.
import {h, count, ago, clock, tag, jobLink, queueLink} from './core.js';
import {get, post} from './session.js';
import {Table, Pages, act, ask, facts, panel, tabs} from './widgets.js';

// MARK: Cron

async function order(button, name, word, words, then) {
  await act(button, words, async () => {
    await post(`/admin/cron/${encodeURIComponent(name)}/${word}`);
    await then();
  });
}

function cronButtons(entry, then, kind = 'small') {
  if (entry.withdrawnAt) return [];
  return [
    h('button', {cls: kind, 'data-act': 'run', 'aria-label': `run ${entry.name} now`, onclick: event => order(event.target, entry.name, 'run', `${entry.name} runs within a second.`, then)}, 'Run now'),
    entry.paused
      ? h('button', {cls: kind, 'aria-label': `resume ${entry.name}`, onclick: event => order(event.target, entry.name, 'resume', `${entry.name} runs again as planned.`, then)}, 'Resume')
      : h('button', {cls: kind, 'aria-label': `pause ${entry.name}`, onclick: event => order(event.target, entry.name, 'pause', `${entry.name} skips its runs.`, then)}, 'Pause'),
  ];
}

const cronState = entry => entry.withdrawnAt ? tag('not declared any more') : entry.runRequestedAt ? tag('asked to run', 'accent') : entry.paused ? tag('paused', 'warn') : '';

export function cronPage() {
  const table = new Table([
    {title: 'Entry', cls: 'tight', cell: entry => [h('a', {href: `#/cron/${encodeURIComponent(entry.name)}`}, h('b', {}, entry.name)), ' ', cronState(entry)]},
    {title: 'When', cls: 'tight mono', cell: entry => entry.expression},
    {title: 'Zone', cls: 'tight wide-only', cell: entry => entry.zone},
    {title: 'Next', cls: 'tight', cell: entry => entry.nextAt ? ago(entry.nextAt) : h('span', {cls: 'soft'}, 'never')},
    {title: 'Last', cls: 'tight', cell: entry => entry.lastPlannedAt ? ago(entry.lastPlannedAt) : h('span', {cls: 'soft'}, 'never')},
    {title: 'Job', cls: 'tight wide-only', cell: entry => [entry.kind, ' ', h('span', {cls: 'soft'}, 'in '), queueLink(entry.queue)]},
    {title: 'If missed', cls: 'tight wide-only', cell: entry => h('span', {cls: 'soft'}, entry.missed)},
    {title: '', cls: 'num', cell: entry => h('span', {cls: 'acts'}, cronButtons(entry, () => page.refresh()))},
  ], {key: entry => entry.name, open: entry => { location.hash = `#/cron/${encodeURIComponent(entry.name)}`; }, label: 'Cron entries', ticking: true,
    empty: ['No entry', 'They are shown once a scheduler that declares some has run.']});
  const page = {title: 'Cron', every: 5, element: panel(null, table.element), refresh: async () => table.show((await get('/admin/cron')).data)};
  return page;
}

export function cronEntryPage({name}) {
  const head = h('div', {cls: 'acts'}), about = h('div'), upcoming = h('div');
  const table = new Table([
    {title: 'Planned', cls: 'tight', cell: run => [clock(run.plannedAt), ' ', h('span', {cls: 'soft'}, ago(run.plannedAt))]},
    {title: 'What became of it', cell: run => [run.jobId ? tag(run.manual ? 'asked for' : 'enqueued', run.manual ? 'accent' : 'good') : tag('skipped', 'warn'), ' ', run.jobId ? '' : run.explanation.replace('skipped: ', '')]},
    {title: 'Job', cls: 'id', cell: run => run.jobId ? jobLink(run.jobId) : ''},
    {title: 'Recorded', cls: 'tight wide-only', cell: run => ago(run.recordedAt)},
  ], {key: run => `${run.plannedAt} ${run.manual}`, label: 'History', empty: ['It has not run yet', 'Its first run is recorded here, and every one that is skipped.']});
  const path = `/admin/cron/${encodeURIComponent(name)}`;
  const pages = new Pages(table, cursor => get(`${path}/history`, {cursor}));
  const page = {
    title: name, crumb: ['Cron', '#/cron'], every: 3, control: head,
    element: h('div', {}, h('div', {cls: 'grid'}, panel('Plan', about), panel('Next runs', upcoming)), panel('History', pages.element)),
    keys: {r: () => head.querySelector('button')?.click()},
    async refresh() {
      pages.refresh();
      const {entry, upcoming: times} = await get(path);
      if (!head.contains(document.activeElement)) head.replaceChildren(cronState(entry), ...cronButtons(entry, () => page.refresh(), ''));
      about.replaceChildren(facts([['When', h('code', {}, entry.expression)], ['Zone', entry.zone], ['Enqueues', entry.kind], ['Into', queueLink(entry.queue)],
        ['If missed', entry.missed], ['Last run', entry.lastPlannedAt && ago(entry.lastPlannedAt)]]));
      upcoming.replaceChildren(times.length ? h('ol', {cls: 'timeline'}, times.slice(0, 6).map(time => h('li', {cls: 'accent'}, h('div', {}, h('b', {}, clock(time)), ' ', h('span', {cls: 'soft'}, ago(time))))))
        : h('p', {cls: 'soft'}, entry.paused ? 'None while it is paused.' : 'None.'));
    },
  };
  return page;
}

// MARK: Batches and chains

const batchState = state => tag(state, {succeeded: 'good', failed: 'bad', cancelled: 'warn', running: 'accent'}[state] ?? '');

function share(batch) {
  const bar = h('div', {cls: 'bar', role: 'progressbar', 'aria-label': 'Jobs that have ended', 'aria-valuemin': 0, 'aria-valuemax': batch.total, 'aria-valuenow': batch.done + batch.failed}, h('i'), h('i', {cls: 'bad'}));
  const total = Math.max(batch.total, 1);
  bar.children[0].style.width = `${batch.done / total * 100}%`;
  bar.children[1].style.width = `${batch.failed / total * 100}%`;
  return bar;
}

export function batchesPage({query}) {
  const views = [['batches', 'Batches', '#/batches'], ['chains', 'Chains', '#/batches?view=chains']];
  if (query.view === 'chains') return chainsPage(views);
  const cancel = batch => h('button', {cls: 'small danger', 'aria-label': `cancel ${batch.description}`, onclick: async event => {
    if (!await ask(`Cancel ${batch.description}?`, `${count(batch.pending)} jobs, and the batches within it. Running ones are told; no callback follows.`, {confirm: 'Cancel them', danger: true})) return;
    await act(event.target, 'It is cancelled.', async () => {
      await post(`/admin/batches/${batch.id}/cancel`);
      await pages.refresh(true);
    });
  }}, 'Cancel');
  const table = new Table([
    {title: 'Batch', cell: batch => [h('b', {}, batch.description), h('div', {cls: 'soft mono'}, batch.id)]},
    {title: 'State', cell: batch => batchState(batch.state)},
    {title: 'Progress', cell: share},
    {title: 'Jobs', cls: 'num', cell: batch => count(batch.total)},
    {title: 'Pending', cls: 'num', cell: batch => h('span', {cls: batch.pending ? '' : 'zero'}, count(batch.pending))},
    {title: 'Failed', cls: 'num', cell: batch => h('span', {cls: batch.failed ? 'bad' : 'zero'}, count(batch.failed))},
    {title: 'Created', cls: 'tight', cell: batch => ago(batch.createdAt)},
    {title: '', cls: 'num', cell: batch => ['open', 'running', 'failed'].includes(batch.state) ? cancel(batch) : ''},
  ], {key: batch => batch.id, label: 'Batches', empty: ['No batch', 'Code makes them: jobs that belong together, and what follows when all have ended.']});
  const one = query.id;
  const pages = new Pages(table, async cursor => one ? {data: [await get(`/admin/batches/${one}`)], nextCursor: null, hasMore: false} : get('/admin/batches', {cursor}));
  return {title: 'Batches', every: 3, refresh: () => pages.refresh(), element: h('div', {}, tabs('Views', views, 'batches'), panel(null, pages.element))};
}

function chainsPage(views) {
  const table = new Table([
    {title: 'Chain', cell: chain => [h('b', {}, chain.description), h('div', {cls: 'soft mono'}, chain.id)]},
    {title: 'State', cell: chain => chain.completedAt ? tag('done', 'good') : chain.stoppedAt ? tag(`stopped: ${chain.stoppedOutcome}`, 'bad') : tag('running', 'accent')},
    {title: 'Step', cls: 'id', cell: chain => chain.currentJobId ? jobLink(chain.currentJobId) : chain.stoppedBy ? jobLink(chain.stoppedBy) : ''},
    {title: 'Steps ahead', cls: 'num', cell: chain => count(chain.stepsAhead)},
    {title: 'Created', cls: 'tight', cell: chain => ago(chain.createdAt)},
  ], {key: chain => chain.id, label: 'Chains', empty: ['No chain', 'Code makes them: jobs that run one after the other.']});
  const pages = new Pages(table, cursor => get('/admin/chains', {cursor}));
  return {title: 'Batches', every: 5, refresh: () => pages.refresh(), element: h('div', {}, tabs('Views', views, 'chains'), panel(null, pages.element))};
}
