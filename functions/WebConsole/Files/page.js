// Shows the fragment of the server that belongs to the address, and keeps it current.
import { settings, send, readProblem, SignInNeeded } from './session.js';
import { morph } from './morph.js';
import { problemTexts } from './plan.js';
import { restoreDraft } from './draft.js';
import { showTimes, setServerTime } from './times.js';
import { announceChanges, readTones, say } from './news.js';

const root = `${settings.base}/console`;
const content = document.getElementById('content');
const linkState = document.getElementById('link-state');
const pollMilliseconds = 1000;
const notUpdated = 'Not updated while you edit';
const answerMilliseconds = 10_000; // a server that does not answer is lost, too

/** Makes HTML of the server's fragments. It is the only place that does, and no script in them runs. */
const policy = globalThis.trustedTypes?.createPolicy('meshport', { createHTML: (html) => html }) ?? { createHTML: (html) => html };

let current = null; // the page of the address: { url, etag, polls, top }
let pending = null; // AbortController of the request on its way
let timer = null;

export function startPages() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href]');
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link !== null && isPlain && isPage(link)) {
      event.preventDefault();
      go(link.href);
    }
  });
  document.addEventListener('submit', (event) => {
    if (event.target.matches('[data-filter]')) {
      event.preventDefault();
      filter(event.target);
    }
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-filter] select')) {
      filter(event.target.form);
    }
  });
  document.addEventListener('visibilitychange', () => (document.hidden ? pause() : resume()));
  history.scrollRestoration = 'manual'; // the page is not there yet when the browser would scroll
  addEventListener('popstate', ({ state }) => {
    if (current?.url !== fragment()) { // otherwise only the part of the page has changed, as by the link to the content
      showPage({ top: state?.top });
    }
  });
  addEventListener('online', () => resume());
}

/** Goes to another page of the console. */
export function go(url) {
  history.replaceState({ top: scrollY }, '');
  history.pushState(null, '', url);
  showPage();
}

/**
 * @param {boolean} options.keepsForm leaves a form on the screen as it is, after another sign-in
 * @param {number} options.top where the user had scrolled to
 */
export async function showPage({ keepsForm = false, top = 0 } = {}) {
  if (location.pathname === root || location.pathname === `${root}/`) {
    history.replaceState(null, '', `${root}/clusters`);
  }

  stopPages();
  const url = fragment();
  const shown = content.firstElementChild?.dataset;
  if (keepsForm && shown?.page === url && shown.poll === 'false') {
    setLink('still', notUpdated);
  } else {
    current = { url, etag: null, polls: true, top };
    markNavigation();
    await load();
  }
}

const fragment = () => `${settings.base}/api${location.pathname.slice(settings.base.length)}${location.search}`;

export function stopPages() {
  clearTimeout(timer);
  pending?.abort();
  pending = null;
}

/** Looks again at once, after an action. */
export function look() {
  stopPages();
  load();
}

async function load() {
  const page = current;
  const controller = new AbortController();
  pending = controller;
  const began = performance.now();
  try {
    const [answer, text] = await ask(page, controller.signal);
    setServerTime(answer.headers.get('meshport-time'));
    await take(page, answer, text);
  } catch (failure) {
    if (failure instanceof SignInNeeded || controller.signal.aborted) {
      return;
    }

    if (!(failure instanceof ServerLost)) {
      setLink('lost', 'The page has failed. Load it again.');
      throw failure;
    }

    lose(page, { title: 'Server lost', detail: 'The server does not answer.' });
  }

  if (page === current && page.polls && !document.hidden) {
    timer = setTimeout(load, Math.max(pollMilliseconds, 2 * (performance.now() - began)));
  }
}

/** @returns the answer, and its text unless it is a problem */
async function ask(page, signal) {
  try {
    const answer = await send(page.url, {
      headers: page.etag === null ? {} : { 'if-none-match': page.etag },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
    });
    // A browser counts an answer that nobody reads as aborted.
    return [answer, answer.ok || answer.status === 304 ? await answer.text() : ''];
  } catch (failure) {
    throw failure instanceof SignInNeeded ? failure : new ServerLost();
  }
}

class ServerLost extends Error {}

async function take(page, answer, html) {
  if (answer.status === 304) {
    setLink('live', 'Live');
  } else if (answer.ok) {
    if (page === current) {
      render(page, html);
      page.etag = answer.headers.get('etag');
      setLink(page.polls ? 'live' : 'still', page.polls ? 'Live' : notUpdated);
    }
  } else if (answer.status >= 500 || answer.status === 429) {
    lose(page, await readProblem(answer));
  } else {
    showProblem(page, await readProblem(answer));
    setLink('live', 'Live');
  }
}

/** The last known state stays on the screen, but not under the address of another page. */
function lose(page, problem) {
  setLink('lost', `${problem.title}. Trying again.`);
  if (page === current && content.firstElementChild?.dataset.page !== page.url) {
    showProblem(page, { title: problem.title, detail: `${problem.detail ?? ''} This page comes when the server is back.` });
  }
}

function render(page, html) {
  const made = new DOMParser().parseFromString(policy.createHTML(html), 'text/html').body.firstElementChild;
  const shown = content.firstElementChild;
  const isNew = page.etag === null || shown?.dataset.page !== page.url;
  made.dataset.page = page.url;
  if (isNew) {
    content.replaceChildren(made);
    restoreDraft(made);
    focusPage(made.dataset.title, page.top);
  } else {
    const tones = readTones(shown);
    morph(shown, made);
    announceChanges(tones, shown);
  }

  page.polls = made.dataset.poll === 'true';
  showTimes(content);
}

/** Keeps the focus in a filter whose page has changed; otherwise it goes to the new page. */
function focusPage(title, top) {
  document.title = `${title} - MeshPort`;
  const filtered = document.getElementById(content.dataset.focus ?? '');
  delete content.dataset.focus;
  if (filtered === null) {
    content.focus({ preventScroll: true });
    scrollTo(0, top);
  } else {
    filtered.focus();
  }

  say(title);
}

function showProblem(page, problem) {
  const article = document.createElement('article');
  article.className = 'page';
  article.dataset.test = 'problem';
  const title = document.createElement('h1');
  title.textContent = problem.title ?? 'The page cannot be shown';
  article.append(title, ...problemTexts(problem));
  if (content.textContent !== article.textContent) {
    const hadFocus = content.contains(document.activeElement);
    content.replaceChildren(article);
    if (hadFocus) {
      content.focus({ preventScroll: true });
    }

    document.title = `${title.textContent} - MeshPort`;
    say(title.textContent);
  }

  page.etag = null;
}

function filter(form) {
  const parameters = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  content.dataset.focus = document.activeElement?.id ?? '';
  go(`${location.pathname}${parameters.size === 0 ? '' : `?${parameters}`}`);
}

function isPage(link) {
  const url = new URL(link.href);
  return url.origin === location.origin && url.pathname.startsWith(`${root}/`) && link.target === '' && url.hash === '';
}

function pause() {
  if (current?.polls) {
    stopPages();
    setLink('paused', 'Paused');
  }
}

function resume() {
  if (current?.polls && !content.hidden) {
    look();
  }
}

/** Says whether the page is current. */
export function setLink(state, text) {
  if (linkState.dataset.state !== state || linkState.querySelector('.text').textContent !== text) {
    linkState.dataset.state = state;
    linkState.querySelector('.text').textContent = text;
    document.body.dataset.link = state;
  }
}

function markNavigation() {
  for (const link of document.querySelectorAll('nav[aria-label="Main"] a')) {
    const isHere = location.pathname.startsWith(new URL(link.href).pathname);
    link.toggleAttribute('aria-current', isHere);
    if (isHere) {
      link.setAttribute('aria-current', 'page');
    }
  }
}
