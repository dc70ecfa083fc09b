// Holds the credential of this tab and sends it as a header of each request. Cookies are never sent, so no other site can act for the user.
export const settings = JSON.parse(document.querySelector('meta[name="meshport-settings"]').content);

const keyName = 'meshport-key';
const tokenName = 'meshport-token';
const renewBefore = 120_000; // milliseconds before a token ends
const renewAgain = 30_000;
let key = null;
let token = null; // { value, until, refresh }
let renew = async () => {};
let renewal = null; // the renewal that runs
let renewedAt = 0;
let signInNeeded = () => {};

export function startSession() {
  key = stored(keyName);
  token = JSON.parse(stored(tokenName));
}

export const hasCredential = () => key !== null || token !== null;

export const refreshOfToken = () => token?.refresh ?? null;

export function useKey(text) {
  key = text;
  store(keyName, text);
}

/** @param {string} [refresh] gets a new token before this one ends, also after the page is loaded again */
export function useToken(value, expiresInSeconds, refresh = null) {
  token = { value, until: Date.now() + expiresInSeconds * 1000, refresh };
  store(tokenName, JSON.stringify(token));
}

/** @param {() => Promise} renewToken calls useToken if it gets a new token */
export function onRenewal(renewToken) {
  renew = renewToken;
}

export function signOut() {
  key = null;
  token = null;
  store(keyName, null);
  store(tokenName, null);
}

/** What the tab keeps. A browser that keeps nothing for pages throws: then only the page has it, until it is left. */
export function stored(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param text null removes it */
export function store(name, text) {
  try {
    if (text === null) {
      sessionStorage.removeItem(name);
    } else {
      sessionStorage.setItem(name, text);
    }
  } catch {
    // see above
  }
}

export function onSignInNeeded(ask) {
  signInNeeded = ask;
}

/** A request of the API. An answer 401 asks the user to sign in, and throws. */
export async function send(url, { method = 'GET', headers = {}, body, signal } = {}) {
  if (refreshOfToken() !== null && token.until - Date.now() < renewBefore) {
    await renewOnce();
  }

  const used = { key, token };
  const answer = await fetch(url, {
    method,
    body,
    signal,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    headers: {
      ...headers,
      ...(key === null ? {} : { 'x-functions-key': key }),
      ...(token === null ? {} : { authorization: `Bearer ${token.value}` }),
    },
  });
  if (answer.status === 401) {
    if (key !== used.key || token !== used.token) {
      throw new SignInNeeded(); // the user has signed in again meanwhile
    }

    const wantsToken = (answer.headers.get('www-authenticate') ?? '').includes('Bearer');
    const wasRefused = (wantsToken ? token : key) !== null;
    const detail = !wasRefused ? '' : wantsToken ? (await readProblem(answer)).detail : 'The server refused the key.';
    forget(wantsToken);
    signInNeeded({ wantsToken, detail, wasRefused });
    throw new SignInNeeded();
  }

  return answer;
}

/** Requests share a renewal. One that fails is not tried again at once, while the token lasts. */
async function renewOnce() {
  if (renewal === null && Date.now() - renewedAt >= renewAgain) {
    renewedAt = Date.now();
    renewal = renew().finally(() => (renewal = null));
  }

  await renewal;
}

export class SignInNeeded extends Error {}

/** A refused credential is of no use any more. A token may be missing beside a key that is right. */
function forget(wantsToken) {
  if (wantsToken) {
    token = null;
    store(tokenName, null);
  } else {
    key = null;
    store(keyName, null);
  }
}

/** The problem details of an answer (RFC 9457), or the same shape made of its status. */
export async function readProblem(answer) {
  const isProblem = (answer.headers.get('content-type') ?? '').startsWith('application/problem+json');
  const body = isProblem ? await answer.json().catch(() => null) : null;
  return body ?? (answer.status === 404
    ? { title: 'The console has no such page', detail: 'Correct the address, or begin with Clusters.', errors: [] }
    : { title: `The server answered ${answer.status}`, detail: 'Try again, or look at the log of the server.', errors: [] });
}
