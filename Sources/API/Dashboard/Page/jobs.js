// Jobs by state, and one job.
import {h, count, ago, clock, tag, toast, jobLink, queueLink} from './core.js';
import {api, get, post} from './session.js';
import {Table, Pages, act, ask, choice, facts, panel, tabs} from './widgets.js';
import {feed} from './queues.js';

const states = ['ready', 'scheduled', 'retrying', 'parked', 'leased', 'suspect'];
const kinds = {ready: '', scheduled: 'accent', retrying: 'warn', parked: 'warn', leased: 'good', suspect: 'bad', dead: 'bad', done: 'good'};

const words = {ready: 'It runs now.', not_waiting: 'It does not wait for its time.', cancelled: 'It is cancelled.', marked: 'It will be skipped when its turn comes.',
  told: 'Its worker is told within seconds.', deleted: 'It is deleted.', running: 'A worker runs it.', gone: 'It is not there any more.'};

/** A link to the same list with other filters. */
export function hashOf(path, query) {
  const found = Object.entries(query).filter(([, value]) => value);
  return `#/${path}${found.length ? '?' + new URLSearchParams(found) : ''}`;
}

export function jobsPage({query}) {
  const state = query.state ?? 'ready';
  const go = change => { location.hash = hashOf('jobs', {...query, ...change}); };
  const acts = h('div', {cls: 'acts', hidden: true});
  const label = h('span', {cls: 'soft'});
  const table = new Table([
    {title: 'Job', cls: 'id', cell: job => jobLink(job.id)},
    {title: 'Kind', cls: 'tight', cell: job => h('b', {}, job.kind)},
    {title: 'Queue', cls: 'tight', cell: job => queueLink(job.queue)},
    {title: 'Key', cls: 'text wide-only', cell: job => job.key ?? ''},
    {title: 'Priority', cls: 'wide-only', cell: job => job.priority === 'normal' ? h('span', {cls: 'soft'}, 'normal') : job.priority},
    {title: 'Enqueued', cls: 'tight', cell: job => ago(job.enqueuedAt)},
    {title: state === 'leased' ? 'Worker' : 'Due', cls: 'tight', cell: job => job.worker ?? ago(job.dueAt)},
    {title: 'Failed', cls: 'num', cell: job => h('span', {cls: job.failed ? 'warn' : 'zero'}, count(job.failed))},
    {title: state === 'parked' ? 'Because' : 'Last error', cls: 'text', cell: job => h('span', {title: job.obstacle ?? job.lastError ?? ''}, job.obstacle ?? job.lastError ?? '')},
  ], {key: job => job.id, open: job => { location.hash = `#/jobs/${job.id}`; }, label: `Jobs that are ${state}`,
    empty: [`No ${state} job`, query.queue ? `in ${query.queue}.` : 'in any queue.'],
    choose: chosen => { acts.hidden = chosen.size === 0; label.textContent = `${chosen.size} chosen`; }});
  const pages = new Pages(table, cursor => get('/admin/jobs', {state, queue: query.queue, kind: query.kind, key: query.key, cursor}));
  const many = (action, text, danger) => h('button', {cls: `small ${danger ? 'danger' : ''}`, onclick: async event => {
    const ids = [...table.chosen];
    if (!await ask(`${text} ${ids.length} jobs?`, null, {confirm: text, danger})) return;
    await act(event.target, null, async () => {
      const answers = (await post('/admin/jobs/actions', {action, ids, queue: query.queue || undefined})).data;
      const done = answers.filter(answer => answer.done).length;
      toast(`${text}: ${done} of ${ids.length}.`, done < ids.length ? 'bad' : '');
      table.chosen.clear();
      acts.hidden = true;
      await pages.refresh(true);
    });
  }}, text);
  acts.append(label, ['scheduled', 'retrying', 'parked'].includes(state) ? many('retry', 'Run now') : '', many('cancel', 'Cancel'), state === 'leased' ? '' : many('delete', 'Delete', true));
  const queues = [['', 'all queues'], ...(feed.last?.queues ?? []).map(queue => [queue.name, queue.name])];
  if (query.queue && !queues.some(([name]) => name === query.queue)) queues.push([query.queue, query.queue]);
  const kind = h('input', {name: 'kind', value: query.kind ?? '', placeholder: 'any kind'});
  const key = h('input', {name: 'key', value: query.key ?? '', placeholder: 'any key'});
  const id = h('input', {name: 'id', type: 'search', placeholder: 'A job’s id', 'data-search': true});
  const form = h('form', {cls: 'filters', onsubmit: event => {
    event.preventDefault();
    const wanted = id.value.trim();
    if (wanted) location.hash = `#/jobs/${encodeURIComponent(wanted)}`; else go({kind: kind.value.trim(), key: key.value.trim()});
  }},
  h('label', {cls: 'field'}, 'Queue', choice('queue', queues, query.queue ?? '', queue => go({queue}))),
  h('label', {cls: 'field'}, 'Kind', kind), h('label', {cls: 'field'}, 'Key', key), h('label', {cls: 'field wide'}, 'Find by id', id),
  h('button', {}, 'Show'));
  return {
    title: 'Jobs', every: 5, refresh: () => pages.refresh(),
    element: h('div', {}, tabs('States', [...states.map(name => [name, name, hashOf('jobs', {...query, state: name})]), ['dead', 'dead', hashOf('dead', {view: 'letters', queue: query.queue})]], state),
      form, acts, panel(null, pages.element)),
  };
}

// MARK: One job

export function jobPage({id}) {
  const body = h('div', {}, h('p', {cls: 'soft'}, 'Looking for the job…'));
  const head = h('div', {cls: 'acts'});
  let text = '';
  const path = `/admin/jobs/${encodeURIComponent(id)}`;
  const button = (word, title, method, address, danger) => h('button', {cls: danger ? 'danger' : '', onclick: async event => {
    if (!await ask(`${title} this job?`, null, {confirm: title, danger})) return;
    await act(event.target, null, async () => {
      const answer = await api(method, address);
      toast(words[answer.outcome]);
      await page.refresh();
    });
  }}, title);
  const page = {
    title: 'Job', crumb: ['Jobs', '#/jobs'], every: 3, control: head, element: body,
    async refresh() {
      let sheet;
      try { sheet = await get(path); } catch (error) {
        head.replaceChildren();
        text = '';
        const title = error.status === 404 ? 'This job is not there' : error.status === 400 || error.status === 422 ? 'That is not the id of a job' : 'The job cannot be shown';
        body.replaceChildren(h('div', {cls: 'panel empty'}, h('strong', {}, title), error.status === 404 ? 'Done jobs leave nothing behind; dead ones are among the dead letters.' : error.message));
        return;
      }
      if (JSON.stringify(sheet) === text) return;
      text = JSON.stringify(sheet);
      const isWaiting = ['scheduled', 'retrying', 'parked'].includes(sheet.state), isThere = sheet.job !== null;
      head.replaceChildren(...[isWaiting && button('retry', 'Run now', 'POST', `${path}/retry`), isThere && button('cancel', 'Cancel', 'POST', `${path}/cancel`),
        isThere && sheet.state !== 'leased' && button('delete', 'Delete', 'DELETE', path, true),
        sheet.letterId && h('a', {cls: 'button', href: `#/dead/${sheet.letterId}`}, 'Its dead letter')].filter(Boolean));
      body.replaceChildren(...sheetParts(sheet));
    },
  };
  return page;
}

export function sheetParts(sheet) {
  const job = sheet.job;
  const about = [
    ['Id', h('span', {cls: 'mono'}, sheet.id)], ['Kind', sheet.kind && h('b', {}, sheet.kind)],
    ['State', [tag(sheet.state, kinds[sheet.state] ?? ''), sheet.toBeCancelled ? ' to be cancelled' : '', job && !sheet.inRedis ? ' in PostgreSQL until a minute before its time' : '']],
    ['Queue', queueLink(sheet.queue)], ['Priority', job?.priority], ['Key', job?.key],
    ['Lane', job && [job.durable ? 'durable' : 'volatile', ...sheet.claims].join(', ')],
    ['Runs', job && `${job.failed} failed, ${job.crashes} crashes`], ['Worker', job?.worker],
    ['Progress', sheet.progress !== null ? `${Math.round(sheet.progress * 100)} %${sheet.note ? ', ' + sheet.note : ''}` : null],
    ['Batch', sheet.batchId && h('a', {href: `#/batches?id=${sheet.batchId}`, cls: 'mono'}, sheet.batchId)], ['Chain', sheet.chainId && h('span', {cls: 'mono'}, sheet.chainId)],
    ['Request', sheet.requestId && h('span', {cls: 'mono'}, sheet.requestId)], ['Trace', sheet.traceId && h('span', {cls: 'mono'}, sheet.traceId)],
  ];
  const colours = {failed: 'bad', died: 'bad', due: 'accent', retried: 'accent'};
  const names = {enqueued: 'enqueued', failed: 'failed', parked: 'parked', due: 'due', meant: 'meant to run', expires: 'expires', died: 'died', retried: 'retried'};
  const events = sheet.timeline.map(event => h('li', {cls: colours[event.event] ?? ''},
    h('div', {}, h('div', {}, h('b', {}, names[event.event]), ' ', event.text ?? ''), h('time', {datetime: event.at}, `${clock(event.at)} · `, ago(event.at)))));
  const payload = sheet.payload;
  return [
    h('div', {cls: 'grid'}, panel('About', facts(about)), panel('Timeline', h('ol', {cls: 'timeline'}, events))),
    sheet.errors.length ? panel(`Errors`, sheet.errors.toReversed().map(error => h('div', {}, h('h3', {}, `Run ${error.attempt}: ${error.type} `, h('span', {cls: 'soft'}, ago(error.at))),
      h('pre', {cls: 'payload error', tabindex: 0}, error.message)))) : '',
    panel(`Payload`, payload === null ? h('p', {cls: 'soft'}, 'It is not kept any more.') : payload.remark ? h('p', {cls: 'soft'}, `It is not shown: ${payload.remark}.`)
      : h('pre', {cls: 'payload', tabindex: 0}, JSON.stringify(payload.value, null, 2)),
    payload ? h('p', {cls: 'soft'}, `${count(payload.bytes)} bytes. What looks like a secret is hidden.`) : ''),
  ].filter(part => part !== '');
}
