// Signing in over the page, so that it stays as it is, with everything that was typed on it.

import { openDialog } from './dialog.js';
import { refresh, resumeAll } from './live.js';
import { account, ask as request, byID, here, Problem, SignedOut, signIn } from './net.js';

// Done when the same account has signed in.
export async function ask() {
  import('./kept.js').then(kept => kept.forgetLists()).catch(() => {});
  let fresh;
  try {
    const { page } = await request('/login');
    fresh = page.querySelector('form[action="/login"]');
  } catch {
    // Then there is still the link.
  }
  if (!fresh || !globalThis.HTMLDialogElement) throw new SignedOut();
  const reason = Object.assign(document.createElement('p'), { textContent: 'Your session ended. What you typed is kept.' });
  const alert = Object.assign(document.createElement('p'), { className: 'error' });
  alert.setAttribute('role', 'alert');
  const cancel = Object.assign(document.createElement('button'), {
    type: 'button', className: 'button secondary', textContent: 'Not now', onclick: () => dialog.close(),
  });
  let form = prepare(fresh, cancel);
  const before = document.activeElement;
  const dialog = await openDialog('sign-in', 'Sign in again', reason, alert, form);
  const fill = () => import('./forms.js').then(forms => forms.prepare(), () => {});
  fill();
  form.elements.email.focus();
  try {
    return await new Promise((resolve, reject) => {
      dialog.addEventListener('close', () => reject(new SignedOut()));
      dialog.addEventListener('submit', event => {
        event.preventDefault();
        event.stopPropagation();
        if (form.inert) return;
        form.inert = true;
        alert.textContent = '';
        send(form, event.submitter).then(answer => {
          if (answer === true) return resolve();
          reason.textContent = answer.reason ?? reason.textContent;
          alert.textContent = answer.sentence;
          const next = prepare(answer.form, cancel);
          form.replaceWith(next);
          form = next;
          fill();
          (form.elements.code ?? form.elements.password).focus();
        }).catch(error => {
          if (error instanceof Problem) return reject(error);
          form.inert = false;
          alert.textContent = 'That did not get through. Check the connection and try again.';
        });
      });
    });
  } finally {
    dialog.close();
    if (before?.isConnected) before.focus({ preventScroll: true });
  }
}

function prepare(form, cancel) {
  form = document.adoptNode(form);
  form.removeAttribute('data-live');
  // A provider's page has no place in a dialog.
  for (const button of form.querySelectorAll('[formaction^="/login/providers/"]')) button.remove();
  form.elements.next.value = '/dashboard';
  // As the session was that has ended.
  if (form.elements.passing) form.elements.passing.checked = !byID('act')?.matches('[data-keeps]');
  form.querySelector('[type=submit], button:not([type])').after(cancel);
  return form;
}

// True, or the form to go on with: the same one with what was wrong, or the one that asks for the second factor.
async function send(form, button) {
  const answer = await request(button?.getAttribute('formaction') ?? form.getAttribute('action'), { body: new URLSearchParams(new FormData(form)) });
  const next = answer.page.querySelector('form[action="/login"], form[action="/login/second-factor"]');
  if (next) {
    const alert = answer.page.querySelector('.alert, .error:not(:empty)');
    const reason = next.elements.code && next.previousElementSibling.textContent;
    return { form: next, reason, sentence: alert?.textContent ?? (reason ? '' : 'That did not work. Try again.') };
  }
  // A page of another kind, such as a code to be entered, has no place in a dialog.
  if (!account(answer.page)) throw new SignedOut();
  takeToken(answer.page);
  resumeAll();
  if (globalThis.BroadcastChannel) new BroadcastChannel('latchkey-signed-in').postMessage('');
  // The list is hidden, or from before.
  refresh();
  return true;
}

// After signing in again in another tab the page's forms have an old token. The same account gets the new one.
// - Parameter asks: asks to sign in, if need be.
export async function renewToken(asks) {
  const { page, ok, isSignedOut } = await request(here());
  if (isSignedOut && !asks) throw new SignedOut();
  if (isSignedOut) return signIn();
  // The page of a proxy says nothing of the account.
  if (!ok && !account(page)) throw new TypeError('not now');
  takeToken(page);
  refresh();
}

function takeToken(page) {
  if (account(page) !== account()) {
    throw Object.assign(
      new Problem('Another account is signed in now. What you typed was not sent; copy it before you leave this page.'),
      { needsAccount: true });
  }
  const token = page.querySelector('[name=form_token]').value;
  for (const field of document.querySelectorAll('[name=form_token]')) field.value = token;
}
