// What the server reads in a line that is being typed: a date, a list, a tag. Each can be turned into plain text again.

import { byID, account } from './net.js';

const PAUSE = 150; // milliseconds

let timer;
let asking;
let last = { text: '' };
// What a paste offers, as long as the field has the text that was pasted.
let offer;
let pasted;

// - Parameter text: the text that the offer is for.
export function showChips(button, text) {
  offer = button;
  pasted = text;
  last = { text: '' };
  byID('chips')?.replaceChildren(...[offer].filter(Boolean));
  later();
}

export function later() {
  clearTimeout(timer);
  asking?.abort();
  if (offer && !byID('title')?.value.includes(pasted)) {
    offer.remove();
    offer = undefined;
  }
  if (byID('title')?.value.trim()) timer = setTimeout(() => look().catch(() => {}), PAUSE);
  else byID('chips')?.replaceChildren();
}

async function look() {
  const text = byID('title').value;
  asking = new AbortController();
  const response = await fetch('/api/tasks/parse', {
    method: 'POST', credentials: 'same-origin', signal: asking.signal,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify({ text }),
  });
  const field = byID('title');
  if (!account() || field?.value !== text) return;
  const chips = byID('chips');
  // A line that breaks a rule is refused when it is sent, and not while it is being typed.
  if (!response.ok) {
    chips.replaceChildren(...[offer].filter(Boolean));
    return;
  }
  const task = await response.json();
  if (byID('title')?.value !== text) return;
  last = { text: text.trim(), task };
  chips.replaceChildren(
    ...[offer].filter(Boolean),
    ...task.spans.filter(span => span.field !== 'description').map(span => chip(span, task, text)),
    ...task.suggestions.map(suggestion));
}

function chip({ field, start, end }, task, text) {
  const words = text.slice(start, end);
  const label = { due: day(task.due), priority: capital(task.priority), list: task.list, repeat: capital(words) }[field] ?? words;
  const button = Object.assign(document.createElement('button'), {
    type: 'button', className: 'chip on', textContent: label + ' ×', title: `Keep “${words}” as text`,
    onclick: () => replace(start, end, words.replace(/(^|\s)(?=[^\s\\])/g, '$1\\')),
  });
  button.setAttribute('aria-label', `${label}: keep “${words}” as text`);
  return button;
}

// A date in the middle of a title is none until the user says so.
function suggestion({ text, due, list }) {
  const addition = due?.date ? `due:${due.date}` : list ? `+"${list}"` : null;
  const label = due ? day(due) : list ?? text;
  if (!addition) return Object.assign(document.createElement('span'), { className: 'chip', textContent: label });
  return Object.assign(document.createElement('button'), {
    type: 'button', className: 'chip', textContent: `${label}?`,
    onclick: () => replace(byID('title').value.length, byID('title').value.length, ' ' + addition),
  });
}

function replace(start, end, text) {
  const field = byID('title');
  field.setRangeText(text, start, end, 'end');
  field.focus();
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

const capital = text => text && text[0].toUpperCase() + text.slice(1);

// As it is on the clocks where it was written, whatever zone this browser is in.
function day(due) {
  if (!due) return null;
  const date = new Date((due.date ?? due.datetime) + (due.date ? 'T00:00Z' : 'Z'));
  const { language = 'en-GB' } = byID('add').dataset;
  // As the server writes it.
  const options = { timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn', weekday: 'short', day: 'numeric', month: 'short' };
  const hours = language === 'zh-Hant' ? { hourCycle: 'h23' } : {};
  const time = due.datetime ? { hour: 'numeric', minute: '2-digit', ...hours } : {};
  return new Intl.DateTimeFormat(language, { ...options, ...time }).format(date);
}

// The list in which a new task will probably be.
export function listFor(text) {
  if (!byID('anytime')) return 'tasks';
  const due = last.text === text && last.task?.due;
  if (!due) return 'anytime';
  const today = new Date().toLocaleDateString('sv');
  return (due.date ?? due.datetime.slice(0, 10)) <= today ? 'today' : 'upcoming';
}
