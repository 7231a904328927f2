// Buttons that copy a text. Without them it can still be selected.

import { say } from './say.js';

// Puts a button for copying into the frame of a text. Browsers give the clipboard to pages that came over https or from
// this machine, and to no others.
export function addCopyButton(frame, label) {
  if (!navigator.clipboard) return;
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'secondary copy', textContent: 'Copy' });
  button.setAttribute('aria-label', label);
  button.addEventListener('click', () => copy(frame.querySelector('pre').textContent, button));
  frame.append(button);
}

async function copy(text, button) {
  let word = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    word = 'Not copied';
  }
  button.textContent = word;
  say(word);
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}
