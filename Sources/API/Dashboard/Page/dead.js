// Dead letters: groups that failed alike, single letters, and what is done with many.
import {h, count, brief, ago, tag, span, age, jobLink, queueLink} from './core.js';
import {api, get, post} from './session.js';
import {Table, Pages, act, ask, choice, facts, panel, tabs} from './widgets.js';
import {hashOf, sheetParts} from './jobs.js';
import {feed} from './queues.js';

const views = query => [['groups', 'Groups', hashOf('dead', {queue: query.queue})], ['letters', 'Letters', hashOf('dead', {view: 'letters', queue: query.queue})],
  ['operations', 'Bulk changes', hashOf('dead', {view: 'operations'})]];

export function deadPage({query}) {
  const view = query.view ?? 'groups';
  if (view === 'letters') return lettersPage(query);
  return view === 'operations' ? operationsPage(query) : groupsPage(query);
}

const queueField = (query, view) => {
  const queues = [['', 'all queues'], ...(feed.last?.queues ?? []).map(queue => [queue.name, queue.name])];
  if (query.queue && !queues.some(([name]) => name === query.queue)) queues.push([query.queue, query.queue]);
  return h('label', {cls: 'field'}, 'Queue', choice('queue', queues, query.queue ?? '', queue => { location.hash = hashOf('dead', {...query, view, queue}); }));
};

// MARK: Many at once

/** Asks at which rate, begins, and shows how far it is. */
async function begin(action, filter, howMany, isAll = false) {
  const title = action === 'retry' ? `Retry ${howMany}?` : `Delete ${howMany} for good?`;
  const text = action === 'retry' ? 'They come back as durable jobs that were never tried. A scheduler does it, also when this page is closed.'
    : 'Nobody can bring them back.';
  const rates = [['10', '10 a second'], ['100', '100 a second'], ['1000', '1,000 a second'], ['', 'as fast as it goes']];
  const fields = [{label: 'How fast', input: choice('rate', rates, '100')}];
  const values = await ask(title, text, {fields, confirm: action === 'retry' ? 'Retry' : 'Delete', danger: action === 'delete'});
  if (!values) return;
  await act(null, null, async () => {
    await post('/admin/dead/operations', {action, filter, all: isAll, perSecond: values.rate ? Number(values.rate) : undefined});
    location.hash = hashOf('dead', {view: 'operations'});
  });
}

// MARK: Groups

function groupsPage(query) {
  const filterOf = group => ({fingerprint: group.fingerprint, queue: group.queue});
  const table = new Table([
    {title: 'Waiting', cls: 'num', cell: group => h('b', {cls: 'bad'}, brief(group.waiting))},
    {title: 'What failed', cls: 'text', cell: group => [h('div', {}, h('b', {}, group.kind), ' ', h('span', {cls: 'soft'}, group.errorType)), h('div', {cls: 'soft', title: group.sample}, group.sample)]},
    {title: 'Queue', cls: 'tight', cell: group => queueLink(group.queue)},
    {title: 'First', cls: 'tight wide-only', cell: group => ago(group.firstAt)},
    {title: 'Last', cls: 'tight', cell: group => ago(group.lastAt)},
    {title: '', cls: 'num', cell: group => h('span', {cls: 'acts'},
      h('button', {cls: 'small', 'data-act': 'retry', 'aria-label': `retry all ${group.kind}`, onclick: () => begin('retry', filterOf(group), `${count(group.waiting)} jobs`)}, 'Retry all'),
      h('button', {cls: 'small danger', 'aria-label': `delete all ${group.kind}`, onclick: () => begin('delete', filterOf(group), `${count(group.waiting)} letters`)}, 'Delete all'))},
  ], {key: group => `${group.fingerprint} ${group.queue}`, open: group => { location.hash = hashOf('dead', {view: 'letters', ...filterOf(group)}); },
    label: 'Groups of dead letters', empty: ['No dead letters', 'Whatever failed has been seen to.']});
  const pages = new Pages(table, cursor => get('/admin/dead/groups', {queue: query.queue, cursor}));
  return {
    title: 'Dead letters', every: 3, refresh: () => pages.refresh(),
    element: h('div', {}, tabs('Views', views(query), 'groups'), h('div', {cls: 'filters'}, queueField(query, '')), panel(null, pages.element)),
  };
}

// MARK: Letters

function lettersPage(query) {
  const filter = {queue: query.queue, kind: query.kind, fingerprint: query.fingerprint, text: query.text};
  const acts = h('div', {cls: 'acts', hidden: true}), label = h('span', {cls: 'soft'}), number = h('span', {cls: 'soft', id: 'dead-count'});
  const table = new Table([
    {title: 'Letter', cls: 'num', cell: letter => h('a', {href: `#/dead/${letter.id}`}, `#${letter.id}`)},
    {title: 'Kind', cls: 'tight', cell: letter => h('b', {}, letter.kind)},
    {title: 'Queue', cls: 'tight', cell: letter => queueLink(letter.queue)},
    {title: 'Error', cls: 'text', cell: letter => h('span', {title: letter.lastError}, letter.lastError)},
    {title: 'Runs', cls: 'num wide-only', cell: letter => count(letter.attempts)},
    {title: 'Died', cls: 'tight', cell: letter => ago(letter.diedAt)},
    {title: 'Job', cls: 'id wide-only', cell: letter => jobLink(letter.jobId)},
  ], {key: letter => letter.id, open: letter => { location.hash = `#/dead/${letter.id}`; }, label: 'Dead letters',
    empty: ['No dead letter fits', 'Try fewer words, or another queue.'],
    choose: chosen => { acts.hidden = chosen.size === 0; label.textContent = `${chosen.size} chosen`; }});
  const pages = new Pages(table, cursor => get('/admin/dead', {...filter, cursor}));
  const few = (title, method, address, danger) => h('button', {cls: `small ${danger ? 'danger' : ''}`, onclick: async event => {
    if (!await ask(`${title} ${table.chosen.size} letters?`, null, {confirm: title, danger})) return;
    await act(event.target, `${title}: done.`, async () => {
      for (const id of [...table.chosen]) { await api(method, address(id)); table.chosen.delete(id); }
    });
    acts.hidden = table.chosen.size === 0;
    pages.refresh(true);
  }}, title);
  acts.append(label, few('Retry', 'POST', id => `/admin/dead/${id}/retry`), few('Delete', 'DELETE', id => `/admin/dead/${id}`, true));
  const text = h('input', {type: 'search', name: 'text', value: query.text ?? '', placeholder: 'Words of the error', 'data-search': true});
  const kind = h('input', {name: 'kind', value: query.kind ?? '', placeholder: 'any kind'});
  const isAll = () => !Object.values(filter).some(Boolean);
  const form = h('form', {cls: 'filters', onsubmit: event => {
    event.preventDefault();
    location.hash = hashOf('dead', {...query, view: 'letters', text: text.value.trim(), kind: kind.value.trim()});
  }},
  queueField(query, 'letters'), h('label', {cls: 'field'}, 'Kind', kind), h('label', {cls: 'field wide'}, 'Search', text), h('button', {}, 'Search'),
  query.fingerprint && h('a', {cls: 'button', href: hashOf('dead', {...query, fingerprint: ''})}, `group ${query.fingerprint} ×`));
  const all = h('div', {cls: 'acts'}, number,
    h('button', {cls: 'small', onclick: () => begin('retry', filter, `${number.textContent}`, isAll())}, 'Retry all of them'),
    h('button', {cls: 'small danger', onclick: () => begin('delete', filter, `${number.textContent}`, isAll())}, 'Delete all of them'));
  return {
    title: 'Dead letters', every: 5, control: all,
    element: h('div', {}, tabs('Views', views(query), 'letters'), form, acts, panel(null, pages.element)),
    async refresh() {
      pages.refresh();
      const found = await get('/admin/dead/count', filter);
      number.textContent = `${count(found.count)}${found.exact ? '' : ' or more'} letters`;
    },
  };
}

export function letterPage({id}) {
  const body = h('div', {}, h('p', {cls: 'soft'}, 'Opening the letter…')), head = h('div', {cls: 'acts'});
  const path = `/admin/dead/${encodeURIComponent(id)}`;
  const page = {
    title: `Letter #${id}`, crumb: ['Dead letters', '#/dead'], control: head, element: body,
    keys: {r: () => head.querySelector('button')?.click()},
    async refresh() {
      let found;
      try { found = await get(path); } catch (error) {
        body.replaceChildren(h('div', {cls: 'panel empty'}, h('strong', {}, 'This letter is not there'), error.message));
        return;
      }
      const {letter, sheet} = found;
      const button = (title, method, address, words, danger) => h('button', {cls: danger ? 'danger' : 'primary', onclick: event =>
        act(event.target, words, async () => { await api(method, address); if (danger) location.hash = '#/dead'; else await page.refresh(); })}, title);
      head.replaceChildren(...letter.retriedAt ? [tag('retried', 'accent')] : [button('Retry', 'POST', `${path}/retry`, 'It is back in its queue.'), button('Delete', 'DELETE', path, 'It is deleted.', true)]);
      body.replaceChildren(panel('What killed it', facts([
        ['Error', h('b', {}, letter.errorType)], ['Text', h('span', {cls: 'bad'}, letter.lastError)], ['Died', ago(letter.diedAt)],
        ['Lived', span(age(letter.enqueuedAt) - age(letter.diedAt))], ['Death', letter.death > 1 ? `its ${letter.death}.` : null],
        ['Runs', `${letter.attempts} failed, ${letter.crashes} crashes`],
        ['Group', h('a', {href: hashOf('dead', {view: 'letters', fingerprint: letter.fingerprint}), cls: 'mono'}, letter.fingerprint)], ['Retried', letter.retriedAt && ago(letter.retriedAt)],
      ])), ...sheetParts(sheet));
    },
  };
  return page;
}

// MARK: Bulk changes

function operationsPage(query) {
  const stop = operation => h('button', {cls: 'small', onclick: event => act(event.target, 'It is stopped; what was done stays done.', async () => {
    await post(`/admin/dead/operations/${operation.id}/cancel`);
    await pages.refresh(true);
  })}, 'Stop');
  const table = new Table([
    {title: 'What', cls: 'tight', cell: operation => h('b', {}, operation.action === 'retry' ? 'Retry' : 'Delete')},
    {title: 'Of', cls: 'text', cell: operation => Object.entries(operation.filter).map(([key, value]) => `${key} ${value}`).join(', ') || 'all letters'},
    {title: 'Progress', cell: operation => progress(operation)},
    {title: 'Done', cls: 'num', cell: operation => `${count(operation.done)} of ${count(operation.total)}`},
    {title: 'Rate', cls: 'num wide-only', cell: operation => operation.perSecond ? `${count(operation.perSecond)}/s` : 'at once'},
    {title: 'State', cell: operation => tag(operation.state, {running: 'accent', done: 'good', cancelled: 'warn'}[operation.state])},
    {title: 'Begun', cls: 'tight', cell: operation => ago(operation.createdAt)},
    {title: '', cls: 'num', cell: operation => operation.state === 'running' ? stop(operation) : ''},
  ], {key: operation => operation.id, label: 'Bulk changes', empty: ['Nothing was asked for', 'Retry or delete a group, and its progress is shown here.']});
  const pages = new Pages(table, cursor => get('/admin/dead/operations', {cursor}));
  return {
    title: 'Dead letters', every: 1, refresh: () => pages.refresh(),
    element: h('div', {}, tabs('Views', views(query), 'operations'), panel(null, pages.element)),
  };
}

function progress(operation) {
  const share = operation.state === 'done' ? 1 : Math.min(1, operation.done / Math.max(operation.total, 1));
  const bar = h('div', {cls: 'bar', role: 'progressbar', 'aria-label': 'Progress', 'aria-valuenow': Math.round(share * 100), 'aria-valuemin': 0, 'aria-valuemax': 100}, h('i'));
  bar.firstChild.style.width = `${share * 100}%`;
  return bar;
}
