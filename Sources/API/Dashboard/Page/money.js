// Payments and reconciliation, the books of the queues, the audit log.
import {h, count, ago, clock, money, tag, span, age} from './core.js';
import {get, post} from './session.js';
import {Table, Pages, act, ask, choice, panel, tabs, tiles} from './widgets.js';
import {bars} from './charts.js';

const views = [['overview', 'Overview', '#/payments'], ['reconciliations', 'Reconciliation', '#/payments?view=reconciliations'], ['requests', 'Refund requests', '#/payments?view=requests'], ['excess', 'Excess money', '#/payments?view=excess']];

export function paymentsPage({query}) {
  const page = {reconciliations: reconciliations, requests, excess}[query.view]?.(query) ?? overview();
  page.title = 'Payments';
  page.element = h('div', {}, tabs('Views', views, query.view ?? 'overview'), page.element);
  return page;
}

function overview() {
  const figures = tiles([['webhooks', 'Webhooks waiting'], ['orders', 'Open orders'], ['refunds', 'Refunds on their way'], ['requests', 'Refund requests', '#/payments?view=requests'], ['excess', 'Excess payments', '#/payments?view=excess'], ['contradictions', 'Contradictions', '#/payments?view=reconciliations']]);
  const revenue = h('div'), success = new Table([
    {title: 'Provider', cell: row => h('b', {}, row.provider)}, {title: 'Orders', cls: 'num', cell: row => count(row.orders)}, {title: 'Paid', cls: 'num', cell: row => count(row.paid)},
    {title: 'Failed', cls: 'num', cell: row => h('span', {cls: row.failed ? 'warn' : 'zero'}, count(row.failed))}, {title: 'Expired', cls: 'num', cell: row => count(row.expired)},
    {title: 'Rate', cls: 'num', cell: row => row.rate === null ? '·' : `${Math.round(row.rate * 100)} %`},
  ], {key: row => row.provider, label: 'Providers', empty: ['No orders', 'in the last 30 days.']});
  const refund = h('button', {onclick: refundOrder}, 'Refund an order');
  return {
    every: 15, control: refund,
    element: h('div', {}, figures.element, h('div', {cls: 'grid'}, panel('Revenue, last 30 days', revenue), panel('Orders that are paid, last 30 days', success.element))),
    async refresh() {
      const [waits, days, providers] = await Promise.all([get('/admin/payments/overview'), get('/admin/payments/analytics/revenue', {days: 30}), get('/admin/payments/analytics/success', {days: 30})]);
      figures.set('webhooks', count(waits.waitingWebhooks), waits.oldestWaitingWebhook ? `the oldest for ${span(age(waits.oldestWaitingWebhook))}` : 'none waits', waits.waitingWebhooks > 100 ? 'warn' : '');
      figures.set('orders', count(waits.openOrders), 'to be paid');
      figures.set('refunds', count(waits.openRefunds), 'at their providers');
      figures.set('requests', count(waits.refundRequests), 'to be answered', waits.refundRequests ? 'warn' : '');
      figures.set('excess', count(waits.excessPayments), 'belong to no order', waits.excessPayments ? 'warn' : '');
      figures.set('contradictions', count(waits.contradictions), 'reported, not repaired', waits.contradictions ? 'bad' : '');
      const rows = days.data.map(row => ({label: row.day.slice(5), value: row.revenue, text: `${money(row.revenue, row.currency)}, ${row.payments} payments`}));
      const sums = new Map();
      for (const row of days.data) sums.set(row.currency, (sums.get(row.currency) ?? 0) + row.revenue - row.refunded);
      revenue.replaceChildren(...rows.length ? [bars('Revenue', rows), h('p', {cls: 'soft'}, [...sums].map(([currency, sum]) => `${money(sum, currency)} after refunds`).join(', '))]
        : [h('div', {cls: 'empty'}, h('strong', {}, 'Nothing came in'), 'in the last 30 days.')]);
      success.show(providers.data);
    },
  };
}

async function refundOrder(event, order = '', then = () => {}) {
  const button = event?.target ?? null;
  const values = await ask('Refund an order', 'The membership ends with the last of the money.', {confirm: 'Refund', danger: true, fields: [
    {label: 'Order', input: h('input', {name: 'id', required: true, value: order, pattern: '[0-9a-fA-F-]{36}'})},
    {label: 'Amount in minor units; empty: all that is left', input: h('input', {name: 'amount', type: 'number', min: 1})},
    {label: 'Reason', input: h('input', {name: 'reason', required: true, maxlength: 300})}]});
  if (!values) return;
  await act(button, 'The refund is on its way.', async () => {
    await post(`/admin/payments/orders/${values.id}/refunds`, {reason: values.reason, amount: values.amount ? Number(values.amount) : undefined});
    await then();
  });
}

function reconciliations(query) {
  if (query.run) return runItems(query.run);
  const table = new Table([
    {title: 'Started', cls: 'tight', cell: run => ago(run.startedAt)}, {title: 'Of', cls: 'tight', cell: run => run.kind}, {title: 'By', cls: 'tight wide-only', cell: run => run.origin},
    {title: 'Window', cls: 'tight wide-only', cell: run => `${clock(run.from, 'minute')} – ${clock(run.until, 'minute')}`},
    {title: 'Checked', cls: 'num', cell: run => count(run.checked)}, {title: 'Matched', cls: 'num', cell: run => count(run.matched)},
    {title: 'Repaired', cls: 'num', cell: run => h('span', {cls: run.repaired ? 'accent' : 'zero'}, count(run.repaired))},
    {title: 'Reported', cls: 'num', cell: run => h('span', {cls: run.reported ? 'bad' : 'zero'}, count(run.reported))},
    {title: '', cell: run => run.failure ? tag(run.failure, 'bad') : run.finishedAt ? tag('done', 'good') : tag('running', 'accent')},
  ], {key: run => run.id, open: run => { location.hash = `#/payments?view=reconciliations&run=${run.id}`; }, label: 'Comparisons with the providers',
    empty: ['Nothing was compared yet', 'The scheduler compares by the calendar; or compare now.']});
  const pages = new Pages(table, cursor => get('/admin/payments/reconciliations', {cursor}));
  const compare = h('button', {onclick: event => act(event.target, 'The comparison is enqueued.', () => post('/admin/payments/reconciliations', {}))}, 'Compare now');
  return {every: 5, control: compare, refresh: () => pages.refresh(), element: panel(null, pages.element)};
}

function runItems(run) {
  const table = new Table([
    {title: 'Found', cls: 'tight', cell: item => ago(item.foundAt)}, {title: 'Provider', cls: 'tight', cell: item => item.provider}, {title: 'What', cls: 'tight', cell: item => tag(item.finding.replaceAll('_', ' '), item.repaired ? 'accent' : 'bad')},
    {title: 'Order', cls: 'id', cell: item => item.orderId ?? ''}, {title: 'Detail', cls: 'text', cell: item => item.detail ?? ''}, {title: '', cell: item => item.repaired ? tag('repaired', 'good') : tag('reported', 'warn')},
  ], {key: item => item.id, label: 'What the comparison has found', empty: ['All was the same', 'here and there.']});
  const pages = new Pages(table, cursor => get(`/admin/payments/reconciliations/${run}/items`, {cursor}));
  return {every: 10, refresh: () => pages.refresh(), element: panel('What the comparison has found', pages.element)};
}

function requests() {
  const table = new Table([
    {title: 'Asked', cls: 'tight', cell: request => ago(request.createdAt)}, {title: 'Order', cls: 'id', cell: request => request.orderId}, {title: 'Why', cls: 'text', cell: request => request.reason ?? ''},
    {title: '', cls: 'num', cell: request => h('span', {cls: 'acts'},
      h('button', {cls: 'small', onclick: event => refundOrder(event, request.orderId, () => pages.refresh(true))}, 'Refund'),
      h('button', {cls: 'small danger', onclick: async event => {
        if (!await ask('Decline this wish?', 'The person is told.', {confirm: 'Decline', danger: true})) return;
        await act(event.target, 'It is declined.', async () => { await post(`/admin/payments/refund-requests/${request.id}/decline`); await pages.refresh(true); });
      }}, 'Decline'))},
  ], {key: request => request.id, label: 'Refund requests', empty: ['Nobody wants money back', 'Wishes of people stand here until somebody answers them.']});
  const pages = new Pages(table, cursor => get('/admin/payments/refund-requests', {cursor}));
  return {every: 10, refresh: () => pages.refresh(), element: panel(null, pages.element)};
}

function excess() {
  const table = new Table([
    {title: 'Captured', cls: 'tight', cell: row => ago(row.capturedAt)}, {title: 'Provider', cls: 'tight', cell: row => row.provider}, {title: 'Payment', cls: 'id', cell: row => row.providerPaymentId},
    {title: 'Amount', cls: 'num', cell: row => money(row.amount, row.currency)}, {title: 'Why', cell: row => tag((row.reason ?? '').replaceAll('_', ' '), 'warn')},
    {title: '', cls: 'num', cell: row => h('button', {cls: 'small danger', onclick: async event => {
      const values = await ask('Give this money back?', money(row.amount, row.currency), {confirm: 'Refund', danger: true, fields: [{label: 'Reason', input: h('input', {name: 'reason', required: true, maxlength: 300})}]});
      if (values) await act(event.target, 'The refund is on its way.', async () => { await post(`/admin/payments/payments/${row.id}/refunds`, {reason: values.reason}); await pages.refresh(true); });
    }}, 'Refund')},
  ], {key: row => row.id, label: 'Money that belongs to no order', empty: ['None', 'All money belongs to an order.']});
  const pages = new Pages(table, cursor => get('/admin/payments/excess', {cursor}));
  return {every: 10, refresh: () => pages.refresh(), element: panel(null, pages.element)};
}

// MARK: Books of the queues

export function ledgerPage() {
  const number = (name, kind) => ({title: name[0].toUpperCase() + name.slice(1), cls: 'num', cell: books => h('span', {cls: books[name] ? kind ?? '' : 'zero'}, count(books[name]))});
  const verdict = h('div', {cls: 'panel'});
  const table = new Table([
    {title: 'Queue', cls: 'tight', cell: books => h('b', {}, books.queue)}, number('enqueued'), number('repushed', 'warn'), number('foreign', 'warn'), number('done'), number('dead'), number('cancelled'), number('expired'), number('lost', 'bad'), number('waiting'), number('leased'),
    {title: 'Difference', cls: 'num', cell: books => books.difference === 0 ? h('span', {cls: 'good'}, '0') : h('b', {cls: 'bad'}, count(books.difference))},
    {title: '', cls: 'num', cell: books => books.difference === 0 ? '' : h('button', {cls: 'small danger', onclick: async event => {
      const words = books.difference > 0 ? `Count ${count(books.difference)} jobs as lost?` : `Count ${count(-books.difference)} jobs as foreign?`;
      if (await ask(words, 'The books balance then, and say so.', {confirm: 'Write off', danger: true})) {
        await act(event.target, 'It is written off.', async () => { await post(`/admin/queues/${books.queue}/write-off`, {difference: books.difference}); await page.refresh(); });
      }
    }}, 'Write off')},
  ], {key: books => books.queue, label: 'Books of the queues', empty: ['No queue yet', 'One appears with its first job or worker.']});
  const page = {
    title: 'Ledger check', every: 5, element: h('div', {}, verdict, panel(null, table.element)),
    async refresh() {
      const books = (await get('/admin/ledger')).data;
      const off = books.filter(row => row.difference !== 0);
      verdict.replaceChildren(off.length === 0 ? h('span', {}, tag('balanced', 'good'), ' All that came in is done, dead, cancelled, expired, waiting or leased.')
        : h('span', {}, tag('off', 'bad'), ` The books of ${off.map(row => row.queue).join(', ')} are off. For a moment that is a job between two of its places; look again.`));
      table.show(books);
    },
  };
  return page;
}

// MARK: The audit log

export function auditPage({query}) {
  const filters = [['', 'all acts'], ['admin.', 'administrators’ acts'], ['session.', 'sessions'], ['second_factor.', 'second factors'], ['password.', 'passwords'], ['account.', 'accounts']];
  const table = new Table([
    {title: 'When', cls: 'tight', cell: entry => [clock(entry.at), ' ', h('span', {cls: 'soft'}, ago(entry.at))]},
    {title: 'Act', cls: 'tight', cell: entry => tag(entry.action, entry.action.endsWith('refused') ? 'bad' : entry.action.startsWith('admin.') ? 'accent' : '')},
    {title: 'Who', cls: 'tight', cell: entry => entry.actorName ?? entry.actorId ?? h('span', {cls: 'soft'}, 'nobody known')},
    {title: 'What', cls: 'text', cell: entry => details(entry)},
    {title: 'From', cls: 'tight wide-only', cell: entry => entry.address ?? ''},
    {title: 'Request', cls: 'id wide-only', cell: entry => h('span', {title: entry.requestId ?? ''}, entry.requestId?.slice(-12) ?? '')},
  ], {key: entry => entry.id, label: 'Audit log', empty: ['Nothing is kept', 'that fits.']});
  const pages = new Pages(table, cursor => get('/admin/audit', {action: query.action, cursor}));
  return {
    title: 'Audit log', every: 5, refresh: () => pages.refresh(),
    element: h('div', {}, h('div', {cls: 'filters'}, h('label', {cls: 'field'}, 'Acts', choice('action', filters, query.action ?? '', action => { location.hash = action ? `#/audit?action=${action}` : '#/audit'; }))), panel(null, pages.element)),
  };
}

function details(entry) {
  const {route, ...rest} = entry.details ?? {};
  const {method, path} = rest;
  const words = method && path ? `${method} ${path}` : Object.entries(rest).map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ');
  return h('span', {title: words, cls: 'mono'}, words);
}
