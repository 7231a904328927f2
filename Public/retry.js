// Tries again by itself what the server had no time for, as long as the page is looked at. The page stays until there is
// something else to show, so that nothing is taken from under a reader or a screen reader.

import { byID } from './net.js';
import { say } from './say.js';

const LONGEST = 60; // seconds

const line = byID('retry');
let pause = Number(line.dataset.after) || 1;
let tries = 0;

function wait() {
  const text = `This page tries again by itself, in ${pause === 1 ? '1 second' : `${pause} seconds`}.`;
  line.textContent = text;
  line.hidden = false;
  // The later ones would only interrupt.
  if (!tries) say(text);
  // Not all at the same time, which would be too much for the server again.
  setTimeout(look, pause * 1000 * (1 + Math.random() / 4));
}

async function look() {
  if (document.hidden) {
    document.addEventListener('visibilitychange', look, { once: true });
    return;
  }
  tries += 1;
  line.textContent = 'Trying again …';
  let told;
  try {
    const { status, headers } = await fetch(location.href, {
      method: 'HEAD', credentials: 'same-origin', redirect: 'manual', signal: AbortSignal.timeout(20_000),
    });
    // Also in a proxy's own words.
    if (![429, 502, 503, 504].includes(status)) {
      location.reload();
      return;
    }
    told = Number(headers.get('retry-after'));
  } catch {
    // There is no connection either, for now.
  }
  pause = Math.max(told || 0, Math.min(LONGEST, pause * 2));
  wait();
}

wait();
