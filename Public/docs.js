// Puts a button for copying beside each example. Without it they can still be selected and read.

for (const example of document.querySelectorAll('pre.example')) {
  // Browsers give the clipboard to pages that came over https or from this machine, and to no others.
  if (!navigator.clipboard) break;
  const frame = document.createElement('div');
  const button = document.createElement('button');
  const heading = example.closest('section').querySelector('h2, h3').textContent;
  Object.assign(button, { type: 'button', className: 'button secondary small copy', textContent: 'Copy' });
  button.setAttribute('aria-label', `Copy: ${heading}`);
  button.addEventListener('click', () => copy(example.textContent, button));
  frame.className = 'copyable';
  example.replaceWith(frame);
  frame.append(example, button);
}

async function copy(text, button) {
  let word = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    word = 'Not copied';
  }
  button.textContent = word;
  document.getElementById('status').textContent = word;
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}
