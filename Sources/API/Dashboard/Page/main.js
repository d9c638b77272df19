// The frame: who is signed in, which page is shown, what the keys do.
import {h, $, brief, sign, applyTheme, switchTheme} from './core.js';
import {follow, giveCode, login, logout, renew, username, whenSignedOut, Refusal} from './session.js';
import {feed, overviewPage, queuesPage, queuePage, workersPage} from './queues.js';
import {jobsPage, jobPage} from './jobs.js';
import {deadPage, letterPage} from './dead.js';
import {cronPage, cronEntryPage, batchesPage} from './plans.js';
import {paymentsPage, ledgerPage, auditPage} from './money.js';

applyTheme();

// MARK: Pages

const menu = [['', 'Overview', 'o'], ['queues', 'Queues', 'q'], ['workers', 'Workers', 'w'], null, ['jobs', 'Jobs', 'j'], ['dead', 'Dead letters', 'd'], ['cron', 'Cron', 'c'], ['batches', 'Batches', 'b'], null,
  ['payments', 'Payments', 'p'], ['ledger', 'Ledger check', 'l'], ['audit', 'Audit log', 'a']];
const pages = {'': overviewPage, queues: queuesPage, workers: workersPage, jobs: jobsPage, dead: deadPage, cron: cronPage, batches: batchesPage, payments: paymentsPage, ledger: ledgerPage, audit: auditPage};
const details = {queues: value => queuePage({name: value}), jobs: value => jobPage({id: value}), dead: value => letterPage({id: value}), cron: value => cronEntryPage({name: value})};

function findPage() {
  const [path, words] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, value] = path.split('/');
  const query = Object.fromEntries(new URLSearchParams(words));
  if (value && details[name]) return [name, details[name](decodeURIComponent(value))];
  if (pages[name]) return [name, pages[name]({query})];
  return [name, {title: 'Nothing is here', element: h('div', {cls: 'panel empty'}, h('strong', {}, 'There is no such page'), h('a', {href: '#/'}, 'To the overview'))}];
}

let page = null;
let timer = null;
let isRefreshing = false;
let state = 'wait';

function show() {
  clearInterval(timer);
  const [name, next] = findPage();
  page = next;
  for (const link of document.querySelectorAll('.side nav a')) {
    if (link.dataset.page === name) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  document.querySelector('.side nav a[aria-current]')?.scrollIntoView({block: 'nearest', inline: 'nearest'});
  document.title = `${page.title} · Switchyard`;
  $('#heading').replaceChildren(...page.crumb ? [h('a', {href: page.crumb[1], cls: 'crumb'}, page.crumb[0]), h('span', {cls: 'crumb'}, ' / '), page.title] : [page.title]);
  $('#control').replaceChildren(...page.control ? [page.control] : []);
  $('#page').replaceChildren(page.element);
  scrollTo(0, 0);
  if (feed.last) page.heard?.(feed.last);
  refresh();
  if (page.every) timer = setInterval(() => { if (!document.hidden) refresh(); }, page.every * 1000);
}

async function refresh() {
  if (!page.refresh || isRefreshing === page) return;
  isRefreshing = page;
  const shown = page;
  try {
    await shown.refresh();
    tell(null);
  } catch (error) {
    if (shown === page && !(error instanceof Refusal && error.status === 401)) tell(error instanceof Refusal ? error.message : 'The server does not answer. It is asked again.');
  } finally {
    if (isRefreshing === shown) isRefreshing = false;
  }
}

/** What is wrong now, above the page. */
function tell(words) {
  const text = words ?? (state === 'lost' ? 'The connection is lost: what is shown is old. It is tried again.' : state === 'wait' && feed.last ? 'A store does not answer: what is shown is old.' : null);
  $('#banner').hidden = !text;
  $('#banner').textContent = text ?? '';
}

// MARK: Frame

function showFrame() {
  const links = menu.map(entry => entry === null ? h('div', {cls: 'gap'}) : h('a', {href: `#/${entry[0]}`, 'data-page': entry[0], title: `g ${entry[2]}`}, entry[1], h('span', {cls: 'count', 'data-count': entry[0]})));
  $('#app').replaceChildren(h('div', {cls: 'frame'},
    h('div', {cls: 'side'}, h('a', {cls: 'brand', href: '#/', 'aria-label': 'Switchyard, overview'}, h('img', {src: '/dashboard/icon.svg', alt: ''}), h('b', {}, 'Switchyard')), h('nav', {'aria-label': 'Pages'}, links),
      h('div', {cls: 'who'}, h('span', {title: username()}, username()), h('button', {cls: 'plain', title: 'Dark or light (t)', 'aria-label': 'Switch between dark and light', onclick: switchTheme}, sign('M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12')),
        h('button', {cls: 'plain', title: 'Sign out', 'aria-label': 'Sign out', onclick: logout}, sign('M6 2.5H3v11h3M7 8h6.5M10.5 5l3 3-3 3')))),
    h('main', {id: 'main', tabindex: -1},
      h('div', {cls: 'top'}, h('h1', {id: 'heading'}), h('span', {cls: 'live', id: 'live', 'data-state': 'wait', role: 'status'}, 'connecting'), h('div', {cls: 'rest', id: 'control'})),
      h('div', {cls: 'banner', id: 'banner', role: 'alert', hidden: true}), h('div', {id: 'page'}))));
  let isOver = false;
  whenSignedOut(() => { isOver = true; clearInterval(timer); page = null; showSignIn(); });
  addEventListener('hashchange', () => { if (!isOver) show(); });
  addEventListener('standing', () => { if (!isOver) page?.heard?.(feed.last); });
  show();
  follow(overview => {
    feed.take(overview);
    page?.heard?.(overview);
    counts(overview);
  }, next => { if (!isOver) connection(next); }, () => isOver);
}

function connection(next) {
  const changed = state !== next;
  state = next;
  $('#live').dataset.state = next;
  $('#live').textContent = {live: 'live', lost: 'connection lost', wait: 'a store is away'}[next];
  if (changed) tell(null);
}

function counts(overview) {
  const words = {queues: overview.queues.filter(queue => queue.paused).length, dead: overview.dead};
  for (const [name, value] of Object.entries(words)) {
    const place = document.querySelector(`[data-count="${name}"]`);
    const text = !value ? '' : name === 'queues' ? `${value} paused` : brief(value);
    if (place && place.textContent !== text) place.textContent = text;
  }
}

// MARK: Signing in

function showSignIn() {
  document.title = 'Sign in · Switchyard';
  const problem = h('p', {cls: 'problem', role: 'alert', hidden: true});
  const fail = error => {
    problem.textContent = error instanceof Refusal ? error.message : 'The server does not answer.';
    problem.hidden = false;
  };
  const email = h('input', {name: 'email', type: 'email', autocomplete: 'username', required: true});
  const password = h('input', {name: 'password', type: 'password', autocomplete: 'current-password', required: true});
  const button = h('button', {cls: 'primary'}, 'Sign in');
  const box = h('div', {cls: 'panel'}, h('form', {onsubmit: async event => {
    event.preventDefault();
    button.disabled = true;
    try {
      const answer = await login(email.value, password.value);
      if (answer.mfaRequired) askCode(box, answer.mfaToken, problem, fail); else showFrame();
    } catch (error) { fail(error); password.select(); }
    button.disabled = false;
  }}, h('label', {cls: 'field'}, 'Address', email), h('label', {cls: 'field'}, 'Password', password), problem, button));
  $('#app').replaceChildren(h('main', {cls: 'sign'}, h('h1', {cls: 'brand'}, h('img', {src: '/dashboard/icon.svg', alt: ''}), 'Switchyard'), box));
  email.focus();
}

function askCode(box, token, problem, fail) {
  problem.hidden = true;
  const code = h('input', {name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', required: true, maxlength: 32});
  box.replaceChildren(h('form', {onsubmit: async event => {
    event.preventDefault();
    try {
      await giveCode(token, code.value);
      showFrame();
    } catch (error) {
      fail(error);
      code.select();
      if (error.code === 'mfa_expired') showSignIn();
    }
  }}, h('label', {cls: 'field'}, 'Code of your authenticator app, or a backup code', code), problem, h('button', {cls: 'primary'}, 'Go on')));
  code.focus();
}

// MARK: Keys

let isGoing = false;

function move(step) {
  const rows = [...document.querySelectorAll('#page tbody tr')];
  if (rows.length === 0) return;
  const place = rows.findIndex(row => row.contains(document.activeElement));
  const row = rows[Math.max(0, Math.min(rows.length - 1, place + step))];
  row.tabIndex = -1;
  row.focus();
  row.scrollIntoView({block: 'nearest'});
}

function help() {
  if ($('#help')) return;
  const keys = [['?', 'these keys'], ...menu.filter(Boolean).map(([, title, key]) => [`g ${key}`, title]), ['/', 'search'], ['j k', 'next and previous row'], ['Enter', 'open the row'], ['p', 'pause or resume the queue that is shown'], ['r', 'retry the letter, run the entry that is shown'], ['t', 'dark or light'], ['Esc', 'close']];
  const dialog = h('dialog', {id: 'help', 'aria-labelledby': 'help-title'}, h('form', {method: 'dialog'}, h('h2', {id: 'help-title'}, 'Keys'),
    h('div', {cls: 'keys'}, keys.flatMap(([key, text]) => [h('span', {}, key.split(' ').map(part => [h('kbd', {}, part), ' ']).flat()), h('span', {}, text)])), h('div', {cls: 'acts'}, h('button', {}, 'Close'))));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

addEventListener('keydown', event => {
  if (!page || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.target.closest('input, select, textarea')) { if (event.key === 'Escape') event.target.blur(); return; }
  if (isGoing) {
    isGoing = false;
    const entry = menu.find(entry => entry?.[2] === event.key);
    if (entry) location.hash = `#/${entry[0]}`;
    return;
  }
  const row = document.activeElement?.closest('tbody tr');
  const keys = {
    '?': help, t: switchTheme, j: () => move(1), k: () => move(-1), g: () => { isGoing = true; setTimeout(() => { isGoing = false; }, 1500); },
    '/': () => document.querySelector('[data-search]')?.focus(), Enter: () => { if (row && event.target === row) row.click(); }, ...page.keys,
  };
  if (!keys[event.key]) return;
  if (event.key !== 'Enter') event.preventDefault();
  keys[event.key]();
});

// A session that is still open goes on.
renew().then(showFrame, showSignIn);
