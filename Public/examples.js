// The examples of an empty list become buttons, which write them into the field for new tasks.

import { byID } from './net.js';

export function prepare(page = document) {
  for (const item of page.querySelectorAll('#examples > li')) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'chip', textContent: item.textContent });
    item.replaceChildren(button);
  }
}

document.addEventListener('click', event => {
  const button = event.target.closest('#examples button');
  if (!button) return;
  const field = byID('title');
  field.focus();
  field.select();
  // As if it were typed: what it takes the place of comes back with the browser's own undo.
  document.execCommand('insertText', false, button.textContent);
});
