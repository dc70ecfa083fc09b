// Holds the credential of this tab and sends it as a header of each request. Cookies are never sent, so no other site can act for the user.
export const settings = JSON.parse(document.querySelector('meta[name="meshport-settings"]').content);

const keyName = 'meshport-key';
const tokenName = 'meshport-token';
let key = null;
let token = null;
let renew = null;
let signInNeeded = () => {};

export function startSession() {
  key = sessionStorage.getItem(keyName);
  token = JSON.parse(sessionStorage.getItem(tokenName) ?? 'null');
}

export const hasCredential = () => key !== null || token !== null;

export function useKey(text) {
  key = text;
  sessionStorage.setItem(keyName, text);
}

/** @param {() => Promise<boolean>} [renewal] gets a new token before the old one ends */
export function useToken(value, expiresInSeconds, renewal = null) {
  token = { value, until: Date.now() + expiresInSeconds * 1000 };
  sessionStorage.setItem(tokenName, JSON.stringify(token));
  renew = renewal;
}

export function signOut() {
  key = null;
  token = null;
  renew = null;
  sessionStorage.removeItem(keyName);
  sessionStorage.removeItem(tokenName);
}

export function onSignInNeeded(ask) {
  signInNeeded = ask;
}

/** A request of the API. An answer 401 asks the user to sign in, and throws. */
export async function send(url, { method = 'GET', headers = {}, body, signal } = {}) {
  const renewBefore = 120_000;
  if (token !== null && renew !== null && token.until - Date.now() < renewBefore) {
    await renew();
  }

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
    const wantsToken = (answer.headers.get('www-authenticate') ?? '').includes('Bearer');
    const wasRefused = (wantsToken ? token : key) !== null;
    const detail = !wasRefused ? '' : wantsToken ? (await readProblem(answer)).detail : 'The server refused the key.';
    forget(wantsToken);
    signInNeeded({ wantsToken, detail, wasRefused });
    throw new SignInNeeded();
  }

  return answer;
}

export class SignInNeeded extends Error {}

/** A refused credential is of no use any more. A token may be missing beside a key that is right. */
function forget(wantsToken) {
  if (wantsToken) {
    token = null;
    sessionStorage.removeItem(tokenName);
  } else {
    key = null;
    sessionStorage.removeItem(keyName);
  }
}

/** The problem details of an answer (RFC 9457), or the same shape made of its status. */
export async function readProblem(answer) {
  const isProblem = (answer.headers.get('content-type') ?? '').startsWith('application/problem+json');
  const body = isProblem ? await answer.json().catch(() => null) : null;
  return body ?? { title: `The server answered ${answer.status}`, detail: 'Try again, or look at the log of the server.', errors: [] };
}
