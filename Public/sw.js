// The service worker. It answers nothing by itself as long as the server can be reached; otherwise a page becomes the one
// that shows the kept list, with the files that this needs. It keeps no one's data.

addEventListener('install', () => skipWaiting());

// The page is asked for while the worker starts.
addEventListener('activate', event => event.waitUntil(registration.navigationPreload?.enable()));

addEventListener('fetch', event => {
  const { request } = event;
  const isPage = request.mode === 'navigate' && request.method === 'GET';
  if (isPage || request.url.startsWith(location.origin + '/static/')) event.respondWith(answer(event, isPage));
});

async function answer({ request, preloadResponse }, isPage) {
  try {
    return (isPage && (await preloadResponse)) || (await fetch(request));
  } catch (error) {
    const kept = await caches.match(isPage ? '/offline' : request);
    if (kept) return kept;
    throw error;
  }
}
