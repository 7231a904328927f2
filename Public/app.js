// Makes forms and links marked `data-live` answer without a reload. The server stays the only one who knows what a
// page looks like: what comes back is the whole page as HTML, and its <main> takes the place of ours. Input that is
// being typed meanwhile is carried over. Without this script the same forms and links work the ordinary way.

const PATIENCE = 20_000; // milliseconds
const main = () => document.querySelector('main');
const byID = id => (id ? document.getElementById(id) : null);
const here = () => location.pathname + location.search;

let shown = here();

document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('form[data-live]') || event.defaultPrevented) return;
  event.preventDefault();
  if (form.hasAttribute('data-busy')) return;
  form.setAttribute('data-busy', '');
  const trigger = event.submitter ?? document.activeElement;
  const sent = new FormData(form, event.submitter);
  // Attributes, not properties: a field could be named "action" or "method".
  const url = event.submitter?.getAttribute('formaction') ?? form.getAttribute('action');
  inTurn(() => load(url, { method: 'POST', body: new URLSearchParams(sent) }, { trigger, form, sent }))
    .catch(complain)
    .finally(() => form.removeAttribute('data-busy'));
});

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-live]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  inTurn(() => load(link.href, {}, { trigger: link, push: true }))
    .catch(error => (error instanceof SignedOut ? complain(error) : location.assign(link.href)));
});

// Going back shows the list as it is now, not as it was. A jump within the page is the browser's own business.
addEventListener('popstate', () => {
  if (here() === shown) return;
  inTurn(() => load(location.href, {}, {}))
    .catch(error => (error instanceof SignedOut ? complain(error) : location.reload()));
});

// One after the other: two answers out of order would leave an old list on the page.
let turn = Promise.resolve();
function inTurn(work) {
  const run = turn.then(work);
  turn = run.catch(() => {});
  return run;
}

async function load(url, options, { trigger, form, sent, push }) {
  const headers = { Accept: 'text/html' };
  const signal = AbortSignal.timeout(PATIENCE);
  const ask = () => fetch(url, { ...options, headers, signal, credentials: 'same-origin' });
  let response = await ask();
  if (response.status === 403 && form && account()) {
    await renewToken(options.body);
    response = await ask();
  }
  const arrived = new URL(response.url);
  const page = await read(response);
  if (asksToSignIn(page) && account() && (form || beingTyped().length)) throw new SignedOut();
  // Signed in, out, or sent elsewhere: the frame around the list changes too, so let the browser go there.
  if (response.redirected && arrived.pathname !== location.pathname) return location.assign(arrived.href);
  const fresh = page.querySelector('main');
  const explainsItself = fresh?.querySelector('[aria-invalid=true], .alert');
  // Whatever else went wrong, the page and what is typed on it stay.
  if (!response.ok && !explainsItself) throw new Problem(sentence(fresh));
  if (!fresh) throw new Problem();

  const isElsewhere = push && !fresh.querySelector('.editor');
  const scrolled = scrollY;
  const typed = isElsewhere ? [] : beingTyped(form, sent);
  const focused = document.activeElement?.id;
  if (!isElsewhere) keepEditor(fresh, form);
  main().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (response.ok) remember(arrived, push);
  showLocalTimes();
  fillLocale();
  typed.forEach(giveBack);
  focusAfter(trigger, focused, typed);
  scrollTo(0, isElsewhere ? 0 : scrolled);
  say(main().querySelector('.notice p, .alert, .error:not(:empty)')?.textContent ?? '');
}

// The answer as a page; an answer in JSON has its sentence in `detail`.
async function read(response) {
  const text = await response.text();
  if (response.headers.get('content-type')?.includes('json')) throw new Problem(JSON.parse(text).detail);
  return new DOMParser().parseFromString(text, 'text/html');
}

// --- When the session ends meanwhile

// The account that the page was made for; none on pages for visitors.
const account = (page = document) => page.body.dataset.account;
const asksToSignIn = page => page.querySelector('form[action="/login"]') !== null;

// After signing in again in another tab the page's forms have an old token. The same account gets the new one.
async function renewToken(body) {
  const signal = AbortSignal.timeout(PATIENCE);
  const page = await read(await fetch(here(), { headers: { Accept: 'text/html' }, signal, credentials: 'same-origin' }));
  if (asksToSignIn(page)) throw new SignedOut();
  if (account(page) !== account()) {
    throw new Problem('Another account is signed in now. What you typed was not sent; copy it before you leave this page.');
  }
  const token = page.querySelector('[name=form_token]').value;
  for (const field of document.querySelectorAll('[name=form_token]')) field.value = token;
  body.set('form_token', token);
}

// --- What is being typed

// Fields that differ from what the server last knew of them: from what was sent, or else from what it showed.
function beingTyped(form, sent) {
  const fields = [...main().querySelectorAll('form[data-live] :is(input:not([type=hidden]), textarea, select)')];
  return fields
    .filter(field => field.value !== (field.form === form ? sent?.get(field.name) : shownIn(field)))
    .map(field => ({
      id: field.id, value: field.value, start: field.selectionStart, end: field.selectionEnd,
      isFocused: field === document.activeElement, isOpen: field.closest('details')?.open,
    }));
}

// What the server showed in a field; a list shows its first choice unless another one is marked.
const shownIn = field =>
  field.defaultValue ?? ([...field.options].find(option => option.defaultSelected) ?? field.options[0]).value;

function giveBack({ id, value, isOpen }) {
  const field = byID(id);
  if (!field) return;
  field.value = value;
  if (isOpen) field.closest('details').open = true;
}

// A row that is open for editing stays open while something else is done to the list.
function keepEditor(fresh, form) {
  const editor = main().querySelector('.editor');
  if (!editor || editor === form || fresh.querySelector('.editor')) return;
  const row = editor.closest('.task');
  editor.querySelector('[autofocus]')?.removeAttribute('autofocus');
  fresh.querySelector('#' + CSS.escape(row.id))?.replaceWith(document.adoptNode(row.cloneNode(true)));
}

// --- Where the reader is

// The address keeps which part of the list is shown, and not what just happened to it.
function remember(url, push) {
  for (const name of ['notice', 'task']) url.searchParams.delete(name);
  if (url.href !== location.href) history[push ? 'pushState' : 'replaceState'](null, '', url);
  shown = here();
}

// Users of keyboards and screen readers must not lose their place: what is being typed, then what is wrong, then what
// opened, then where the focus was, then the way to undo, then the field for the next task.
function focusAfter(trigger, focused, typed) {
  const field = typed.find(field => field.isFocused);
  const cancelled = trigger?.dataset.focus;
  const edited = trigger?.closest('.editor') && 'edit-' + trigger.closest('.task').id.replace('task-', '');
  const target =
    byID(field?.id) ??
    main().querySelector('[aria-invalid=true]') ??
    main().querySelector('[autofocus]') ??
    byID(cancelled) ??
    byID(edited) ??
    byID(focused) ??
    byID('undo') ??
    (trigger?.closest('.filters') ? main().querySelector('.filters [aria-current]') : null) ??
    byID('title') ??
    main();
  target.focus({ preventScroll: true });
  // Fields for dates, times and choices have no cursor.
  if (field?.start != null) target.setSelectionRange(field.start, field.end);
}

function say(text) {
  const status = document.getElementById('status');
  status.textContent = '';
  // A change right after the swap is not announced by every screen reader.
  setTimeout(() => { status.textContent = text; }, 100);
}

// --- What goes wrong

class Problem extends Error {}

class SignedOut extends Problem {
  constructor() {
    super('You have been signed out. What you typed is still here: sign in again, then send it once more. ');
  }
}

function sentence(fresh) {
  return fresh?.querySelector('h1 + p')?.textContent ?? fresh?.querySelector('h1')?.textContent;
}

// Says so where it can be seen and heard, and leaves everything else as it is.
function complain(error) {
  const message = error instanceof Problem && error.message
    ? error.message
    : 'That did not get through. Check the connection and try again.';
  const alert = byID('problem') ?? document.createElement('p');
  Object.assign(alert, { id: 'problem', className: 'alert', textContent: message });
  alert.setAttribute('role', 'alert');
  if (error instanceof SignedOut) {
    // In a tab of its own, so that this page stays as it is.
    alert.append(Object.assign(document.createElement('a'), {
      href: '/login', target: '_blank', rel: 'noopener', textContent: 'Sign in in a new tab',
    }));
  }
  main().prepend(alert);
  alert.scrollIntoView({ block: 'nearest' });
}

// The server writes dates in UTC, as it cannot know better.
function showLocalTimes() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    if (time.hasAttribute('data-exact')) {
      time.textContent = date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
      continue;
    }
    const text = date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
    time.textContent = `${time.textContent.split(' ', 1)[0]} ${text}`;
    time.title = date.toLocaleString();
  }
}

// Signing in or up, the browser tells the zone and the language; the account keeps the first that it hears of.
function fillLocale() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  for (const [name, value] of [['time_zone', timeZone], ['language', navigator.language]]) {
    const field = document.querySelector(`input[type=hidden][name=${name}]`);
    if (field) field.value = value ?? '';
  }
}

showLocalTimes();
fillLocale();
// What a page without a reload would have left out of the address is taken out after one with it.
remember(new URL(location.href), false);
