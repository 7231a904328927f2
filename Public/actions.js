// What is done to tasks: it shows at once, is sent at once, and is reverted if the server did not take it.

import { byID, post, Problem } from './net.js';
import { find, mergeFragment, rowOf, stay } from './rows.js';
import { complain, markUnsaved, showToast, unmarkUnsaved } from './say.js';
import { onSwap, show, visit } from './swap.js';
import { expect, refresh, settled } from './live.js';

// The time in which a second click is the other half of a double click.
export const DOUBLE_CLICK = 400; // milliseconds

let number = 0;
let underWay = 0;
let hasOverlapped = false;

export const isBusy = () => underWay > 0;

// Attributes, not properties: a field could be named "action" or "method".
export const target = (form, submitter) => submitter?.getAttribute('formaction') ?? form.getAttribute('action');

// True if the page that a form was sent from is still shown.
export const isHere = body => body.get('here') === (byID('act')?.elements.here.value ?? null);

export const fieldsOf = (form, submitter) => new URLSearchParams(new FormData(form, submitter));

// Keeps a change until the server has answered it; outbox.js can, once it has come.
// - Parameter work: gets the address, the fields and what sends them. Its answer has no page if the change was sent or
//   replaced in another way.
let keep;
export const keepWith = work => { keep = work; };

// True of a change that was not answered and is sent again by itself.
export const isKept = error => Boolean(error.isKept);

// Sends a form and shows what comes back, unless the reader has gone elsewhere meanwhile.
// - Parameter after: what it waits for; it is kept at once.
export async function deliver(url, body, { form, trigger, isWhole, begins, after } = {}) {
  const asked = visit;
  let mine;
  // What is being written stays, unless this has sent all of it.
  const isOpen = id => {
    const editor = find(`#${id} .editor`);
    return editor && (editor !== form || hasMore(form, body));
  };
  const send = async () => {
    await after;
    mine = ++number;
    const answer = await post(url, body, headersFor(body, isWhole));
    // Too busy, or away.
    if ([429, 502, 503, 504].includes(answer.status)) throw new TypeError();
    return answer;
  };
  underWay += 1;
  try {
    const answer = await (keep ? keep(url, body, send) : send());
    // Before the answer is shown, so that it can take the place of what was shown instead.
    begins?.(answer);
    if (answer.isFragment && isHere(body)) {
      for (const row of answer.page.querySelectorAll('li')) expect(row.id.replace('task-', ''));
      mergeFragment(answer.page.body.children, mine, row => ticks.has(row.id) || (row.childElementCount && isOpen(row.id)));
    } else if (answer.isFragment || asked !== visit || !answer.page) {
      if (!answer.ok) throw new Problem((await import('./submit.js')).explanation(answer.page));
      const notice = answer.page?.getElementById('notice');
      if (notice) showToast(notice);
      refresh();
    } else {
      show(answer, { form, trigger, sent: body });
    }
    return answer;
  } finally {
    underWay -= 1;
    // Answers that crossed each other may have brought counts from before the other change.
    hasOverlapped ||= number > mine;
    if (!underWay) {
      if (hasOverlapped) refresh();
      hasOverlapped = false;
      settled();
    }
  }
}

// True of an editor in which more was written since it was sent.
export const hasMore = (editor, sent) => String(fieldsOf(editor)) !== String(sent);

export const headersFor = (body, isWhole) => ({
  ...(!isWhole && { 'Latchkey-Fragment': '1' }),
  ...(body.has('key') && { 'Idempotency-Key': body.get('key') }),
});

// --- Ticks

const ticks = new Map(); // the id of a row: the last tick on it that is on its way
const turns = new Map(); // the id of a row: when the ticks before it are done
const failed = new Map(); // the id of a row: what it says

// A row is shown as done or not, with the button for the other.
export function showDone(row, isDone) {
  row.classList.toggle('done', isDone);
  const button = row.querySelector('button.tick');
  if (!button) return;
  const name = isDone ? 'reopen' : 'complete';
  button.setAttribute('formaction', button.getAttribute('formaction').replace(/\w+$/, name));
  button.setAttribute('aria-label', button.getAttribute('aria-label').replace(/^\w+/, isDone ? 'Reopen' : 'Complete'));
}

export function tick(form, button) {
  const row = rowOf(button);
  const last = ticks.get(row.id);
  if (last && performance.now() - last.at < DOUBLE_CLICK) return;
  sendTick(row.id, target(form, button), fieldsOf(form, button), !row.classList.contains('done'));
}

async function sendTick(id, url, body, isDone) {
  const mine = { isDone, at: performance.now() };
  ticks.set(id, mine);
  forgetFailure(id);
  stay(id);
  showDone(byID(id), isDone);
  // One row's ticks are sent one after the other; those of different rows don't wait.
  const turn = deliver(url, body, {
    after: turns.get(id), begins: ({ ok }) => { if (ok && ticks.get(id) === mine) ticks.delete(id); },
  });
  turns.set(id, turn.catch(() => {}));
  try {
    await turn;
  } catch (error) {
    if (ticks.get(id) !== mine) return;
    if (!isKept(error)) ticks.delete(id);
    const row = byID(id);
    if (!row) return complain(error);
    if (!isKept(error)) showDone(row, !isDone);
    fail(id, error, () => sendTick(id, url, body, isDone));
  }
}

export function forgetFailure(id) {
  failed.delete(id);
  if (byID(id)) unmarkUnsaved(byID(id));
}

// What was kept of a row has arrived in another way.
export function forgetTick(id) {
  ticks.delete(id);
  forgetFailure(id);
}

export function fail(id, error, retry) {
  failed.set(id, { error, retry });
  markUnsaved(byID(id), error, retry, isKept(error));
}

// A page that was made before an action arrived must not hide it.
onSwap(() => {
  for (const [id, { isDone }] of ticks) if (byID(id)) showDone(byID(id), isDone);
  for (const [id, { error, retry }] of failed) if (byID(id)) markUnsaved(byID(id), error, retry, isKept(error));
});
