// What lies in this browser while the pages of an account are closed: changes that were not answered, and lists as they
// were last seen. One transaction a call; a call is done when its transaction is.

const NAME = 'latchkey';
const LONGEST = 7 * 86_400_000; // milliseconds that a list is kept
const MOST = 12; // lists

let opening;
const forget = () => { opening = undefined; };

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of [['changes', ['account', 'name']], ['lists', ['account', 'address']]]) {
        request.result.createObjectStore(name, { keyPath });
      }
    };
    request.onsuccess = () => {
      // A later version of the page may want to change it.
      request.result.onversionchange = () => {
        request.result.close();
        forget();
      };
      // The reader has cleared what is kept.
      request.result.onclose = forget;
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  // The next call tries again.
  opening.catch(forget);
  return opening;
}

// - Parameter work: makes a request of the store, whose result is the result.
async function inStore(name, mode, work) {
  const transaction = (await database()).transaction(name, mode);
  const request = work(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

// All keys that begin with an account.
const of = account => IDBKeyRange.bound([account], [account, []]);

// --- Changes

// Pages look here, before they load more, whether anything waits.
async function noteWaiting() {
  const count = await inStore('changes', 'readonly', store => store.count());
  if (count) localStorage.waiting = count;
  else localStorage.removeItem('waiting');
}

// A later change of the same name takes the place of an earlier one.
export async function keepChange(change) {
  await inStore('changes', 'readwrite', store => store.put(change));
  await noteWaiting();
}

// Unless a later one has taken its place.
export async function dropChange({ account, name, id }) {
  await inStore('changes', 'readwrite', store => {
    const key = [account, name];
    const request = store.get(key);
    request.onsuccess = () => { if (request.result?.id === id) store.delete(key); };
  });
  await noteWaiting();
}

// False if it was dropped, or a later one has taken its place.
export async function has({ account, name, id }) {
  const change = await inStore('changes', 'readonly', store => store.get([account, name]));
  return change?.id === id;
}

// In the order in which they were made.
export async function changesOf(account) {
  const changes = await inStore('changes', 'readonly', store => store.getAll(of(account)));
  return changes.sort((a, b) => a.at - b.at);
}

export async function dropChanges(account) {
  await inStore('changes', 'readwrite', store => store.delete(of(account)));
  await noteWaiting();
}

// --- Lists

// The account of the last page, until its session ends; other tabs may stay.
const mayKeep = account => localStorage.lists === account;

export async function keepList(list) {
  if (!mayKeep(list.account)) return;
  await inStore('lists', 'readwrite', store => store.put(list));
  const old = (await lists()).slice(MOST);
  if (old.length) await inStore('lists', 'readwrite', store => old.forEach(({ account, address }) => store.delete([account, address])));
}

// The newest first.
export async function lists() {
  const all = await inStore('lists', 'readonly', store => store.getAll());
  return all.filter(({ account, at }) => mayKeep(account) && at > Date.now() - LONGEST).sort((a, b) => b.at - a.at);
}

// All that are too old or of another account; without one, all.
export async function forgetLists(account) {
  localStorage.lists = account ?? '';
  const isThere = (await indexedDB.databases()).some(({ name }) => name === NAME);
  if (!isThere) return;
  await inStore('lists', 'readwrite', store => {
    const request = store.getAll();
    request.onsuccess = () => {
      for (const list of request.result) {
        if (list.account !== account || list.at <= Date.now() - LONGEST) store.delete([list.account, list.address]);
      }
    };
  });
}
