// Buttons that copy a text, save it or print it. Without them it can still be selected.

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

// Puts buttons below the frame of a text that save it as a file, and print the page.
export function addKeepingButtons(frame, name) {
  const buttons = document.createElement('p');
  buttons.className = 'actions';
  for (const [text, act] of [['Save as a file', () => save(frame.querySelector('pre').textContent, name)], ['Print', () => print()]]) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'secondary', textContent: text });
    button.addEventListener('click', act);
    buttons.append(button);
  }
  frame.after(buttons);
}

function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  Object.assign(link, { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
