// Menus close when they are done with, and passwords can be looked at.

document.addEventListener('toggle', event => {
  if (!event.target.matches?.('details.menu[open]')) return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target) && !event.target.contains(menu)) menu.open = false;
  }
}, true);

document.addEventListener('click', event => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const button = event.target.closest('button.show');
  const field = button && document.getElementById(button.dataset.show);
  if (!field) return;
  const isShown = field.type === 'password';
  field.type = isShown ? 'text' : 'password';
  button.textContent = isShown ? 'Hide' : 'Show';
  button.setAttribute('aria-pressed', isShown);
});

export function offerPasswords() {
  for (const button of document.querySelectorAll('button.show[data-show]')) button.hidden = false;
}
