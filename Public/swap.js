// Whole pages: the server renders the list, and its <main> takes the place of ours. What is being typed is carried over.

import { account, ask, byID, here, Problem, signIn } from './net.js';
import { say, startToast } from './say.js';
import { find, titleIn, trace } from './rows.js';

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
  const typed = beingTyped(form, sent);
  const picked = main().querySelectorAll('.pick :checked');
  const focused = trace(document.activeElement);
  if (!isElsewhere) keepEditor(fresh, form);
  takeStyles(page);
  main().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (ok) remember(url, push);
  const kept = typed.filter(giveBack);
  for (const { id } of picked) if (byID(id)) byID(id).checked = true;
  if (!form) restoreDrafts();
  keepDrafts();
  for (const work of afterSwap) work();
  focusAfter(trigger, focused, kept);
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

const sentenceOf = fresh => fresh?.querySelector('h1 + p')?.textContent || fresh?.querySelector('h1')?.textContent;

// --- What is being typed

// Fields that differ from what the server last knew of them: from what was sent, or else from what it showed.
function beingTyped(form, sent) {
  return fieldsIn(main())
    .filter(field => field.value !== (field.form === form && sent ? sent.get(field.name) : shownIn(field)))
    .map(field => ({
      id: field.id, value: field.value, start: field.selectionStart, end: field.selectionEnd,
      isFocused: field === document.activeElement, isOpen: !field.closest('details:not([open])'),
      action: actionOf(field),
    }));
}

// Those that are filled in by hand: groups of fields and buttons are elements of a form too.
export const fieldsIn = part => [...part.querySelectorAll('input:not([type=hidden]), textarea, select')];

// What the server showed in a field; a list shows its first choice unless another one is marked.
export const shownIn = field =>
  field.defaultValue ?? ([...field.options].find(option => option.defaultSelected) ?? field.options[0])?.value;

// The fields of another row's editor, and of another list's settings, have the same names.
const actionOf = field => field?.form?.getAttribute('action');

function giveBack({ id, value, isOpen, action }) {
  let part = byID(id);
  if (!part || actionOf(part) !== action) return false;
  part.value = value;
  if (isOpen) while ((part = part.parentElement.closest('details'))) part.open = true;
  return true;
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
  for (const name of ['notice', 'task', 'count', 'undo']) url.searchParams.delete(name);
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
    byID('undo') ?? byID('redo') ??
    (trigger?.closest('.bar') ? main().querySelector('.bar [aria-current]') : null) ??
    byID('title') ??
    main();
  target.focus({ preventScroll: true });
  // Fields for dates, times and choices have no cursor.
  if (field?.start != null) target.setSelectionRange(field.start, field.end);
}

// --- Drafts

// What is typed survives a reload: it is kept in this tab, for this account, until it is sent, cancelled or signed out.
const key = () => 'latchkey.draft.' + account();

export function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(key())) ?? {};
  } catch {
    return {};
  }
}

export function writeDraft(draft) {
  try {
    if (Object.values(draft).some(part => part && Object.keys(part).length)) {
      sessionStorage.setItem(key(), JSON.stringify(draft));
    } else {
      sessionStorage.removeItem(key());
    }
  } catch {
    // Storage can be full or forbidden. Then a reload loses what is typed, as it does without this.
  }
}

const values = form => Object.fromEntries(
  [...form.elements].filter(field => field.id && 'value' in field && field.type !== 'submit').map(field => [field.id, field.value]));

// The tasks that were not added, which stand in the list with their text.
let unsent = () => [];
export const keepUnsent = list => { unsent = list; };

export function keepDrafts() {
  if (!account()) return;
  const draft = readDraft();
  const add = byID('add');
  if (add) {
    const text = byID('title').value.trim() || byID('description').value;
    draft.add = text || fieldsIn(add).some(field => field.name !== 'list_id' && field.value !== shownIn(field))
      ? { ...values(add), isOpen: add.querySelector('details').open || undefined } : undefined;
    draft.unsent = unsent();
  }
  const editor = document.querySelector('.editor');
  const id = editor?.closest('.row').id;
  if (editor && (isTyping(editor) || draft.edits?.[id])) {
    draft.edits = { ...draft.edits, [id]: { ...values(editor), version: editor.elements.version.value } };
  }
  writeDraft(draft);
}

export const isTyping = part => fieldsIn(part).some(field => field.value !== shownIn(field));

// Puts back what was typed before, into fields in which nothing is.
export function restoreDrafts() {
  if (!account()) return [];
  const draft = readDraft();
  const add = byID('add');
  if (add && draft.add && byID('title').value === '' && byID('description').value === '') {
    fill(add, draft.add);
    if (draft.add.isOpen) add.querySelector('details').open = true;
  }
  const editor = document.querySelector('.editor');
  const edit = draft.edits?.[editor?.closest('.row').id];
  if (edit) {
    fill(editor, edit);
    // The version that was edited then: if the task has changed since, both texts are shown.
    editor.elements.version.value = edit.version;
  }
  return draft.unsent ?? [];
}

function fill(form, texts) {
  for (const field of form.elements) if (field.id in texts) field.value = texts[field.id];
}

// The editor of a row was saved or cancelled.
// - Parameter sent: what was saved, if more may have been written since.
export function forgetDraft(id, sent) {
  const draft = readDraft();
  const isSent = ([name, value]) => name === 'version' || value === (sent.get(name.replace('edit-', '')) ?? value);
  if (sent && !Object.entries(draft.edits?.[id] ?? {}).every(isSent)) return;
  delete draft.edits?.[id];
  writeDraft(draft);
}

export const forgetDrafts = () => sessionStorage.removeItem(key());
