// Signing out: nothing of the account stays in this browser, and changes that were not sent are not lost unasked.

import { openDialog } from './dialog.js';
import { account } from './net.js';
import { forgetDrafts } from './swap.js';
import { forget as forgetChanges } from './undo.js';
import * as kept from './kept.js';

export async function signOut(form) {
  const waiting = await kept.changesOf(account()).catch(() => []);
  const count = Math.max(waiting.length, document.querySelectorAll('[data-waits]').length);
  if (count && !(await isMeant(count))) {
    dispatchEvent(new Event('stay'));
    return;
  }
  forgetDrafts();
  forgetChanges();
  await Promise.allSettled([kept.dropChanges(account()), kept.forgetLists()]);
  form.submit();
}

async function isMeant(count) {
  const isOne = count === 1;
  const text = Object.assign(document.createElement('p'), {
    textContent: isOne
      ? 'It waits for a connection. If you sign out now, it is lost.'
      : 'They wait for a connection. If you sign out now, they are lost.',
  });
  const form = Object.assign(document.createElement('form'), { method: 'dialog', className: 'actions' });
  form.append(
    Object.assign(document.createElement('button'), { value: '', textContent: 'Stay signed in' }),
    Object.assign(document.createElement('button'), { value: 'out', className: 'danger', textContent: `Sign out and lose ${isOne ? 'it' : 'them'}` }));
  const heading = isOne ? 'A change was not sent' : `${count} changes were not sent`;
  const dialog = await openDialog('sign-out', heading, text, form);
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'out'));
  });
}
