// A window over the page, with a heading and the styles that the list does without.

export async function openDialog(id, heading, ...parts) {
  const dialog = document.createElement('dialog');
  dialog.id = id;
  dialog.setAttribute('aria-labelledby', id + '-heading');
  dialog.append(Object.assign(document.createElement('h2'), { id: id + '-heading', textContent: heading }), ...parts);
  dialog.addEventListener('close', () => dialog.remove());
  await styles();
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function styles() {
  const { href } = new URL('pages.css', import.meta.url);
  if ([...document.styleSheets].some(sheet => sheet.href === href)) return undefined;
  return new Promise(resolve => {
    // Without them it still works.
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: resolve, onerror: resolve }));
  });
}
