// Sends a documented request with the reader's own session, and shows what comes back. The cookie goes along as with the
// pages; a token is not needed, and none is shown.

import { account, Problem, sentence, signIn } from './net.js';
import { say } from './say.js';

const SHOWN = 100_000; // characters

// --- The description

// `/openapi.json`, once it has come.
let api;

async function load() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Problem();
  return answer.json();
}

// The value that a JSON pointer (RFC 6901) leads to.
const valueAt = (value, pointer) => pointer.split('/').slice(1)
  .reduce((node, name) => node?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], value);

const resolve = node => (node?.$ref ? resolve(valueAt(api, node.$ref.slice(1))) : node);

function find(id) {
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) return { path, method: method.toUpperCase(), ...operation };
    }
  }
  throw new Problem('This page is older than the server. Reload it.');
}

// --- The form

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

export async function prepare(trial, section) {
  if (trial.querySelector('form')) return;
  api ??= await load();
  // The second of two clicks finds the form of the first.
  if (trial.querySelector('form')) return;
  const operation = find(section.dataset.operation);
  const fields = (operation.parameters ?? []).map(parameter => field(operation, parameter));
  if (operation.requestBody) fields.push(bodyField(operation));
  const send = element('button', { textContent: 'Send' });
  const stop = element('button', { type: 'button', className: 'secondary', textContent: 'Stop', hidden: true });
  const result = element('div', { className: 'result' });
  const form = element('form', { className: 'request' }, ...fields, element('p', { className: 'actions' }, send, stop), result);
  form.setAttribute('aria-label', `${operation.method} ${operation.path}`);
  form.addEventListener('submit', event => {
    event.preventDefault();
    if (stop.hidden) run(form, operation, section.dataset.warning);
  });
  trial.append(form);
  fillKnown();
  (form.querySelector('input, select, textarea') ?? send).focus();
}

function field(operation, parameter) {
  const schema = resolve(parameter.schema);
  const id = `${operation.operationId}-${parameter.name}`;
  const input = schema.enum ? choices(schema.enum) : element('input', {
    autocomplete: 'off', spellcheck: false, value: parameter.required && parameter.in === 'query' ? example(schema) : '',
  });
  Object.assign(input, { id, name: parameter.name, required: parameter.required });
  input.dataset.in = parameter.in;
  if (parameter.in === 'path') {
    // A browser takes these for steps within the path, and would ask for another address.
    Object.assign(input, { pattern: '(?!\\.{1,2}$).*', title: 'Anything but dots.' });
  }
  return element('div', { className: 'field' }, element('label', { htmlFor: id, textContent: parameter.name }), input);
}

const choices = words => element('select', {}, ...['', ...words].map(word => element('option', { value: word, textContent: word })));
const example = schema => String(schema.examples?.[0] ?? '');

function bodyField({ operationId, requestBody }) {
  const id = `${operationId}-body`;
  const text = JSON.stringify(requestBody.content['application/json'].example, null, 2);
  const area = element('textarea', {
    id, name: 'body', value: text, rows: Math.min(text.split('\n').length, 14), required: requestBody.required,
    autocomplete: 'off', spellcheck: false,
  });
  area.setAttribute('autocapitalize', 'off');
  return element('div', { className: 'field' }, element('label', { htmlFor: id, textContent: 'Body, as JSON' }), area);
}

// --- Ids that came in answers, for the next request

const known = new Map();

// As the description links an answer to what may follow.
function remember(described, value) {
  for (const { parameters = {} } of Object.values(described?.links ?? {})) {
    for (const [name, source] of Object.entries(parameters)) {
      const pointer = /^\$response\.body#(\/.*)/.exec(source)?.[1];
      const found = pointer && valueAt(value, pointer);
      if (typeof found === 'string') known.set(name, found);
    }
  }
  fillKnown();
}

function fillKnown() {
  if (account()) known.set('user_id', account());
  for (const input of document.querySelectorAll('.request [data-in=path]')) {
    if (!input.value) input.value = known.get(input.name) ?? '';
  }
}

// --- Sending

function request(form, { path, method }) {
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll('[data-in]')) {
    const { name, value, dataset } = input;
    if (dataset.in === 'path') path = path.replace(`{${name}}`, () => encodeURIComponent(value));
    else if (value && dataset.in === 'query') query.append(name, value);
    else if (value) headers[name] = value;
  }
  const body = form.elements.body?.value || undefined;
  if (body) headers['Content-Type'] = 'application/json';
  return [path + (query.size ? `?${query}` : ''), { method, headers, body, credentials: 'same-origin', cache: 'no-store' }];
}

async function run(form, operation, warning) {
  if (warning && !await isConfirmed(operation, warning)) return;
  const result = form.querySelector('.result');
  const stop = form.querySelector('[type=button]');
  const stopper = new AbortController();
  stop.hidden = false;
  stop.onclick = () => stopper.abort();
  form.dataset.busy = '';
  result.replaceChildren();
  try {
    const [url, options] = request(form, operation);
    const began = performance.now();
    const answer = await fetch(url, { ...options, signal: stopper.signal });
    const time = performance.now() - began;
    await show(answer, time, operation, result);
    if (answer.status === 401 && operation.security.length && await isSignedOut()) offerToSignIn(result, form);
  } catch (error) {
    if (error.name === 'AbortError') result.append(element('p', { className: 'also', textContent: 'Stopped.' }));
    else result.append(alert(sentence(error)));
  } finally {
    // In this order: the focus does not get lost with the button that had it.
    if (document.activeElement === stop) form.querySelector('button:not([type])').focus();
    stop.hidden = true;
    delete form.dataset.busy;
  }
}

// What comes after it is not undone by closing the page, so it is asked before.
function isConfirmed({ method, path }, warning) {
  const dialog = element('dialog');
  const heading = element('h2', { id: 'confirm-heading', textContent: `Send ${method} ${path}?` });
  const send = element('button', { type: 'button', className: 'danger', textContent: 'Send it', onclick: () => dialog.close('send') });
  const cancel = element('button', { type: 'button', className: 'secondary', textContent: 'Not now', onclick: () => dialog.close() });
  dialog.setAttribute('aria-labelledby', heading.id);
  dialog.append(heading, element('p', { textContent: warning }), element('p', { className: 'actions' }, send, cancel));
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
  return new Promise(done => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(dialog.returnValue === 'send');
    });
  });
}

// A refusal may be about what was sent, and not about who sent it.
const isSignedOut = async () => (await fetch('/api/auth/me', { cache: 'no-store' })).status === 401;

function offerToSignIn(result, form) {
  const button = element('button', {
    type: 'button', className: 'quiet', textContent: 'Sign in and send it again',
    onclick: () => signIn().then(() => form.requestSubmit(), error => result.prepend(alert(sentence(error)))),
  });
  result.prepend(alert('Your session has ended. ', button));
}

function alert(...parts) {
  const made = element('p', { className: 'alert' }, ...parts);
  made.setAttribute('role', 'alert');
  return made;
}

// --- The answer

async function show(answer, time, operation, result) {
  const described = resolve(operation.responses[answer.status]);
  const line = `${answer.status} ${answer.statusText}`.trim();
  const duration = `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
  const state = element('p', { className: 'state' }, element('strong', { textContent: line }),
    ` after ${duration}, round trip`);
  state.classList.toggle('refused', !answer.ok);
  result.append(state);
  const headers = worthKnowing(answer, described);
  if (headers.childElementCount) result.append(headers);
  say(`${line}, ${duration}`);
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return follow(answer, result);
  const text = await answer.text();
  if (!text) return result.append(element('p', { className: 'also', textContent: 'Without a body.' }));
  if (!/json/.test(type)) return result.append(codeOf(text));
  const value = JSON.parse(text);
  result.append(codeOf(JSON.stringify(value, null, 2)));
  remember(described, value);
}

const codeOf = text => {
  const isLong = text.length > SHOWN;
  const code = element('pre', {}, element('code', { textContent: isLong ? `${text.slice(0, SHOWN)}\n…` : text }));
  // What scrolls can be scrolled with the keys.
  code.tabIndex = 0;
  code.setAttribute('role', 'group');
  code.setAttribute('aria-label', 'Response body');
  return code;
};

// Those that the description names for this answer, and the kind of its body.
function worthKnowing(answer, described) {
  const list = element('dl');
  const last = 'X-Request-Id';
  const names = Object.keys(described?.headers ?? {}).filter(name => name !== last);
  for (const name of new Set(['Content-Type', ...names, last])) {
    const value = answer.headers.get(name);
    if (value) list.append(element('div', {}, element('dt', {}, element('code', { textContent: name })), element('dd', { textContent: value })));
  }
  return list;
}

// A stream shows as it comes, until it is stopped.
async function follow(answer, result) {
  const code = codeOf('');
  result.append(code);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let length = 0; length < SHOWN;) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.length;
    code.firstChild.append(value);
  }
  await reader.cancel();
}
