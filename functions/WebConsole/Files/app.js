// Starts the console: signs in, then shows the page of the address.
import { settings, startSession, onSignInNeeded, signOut, useKey, hasCredential } from './session.js';
import {
  finishSignIn,
  isOfPlatform,
  readPlatformToken,
  signOutOfPlatform,
  startPlatformSignIn,
  startRenewal,
  startSignIn,
} from './entra.js';
import { startPages, showPage, stopPages, setLink } from './page.js';
import { startActions } from './actions.js';
import { startTimes } from './times.js';

const signIn = document.getElementById('sign-in');
const problem = document.getElementById('sign-in-problem');
const keyForm = document.getElementById('key-form');
const key = document.getElementById('key');
let startEntra = startSignIn;
const entraForm = document.getElementById('entra-form');

/** Asks for what the server wants: the key of the Functions host, or a token of Entra. */
async function askForCredential({ wantsToken, detail, wasRefused }) {
  stopPages();
  document.getElementById('action').close(); // it would cover the sign-in
  setLink('still', 'Not signed in');
  const platform = wantsToken && !settings.entra ? await readPlatformToken() : 'none';
  if (platform === 'token' && !wasRefused) {
    resume();
    return;
  }

  startEntra = settings.entra ? startSignIn : startPlatformSignIn;
  const canSignIn = wantsToken && (settings.entra || platform !== 'none');
  problem.textContent = wantsToken && !canSignIn
    ? 'MeshPort requires a token of Microsoft Entra. Its setting MeshPort:Console:ClientId is missing, so the console cannot ask for one.'
    : detail;
  problem.hidden = problem.textContent === '';
  entraForm.hidden = !canSignIn;
  keyForm.hidden = Boolean(wantsToken);
  document.getElementById('content').hidden = true;
  signIn.hidden = false;
  document.getElementById('sign-out').hidden = !hasCredential();
  document.title = 'Sign in - MeshPort';
  (canSignIn ? document.getElementById('entra-sign-in') : key).focus();
}

function resume() {
  signIn.hidden = true;
  problem.hidden = true;
  document.getElementById('content').hidden = false;
  document.getElementById('sign-out').hidden = !hasCredential();
  showPage({ keepsForm: true });
}

keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  if (key.value !== '') {
    useKey(key.value);
    key.value = '';
    resume();
  }
});
document.getElementById('entra-sign-in').addEventListener('click', () => startEntra());
document.getElementById('sign-out').addEventListener('click', () => {
  const leave = isOfPlatform() ? signOutOfPlatform : () => location.reload();
  signOut();
  leave();
});

onSignInNeeded(askForCredential);
startSession();
startRenewal();
startTimes();
startPages();
startActions();
const failure = await finishSignIn();
if (failure === null) {
  resume();
} else {
  await askForCredential({ wantsToken: true, detail: failure, wasRefused: true });
}
