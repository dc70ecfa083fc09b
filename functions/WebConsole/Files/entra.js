// Signs in with Microsoft Entra: the authorization code flow with PKCE (RFC 7636), and the token store of App Service authentication.
import { settings, useToken, onRenewal, refreshOfToken } from './session.js';
import { saveDraft } from './draft.js';

const pendingName = 'meshport-sign-in';
const place = `${settings.base}/console/signed-in`;
const ofPlatform = 'App Service'; // stands for a refresh token that App Service keeps

export async function startSignIn() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  sessionStorage.setItem(pendingName, JSON.stringify({ verifier, state, returnTo: location.pathname + location.search }));
  saveDraft();
  const url = new URL('oauth2/v2.0/authorize', settings.entra.authority);
  url.search = new URLSearchParams({
    client_id: settings.entra.clientId,
    response_type: 'code',
    response_mode: 'fragment', // the server never sees the code
    redirect_uri: location.origin + place,
    scope: scope(),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  location.assign(url);
}

/**
 * Finishes a sign-in when Entra has sent the browser back.
 * @returns the problem to show; null without one
 */
export async function finishSignIn() {
  if (location.pathname !== place) {
    return null;
  }

  const answer = new URLSearchParams(location.hash.slice(1));
  const pending = JSON.parse(sessionStorage.getItem(pendingName) ?? 'null');
  sessionStorage.removeItem(pendingName);
  history.replaceState(null, '', pending?.returnTo ?? `${settings.base}/console/clusters`);
  if (answer.get('error') !== null) {
    return answer.get('error_description') ?? answer.get('error');
  }

  if (pending === null || settings.entra === undefined || answer.get('state') !== pending.state) {
    return 'The sign-in does not belong to this tab. Sign in again.';
  }

  return requestToken({
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    redirect_uri: location.origin + place,
    code_verifier: pending.verifier,
  });
}

/** Lets App Service authentication sign in; it sends the browser back. */
export function startPlatformSignIn() {
  saveDraft();
  location.assign(`/.auth/login/aad?${new URLSearchParams({ post_login_redirect_uri: location.pathname + location.search })}`);
}

/**
 * Takes the token that App Service authentication keeps for its own session.
 * @returns 'token', 'signed-out' without a session, or 'none' without App Service authentication
 */
export async function readPlatformToken() {
  const answer = await fetch('/.auth/me', { credentials: 'same-origin', redirect: 'error' }).catch(() => null);
  const isJson = answer?.ok && (answer.headers.get('content-type') ?? '').startsWith('application/json');
  const sessions = isJson ? await answer.json().catch(() => null) : null;
  const session = Array.isArray(sessions) ? sessions[0] : null;
  if (!session?.access_token) {
    return Array.isArray(sessions) || answer?.status === 401 ? 'signed-out' : 'none';
  }

  const seconds = (Date.parse(session.expires_on) - Date.now()) / 1000;
  useToken(session.access_token, Number.isFinite(seconds) ? seconds : 3600, ofPlatform);
  return 'token';
}

/** Signs out of App Service authentication, too ("Customize sign-in and sign-out"): otherwise the console would sign in again at once. */
export function signOutOfPlatform() {
  location.assign(`/.auth/logout?${new URLSearchParams({ post_logout_redirect_uri: location.pathname + location.search })}`);
}

export const isOfPlatform = () => refreshOfToken() === ofPlatform;

/** Gets a new token with the refresh token of the old one. */
export function startRenewal() {
  onRenewal(async () => {
    if (isOfPlatform()) {
      await fetch('/.auth/refresh', { credentials: 'same-origin' }).catch(() => null);
      await readPlatformToken();
    } else {
      await requestToken({ grant_type: 'refresh_token', refresh_token: refreshOfToken() });
    }
  });
}

/** @returns the problem; null without one */
async function requestToken(parameters) {
  const answer = await fetch(new URL('oauth2/v2.0/token', settings.entra.authority), {
    method: 'POST',
    credentials: 'omit',
    signal: AbortSignal.timeout(10_000), // requests wait for it
    body: new URLSearchParams({ client_id: settings.entra.clientId, scope: scope(), ...parameters }),
  }).catch(() => null);
  if (answer === null) {
    return 'Microsoft Entra does not answer. Sign in again.';
  }

  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body?.access_token) {
    return body?.error_description ?? body?.error ?? 'Microsoft Entra refused the sign-in.';
  }

  useToken(body.access_token, body.expires_in, body.refresh_token ?? null);
  return null;
}

const scope = () => `${settings.entra.scope} offline_access`;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
