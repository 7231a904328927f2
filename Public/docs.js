// What the documentation has beyond reading: a filter, examples to copy in the language that was chosen last, and trials.

import { addCopyButton } from './copy.js';
import { account, byID } from './net.js';
import { complain, say } from './say.js';

const LANGUAGE = 'docs-language';

// --- The contents

const filter = byID('filter');

function narrow() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const chapter of document.querySelectorAll('.contents > div')) {
    const title = chapter.querySelector('h3').textContent;
    let found = 0;
    for (const entry of chapter.querySelectorAll('li')) {
      const text = `${title} ${entry.textContent}`.toLowerCase();
      entry.hidden = !words.every(word => text.includes(word));
      if (!entry.hidden) found += 1;
    }
    chapter.hidden = !found;
    count += found;
  }
  byID('nothing-found').hidden = count > 0;
  return count;
}

filter.addEventListener('input', () => {
  const count = narrow();
  say(count === 1 ? 'One entry' : `${count} entries`);
});

filter.addEventListener('keydown', event => {
  if (event.key === 'Enter') document.querySelector('.contents li:not([hidden]) a')?.click();
});

// A browser may have kept what was typed before a reload.
narrow();

// --- Languages

const languages = document.querySelector('.languages');

const choose = language => {
  const choice = [...languages.querySelectorAll('input')].find(({ value }) => value === language);
  if (choice) choice.checked = true;
};

// Storage may be switched off.
try {
  choose(localStorage.getItem(LANGUAGE));
} catch {}

languages.addEventListener('change', event => {
  try {
    localStorage.setItem(LANGUAGE, event.target.value);
  } catch {}
});

// --- Copying

for (const frame of document.querySelectorAll('.copyable')) {
  addCopyButton(frame, `Copy: ${frame.closest('section').querySelector('h2, h3').textContent}`);
}

// --- Trials

function offerTrials() {
  for (const section of document.querySelectorAll('.operation')) {
    const trial = Object.assign(document.createElement('details'), { className: 'trial' });
    const summary = Object.assign(document.createElement('summary'), { className: 'secondary button', textContent: 'Try it' });
    summary.setAttribute('aria-label', `Try it: ${section.querySelector('h3').textContent}`);
    trial.append(summary);
    trial.addEventListener('toggle', () => {
      if (!trial.open) return;
      import('./try.js').then(module => module.prepare(trial, section)).catch(error => {
        trial.open = false;
        complain(error);
      });
    });
    section.querySelector('.examples').append(trial);
  }
}

// They are sent with the reader's own session.
if (account()) offerTrials();
