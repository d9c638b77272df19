// Who is signed in, and how pages ask the API: every request says that it is a page of ours.
import {h, setClock} from './core.js';

const base = document.querySelector('meta[name=api]').content;
let session = null;
let proof = null;
let renewal = null;
let onEnd = () => {};

export const username = () => session?.username ?? '';
export const whenSignedOut = body => { onEnd = body; };

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
    this.status = status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
  }
}

async function send(method, path, body, headers = {}) {
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (session) headers['X-CSRF-Token'] = session.csrfToken;
  if (proof) headers['X-Second-Check'] = proof;
  const answer = await fetch(path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'same-origin'});
  if (answer.status === 204) return null;
  const isJSON = (answer.headers.get('Content-Type') ?? '').includes('json');
  const value = isJSON ? await answer.json() : {title: await answer.text()};
  if (!answer.ok) throw new Refusal(answer.status, value);
  return value;
}

// MARK: Signing in

function keep(answer) {
  if (answer.mfaRequired) return answer;
  session = answer;
  proof = null;
  clearTimeout(renewal);
  renewal = setTimeout(() => renew().catch(() => {}), answer.expiresIn * 800);
  return answer;
}

export const login = (email, password) => send('POST', '/dashboard/session/login', {email, password}).then(keep);
export const giveCode = (mfaToken, code) => send('POST', '/dashboard/session/mfa', {mfaToken, code}).then(keep);

/** Several requests may find the token too old at once: one renews it for all. */
let renewing = null;
export function renew() {
  renewing ??= send('POST', '/dashboard/session/refresh').then(answer => {
    const old = proof;
    keep(answer);
    proof = old;
  }).finally(() => { renewing = null; });
  return renewing;
}

export async function logout() {
  await send('POST', '/dashboard/session/logout').catch(() => {});
  session = null;
  proof = null;
  onEnd();
}

// MARK: Asking

/** Renews the session where it has to be, and asks once more who it is where that is wanted. */
export async function api(method, path, body, again = true) {
  try {
    return await send(method, base + path, body);
  } catch (error) {
    if (!(error instanceof Refusal) || !again) throw error;
    if (error.status === 401) {
      try { await renew(); } catch (refusal) {
        if (refusal instanceof Refusal) onEnd();
        throw error;
      }
      return api(method, path, body, false);
    }
    if (error.code === 'sign_in_again' && await secondCheck()) return api(method, path, body, false);
    throw error;
  }
}
export const get = (path, query = {}) => {
  const words = Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return api('GET', path + (words.length ? '?' + new URLSearchParams(words) : ''));
};
export const post = (path, body) => api('POST', path, body);

/** True when somebody has shown once more who they are. */
export function secondCheck() {
  return new Promise(resolve => {
    const byCode = session.hasSecondFactor;
    const input = h('input', byCode
      ? {name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', required: true, maxlength: 32}
      : {name: 'password', type: 'password', autocomplete: 'current-password', required: true});
    const problem = h('p', {cls: 'problem', role: 'alert', hidden: true});
    const dialog = h('dialog', {'aria-labelledby': 'check-title', id: 'check'},
      h('form', {onsubmit: async event => {
        event.preventDefault();
        try {
          proof = (await send('POST', '/dashboard/session/check', {[byCode ? 'code' : 'password']: input.value})).proof;
          dialog.close('yes');
        } catch (error) {
          problem.textContent = error.message;
          problem.hidden = false;
          input.select();
        }
      }},
      h('h2', {id: 'check-title'}, 'Is it still you?'),
      h('p', {cls: 'soft'}, 'What comes next cannot be undone. The answer holds for ten minutes.'),
      h('label', {cls: 'field'}, byCode ? 'Code of your authenticator app' : 'Your password', input), problem,
      h('div', {cls: 'acts'},
        h('button', {type: 'button', onclick: () => dialog.close()}, 'Cancel'),
        h('button', {cls: 'primary'}, 'Confirm'))));
    dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// MARK: Events

/** Follows how everything stands; `heard` gets each overview, `state` the connection: live, wait, lost. */
export async function follow(heard, state, isOver) {
  let pause = 1000;
  while (!isOver()) {
    try {
      const answer = await fetch(base + '/admin/events', {headers: {'X-CSRF-Token': session?.csrfToken ?? ''}, credentials: 'same-origin'});
      if (answer.status === 401) {
        await renew();
        continue;
      }
      if (!answer.ok) throw new Error(answer.status);
      pause = 1000;
      await read(answer.body.getReader(), heard, state);
      continue;
    } catch (error) {
      if (isOver()) return;
      if (error instanceof Refusal && error.status === 401) return onEnd();
      state('lost');
    }
    await new Promise(resolve => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

async function read(reader, heard, state) {
  const decoder = new TextDecoder();
  let text = '';
  // A connection that says nothing for this long is dead, whatever the network thinks.
  let watch = null;
  const listen = () => {
    clearTimeout(watch);
    watch = setTimeout(() => reader.cancel(), 15000);
  };
  let hasSpoken = false;
  try {
    for (;;) {
      listen();
      const {value, done} = await reader.read();
      if (done) break;
      text += decoder.decode(value, {stream: true});
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events) {
        if (event.startsWith('event: overview')) {
          const overview = JSON.parse(event.slice(event.indexOf('data: ') + 6));
          setClock(overview.at);
          hasSpoken = true;
          heard(overview);
          state('live');
        } else if (event.startsWith('event: trouble')) {
          state('wait');
        }
      }
    }
  } finally {
    clearTimeout(watch);
  }
  if (!hasSpoken) throw new Error('the stream ended before it said anything');
}
