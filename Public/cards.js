// The cards of the account's page are forms of their own, and to save one loads the page again. What was typed in the
// others comes back, until it is saved or this tab is closed; passwords, codes and files do not.

import { account, byID } from './net.js';
import { readDraft, shownIn, writeDraft } from './swap.js';

let sent;

addEventListener('submit', event => { sent = event.target; });
addEventListener('pagehide', keep);
addEventListener('pageshow', () => { sent = undefined; });
addEventListener('stay', () => { sent = undefined; });

const isCheckbox = field => field.type === 'checkbox';
const typedIn = field => (isCheckbox(field) ? field.checked : field.value);
const isChanged = field => typedIn(field) !== (isCheckbox(field) ? field.defaultChecked : shownIn(field));

// A password that is shown is a text to the browser.
const fieldsOf = form => [...form.elements].filter(field => field.id && !field.readOnly
  && field.matches('input:not([type=hidden], [type=file], [type=password]), select, textarea')
  && !/password|code/.test(field.autocomplete));

// What was refused is not saved either, although the page shows it.
const isRefused = form => form.querySelector('[aria-invalid=true]') !== null;

function keep() {
  // What was typed is forgotten with the rest of the account then.
  if (!account() || sent?.matches('[action="/logout"]')) return;
  const draft = readDraft();
  draft.cards = {};
  for (const form of document.querySelectorAll('main form')) {
    if (form === sent) continue;
    const action = form.getAttribute('action');
    for (const field of fieldsOf(form)) {
      if (isChanged(field) || isRefused(form)) draft.cards[field.id] = { action, value: typedIn(field) };
    }
  }
  writeDraft(draft);
}

for (const [id, { action, value }] of Object.entries(readDraft().cards ?? {})) {
  const field = byID(id);
  const form = field?.form;
  if (form?.getAttribute('action') !== action || isRefused(form) || isChanged(field) || typedIn(field) === value) continue;
  if (isCheckbox(field)) field.checked = value;
  else field.value = value;
  for (let part = field.closest('details'); part; part = part.parentElement.closest('details')) part.open = true;
  form.dataset.kept = '';
}

for (const form of document.querySelectorAll('form[data-kept]')) {
  form.append(Object.assign(document.createElement('p'), { className: 'hint', textContent: 'Not saved yet.' }));
}
