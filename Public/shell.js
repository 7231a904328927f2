// The page that the service worker shows when the server cannot be reached.

import { begin } from './app.js';
import { showKept } from './offline.js';

if (await showKept()) begin();
else {
  look();
  addEventListener('online', look);
}

// There is nothing on this page that could be lost.
async function look() {
  try {
    await fetch('/health');
    location.reload();
  } catch {
    setTimeout(look, 10_000);
  }
}
