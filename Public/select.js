// Selecting tasks: how many are selected, and ranges.

import { byID } from './net.js';

const boxes = () => [...document.querySelectorAll('.pick input')];

// The box that was ticked last.
let last;
export const begin = box => { last = box; };

// Only what has changed is written, as writing is a change as well.
function count() {
  const line = byID('selected');
  if (!line) return;
  const text = `${boxes().filter(box => box.checked).length} selected`;
  if (line.textContent !== text) line.textContent = text;
}

// Rows come and go, and so does the page.
new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
document.addEventListener('change', count);
count();

// With Shift, all rows from the last one to this one.
document.addEventListener('click', ({ target, shiftKey }) => {
  if (!target.matches('.pick input')) return;
  const all = boxes();
  const ends = [all.indexOf(last), all.indexOf(target)].sort((a, b) => a - b);
  if (shiftKey && ends[0] >= 0) for (const box of all.slice(ends[0], ends[1] + 1)) box.checked = target.checked;
  last = target;
});
