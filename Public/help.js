// The list of keys, and the choice to do without those that work alone.

import { openDialog } from './dialog.js';
import { hasSingleKeys, setSingleKeys } from './keys.js';

const KEYS = [
  ['n', 'New task'], ['j, k', 'Next and previous task'], ['c or Space', 'Complete or reopen'], ['e', 'Edit'], ['d', 'Edit the date'], ['t', 'Edit the tags'], ['Alt ↑, Alt ↓', 'Move within a list'],
  ['Delete', 'Delete'], ['x', 'Select; with Shift, all up to here'], ['z or Ctrl Z', 'Undo the last change; again, the one before'], ['Shift z or Ctrl Shift Z', 'Redo'], ['/ or Ctrl K', 'Search'],
  ['g, then o, t, u, d', 'Open, Today, Upcoming, Done'], ['Esc', 'Close an editor or a menu, end selecting'],
  ['Ctrl Enter', 'Save an editor'], ['?', 'This list'],
];

export async function showKeys() {
  const list = document.createElement('dl');
  for (const [keys, meaning] of KEYS) {
    const term = document.createElement('dt');
    term.append(Object.assign(document.createElement('kbd'), { textContent: keys }));
    list.append(term, Object.assign(document.createElement('dd'), { textContent: meaning }));
  }
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', id: 'single-keys', checked: hasSingleKeys });
  box.addEventListener('change', () => setSingleKeys(box.checked));
  const choice = Object.assign(document.createElement('p'), { className: 'choice' });
  choice.append(box, Object.assign(document.createElement('label'), { htmlFor: box.id, textContent: 'Single-key shortcuts' }));
  const close = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Close', onclick: () => dialog.close() });
  const dialog = await openDialog('keys-dialog', 'Keyboard shortcuts', list, choice, close);
  close.focus();
}
