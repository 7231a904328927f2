// Makes forms and links marked `data-live` answer without a reload. The server stays the only one who knows what a
// page looks like: what comes back is the whole page as HTML, and its <main> takes the place of ours. Without this
// script the same forms and links work the ordinary way.

const main = () => document.querySelector('main');
let latest = 0;

document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('form[data-live]') || event.defaultPrevented) return;
  event.preventDefault();
  if (form.hasAttribute('data-busy')) return;
  form.setAttribute('data-busy', '');
  const body = new URLSearchParams(new FormData(form, event.submitter));
  // An attribute, not a property: a field could be named "action" or "method".
  load(form.getAttribute('action'), { method: 'POST', body }, { trigger: event.submitter ?? document.activeElement })
    .catch(() => say('That did not get through. Check the connection and try again.'))
    .finally(() => form.removeAttribute('data-busy'));
});

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-live]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  load(link.href, {}, { trigger: link, push: true }).catch(() => location.assign(link.href));
});

// Going back shows the list as it is now, not as it was.
addEventListener('popstate', () => {
  load(location.href, {}, {}).catch(() => location.reload());
});

async function load(url, options, { trigger, push }) {
  const turn = ++latest;
  const response = await fetch(url, { ...options, credentials: 'same-origin', headers: { Accept: 'text/html' } });
  const text = await response.text();
  if (turn !== latest) return; // Something newer was asked for meanwhile.
  const arrived = new URL(response.url);
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = page.querySelector('main');
  if (!fresh) throw new Error('not a page');
  // Signed in, out, or sent elsewhere: the frame around the list changes too, so let the browser go there.
  if (response.redirected && arrived.pathname !== location.pathname) return location.assign(arrived.href);
  const sameFrame = page.querySelector('header')?.textContent === document.querySelector('header')?.textContent;
  if (!sameFrame && response.ok) return location.assign(arrived.href);

  const scrolled = scrollY;
  main().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (response.ok) remember(arrived, push);
  showLocalTimes();
  focusAfter(trigger);
  if (!push) scrollTo(0, scrolled);
  say(fresh.querySelector('.notice p, .alert, .error:not(:empty)')?.textContent ?? '');
}

// The address keeps which part of the list is shown, and not what just happened to it.
function remember(url, push) {
  for (const name of ['notice', 'task', ...(push ? [] : ['edit'])]) url.searchParams.delete(name);
  if (url.href === location.href) return;
  history[push ? 'pushState' : 'replaceState'](null, '', url);
}

// Whoever works by keyboard or listens must not lose the place: first what is wrong, then what opened, then the same
// control as before, then the field for the next task.
function focusAfter(trigger) {
  const target =
    main().querySelector('[aria-invalid=true]') ??
    main().querySelector('[autofocus]') ??
    byID(trigger?.dataset.focus) ??
    byID(trigger?.id) ??
    (trigger?.closest('.editor') ? byID('edit-' + taskOf(trigger)) : null) ??
    byID('undo') ??
    main().querySelector('.filters [aria-current]' + (trigger?.closest('.filters') ? '' : ':not(*)')) ??
    byID('title') ??
    main();
  target.focus({ preventScroll: true });
}

const byID = id => (id ? document.getElementById(id) : null);
const taskOf = element => element.closest('.task')?.id.replace('task-', '') ?? '';

function say(text) {
  const status = document.getElementById('status');
  status.textContent = '';
  // A change right after the swap is not announced by every screen reader.
  setTimeout(() => { status.textContent = text; }, 100);
}

// The server writes dates in UTC, as it cannot know better.
function showLocalTimes() {
  const thisYear = new Date().getFullYear();
  for (const time of document.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    const year = date.getFullYear() === thisYear ? undefined : 'numeric';
    const text = date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year });
    time.textContent = `${time.textContent.split(' ', 1)[0]} ${text}`;
    time.title = date.toLocaleString();
  }
}

showLocalTimes();
{
  // What a page without a reload would have left out of the address is taken out after one with it.
  const url = new URL(location.href);
  if (url.searchParams.has('notice')) remember(url, false);
}
