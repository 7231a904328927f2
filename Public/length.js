// Tells how many characters a new password lacks while it is being typed, counted as the server does: code points, with
// accents composed.

import { say } from './say.js';

const PAUSE = 1_000; // milliseconds

let timer;
let said;

document.addEventListener('input', ({ target }) => {
  if (target.minLength > 0) count(target);
});

// What was typed before this module came, and on a page that was put in the place of another.
export function prepare() {
  for (const field of document.querySelectorAll('.field [minlength]')) if (field.value) count(field);
}

function count(field) {
  const shown = field.closest('.field').querySelector('.least');
  shown.dataset.rule ??= shown.textContent;
  const text = sentence(field.minLength, [...field.value.normalize()].length) ?? shown.dataset.rule;
  shown.textContent = text;
  // Not with each key, which would interrupt what a screen reader says of it.
  clearTimeout(timer);
  timer = setTimeout(() => tell(text), PAUSE);
}

function tell(text) {
  if (text !== said) say(text.endsWith('✓') ? 'Long enough.' : text);
  said = text;
}

function sentence(least, length) {
  if (!length) return undefined;
  return length < least ? `${least} characters or more – ${least - length} to go.` : `${least} characters or more ✓`;
}
