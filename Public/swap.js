// Whole pages: the server renders the list, and its <main> takes the place of ours. What is being typed is carried over.

import { account, ask, byID, here, Problem, signIn } from './net.js';
import { say, startToast } from './say.js';
import { find, titleIn, trace } from './rows.js';
import * as drafts from './drafts.js';

const main = () => document.querySelector('main');

let shown = here();
// Counts the pages that were gone to; the answer to an action on an earlier one has no place on this one.
export let visit = 0;
let current;
const afterSwap = [];

// For what has to be put back on a new page.
export const onSwap = work => afterSwap.push(work);

// --- Going somewhere

export async function go(url, { trigger, push } = {}) {
  current?.abort();
  current = new AbortController();
  const { signal } = current;
  let answer = await ask(url, { signal });
  if (answer.isSignedOut && account() && beingTyped().length) {
    await signIn();
    answer = await ask(url, { signal });
  }
  visit += 1;
  show(answer, { trigger, push });
}

export const hasMoved = () => here() !== shown;

// - Parameters:
//   - form, sent: the form that this answers, and what was sent with it.
//   - push: the page is one to come back to.
export function show(answer, { trigger, form, sent, push } = {}) {
  const { page, ok, url, isRedirected } = answer;
  // Signed in, out, or sent elsewhere: the frame around the list changes too, so let the browser go there.
  if (isRedirected && url.pathname !== location.pathname) {
    location.assign(url.href);
    return;
  }
  const fresh = page.querySelector('main');
  // Whatever else went wrong, the page and what is typed on it stay.
  if (!ok && !fresh?.querySelector('[aria-invalid=true], .alert')) throw new Problem(sentenceOf(fresh));
  if (!fresh) throw new Problem();

  const isElsewhere = push && !fresh.querySelector('.editor');
  const scrolled = scrollY;
  const typed = beingTyped(form, sent).filter(field => !isElsewhere || !field.isInEditor);
  const focused = trace(document.activeElement);
  if (!isElsewhere) keepEditor(fresh, form);
  takeStyles(page);
  main().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (ok) remember(url, push);
  typed.forEach(giveBack);
  if (!form) drafts.restore();
  drafts.keep();
  for (const work of afterSwap) work();
  focusAfter(trigger, focused, typed);
  scrollTo(0, isElsewhere ? 0 : scrolled);
  startToast();
  say(main().querySelector('.toast p, .notice p, .alert, .error:not(:empty)')?.textContent ?? '');
}

// Those that another page has, and this one lacks.
export function takeStyles(page) {
  for (const link of page.querySelectorAll('link[rel=stylesheet]')) {
    if (!find(`link[href="${link.getAttribute('href')}"]`)) document.head.append(document.adoptNode(link));
  }
}

function sentenceOf(fresh) {
  return fresh?.querySelector('h1 + p')?.textContent || fresh?.querySelector('h1')?.textContent;
}

// --- What is being typed

// Fields that differ from what the server last knew of them: from what was sent, or else from what it showed.
function beingTyped(form, sent) {
  const fields = [...main().querySelectorAll('form[data-live] :is(input:not([type=hidden]), textarea, select)')];
  return fields
    .filter(field => field.value !== (field.form === form && sent ? sent.get(field.name) : shownIn(field)))
    .map(field => ({
      id: field.id, value: field.value, start: field.selectionStart, end: field.selectionEnd,
      isFocused: field === document.activeElement, isOpen: field.closest('details')?.open,
      isInEditor: field.closest('.editor') !== null,
    }));
}

// What the server showed in a field; a list shows its first choice unless another one is marked.
export const shownIn = field =>
  field.defaultValue ?? ([...field.options].find(option => option.defaultSelected) ?? field.options[0])?.value;

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
  const row = editor.closest('.row');
  editor.querySelector('[autofocus]')?.removeAttribute('autofocus');
  fresh.querySelector('#' + CSS.escape(row.id))?.replaceWith(document.adoptNode(row.cloneNode(true)));
}

// --- Where the reader is

// The address keeps which part of the list is shown, and not what just happened to it.
export function remember(url, push) {
  for (const name of ['notice', 'task', 'undo']) url.searchParams.delete(name);
  if (url.href !== location.href) history[push ? 'pushState' : 'replaceState'](null, '', url);
  shown = here();
}

// Users of keyboards and screen readers must not lose their place: what is being typed, then what is wrong, then what
// opened, then where the focus was, then the way to undo, then the field for the next task.
function focusAfter(trigger, focused, typed) {
  const field = typed.find(field => field.isFocused);
  const edited = trigger?.closest('.editor') && trigger.closest('.row').id;
  const target =
    byID(field?.id) ??
    main().querySelector('[aria-invalid=true]') ??
    main().querySelector('[autofocus]') ??
    titleIn(trigger?.dataset.focus) ??
    titleIn(edited) ??
    find(focused) ??
    byID('undo') ??
    (trigger?.closest('.bar') ? main().querySelector('.bar [aria-current]') : null) ??
    byID('title') ??
    main();
  target.focus({ preventScroll: true });
  // Fields for dates, times and choices have no cursor.
  if (field?.start != null) target.setSelectionRange(field.start, field.end);
}
