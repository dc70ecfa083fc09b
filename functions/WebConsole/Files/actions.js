// Changes resources through the API. Each action shows its dry run first.
import { send, readProblem, SignInNeeded } from './session.js';
import { planNode, problemNode, noteNode } from './plan.js';
import { go, look, showPage } from './page.js';

const dialog = document.getElementById('action');
const form = document.getElementById('action-form');
const plan = document.getElementById('action-plan');
const confirm = document.getElementById('action-confirm');
const nameBox = document.getElementById('action-name');
const nameInput = document.getElementById('action-name-input');
let action = null; // { name, isReady, run }

export function startActions() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-action]');
    if (button !== null) {
      openAction(button.dataset);
    }
  });
  document.addEventListener('submit', (event) => {
    if (event.target.matches('[data-edit]')) {
      event.preventDefault();
      showEditPlan(event.target);
    }
  });
  document.getElementById('action-cancel').addEventListener('click', () => dialog.close());
  addEventListener('popstate', () => dialog.close()); // another page, which the dialog is not about
  nameInput.addEventListener('input', () => allow());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    runAction();
  });
}

async function openAction({ action: kind, url, name, kind: resource, done, etag }) {
  const isDelete = kind === 'delete';
  action = isDelete
    ? { name, isReady: false, run: () => remove(url, etag), done }
    : { name: null, isReady: false, run: () => send(`${url}/reconcile`, { method: 'POST' }) };
  document.getElementById('action-title').textContent = isDelete ? `Delete ${resource} ${name}` : `Reconcile ${name}`;
  document.getElementById('action-text').textContent = isDelete
    ? 'MeshPort deletes what it has made, in reverse order. This is what will change:'
    : 'MeshPort looks at the cluster and all its exposures now. This is what it would change:';
  document.getElementById('action-name-text').textContent = name;
  nameBox.hidden = !isDelete;
  nameInput.value = '';
  confirm.textContent = isDelete ? `Delete ${resource}` : 'Reconcile';
  confirm.classList.toggle('danger', isDelete);
  plan.replaceChildren(noteNode('Reading the cluster.'));
  allow();
  dialog.showModal();
  const mine = action; // the user may have closed the dialog and opened another one when the answer comes
  const request = isDelete ? () => remove(`${url}?dryRun=true`, etag) : () => planSame(url);
  const accept = () => {
    mine.isReady = true;
    allow();
  };
  await preview(plan, request, accept, () => mine === action);
}

/** The dry run of the spec as it is: what a convergence would repair. */
async function planSame(url) {
  const answer = await send(url);
  return answer.ok ? put(`${url}?dryRun=true`, (await answer.json()).spec) : answer;
}

/** Shows the plan that an answer has, or its problem, if the user still waits for it. */
async function preview(place, request, accept, isWanted = () => place.isConnected) {
  try {
    const answer = await request();
    const body = answer.ok ? await answer.json() : await readProblem(answer);
    if (isWanted()) {
      if (answer.ok) {
        place.replaceChildren(planNode(body.changes));
        accept();
      } else {
        place.replaceChildren(refusalNode(answer.status, body));
      }
    }
  } catch (failure) {
    if (isWanted()) {
      report(place, failure);
    }
  }
}

function allow() {
  confirm.disabled = !action.isReady || (action.name !== null && nameInput.value !== action.name);
}

async function runAction() {
  if (confirm.disabled) {
    return;
  }

  confirm.disabled = true;
  const mine = action; // as above
  try {
    const answer = await mine.run();
    const problem = answer.ok ? null : await readProblem(answer);
    if (mine !== action) {
      return;
    }

    if (problem !== null) {
      plan.replaceChildren(refusalNode(answer.status, problem));
      allow(); // the problem may pass
      return;
    }

    dialog.close();
    if (mine.done === undefined) {
      look();
    } else {
      go(mine.done);
    }
  } catch (failure) {
    if (mine === action || failure instanceof SignInNeeded) {
      report(plan, failure);
      allow();
    }
  }
}

async function showEditPlan(edit) {
  const result = document.getElementById('edit-result');
  const spec = readSpec(edit, result);
  if (spec === undefined) {
    return;
  }

  const url = fill(edit.dataset.url, edit);
  const text = edit.elements.spec.value;
  result.replaceChildren(noteNode('Reading the cluster.'));
  await preview(result, () => put(`${url}?dryRun=true`, spec, edit.dataset.etag), () => {
    const apply = document.createElement('button');
    apply.type = 'button';
    apply.className = 'primary';
    apply.textContent = 'Apply';
    apply.dataset.test = 'apply';
    apply.addEventListener('click', () => applyEdit(edit, url, spec, text, result, apply));
    result.append(apply);
    apply.focus();
  });
}

async function applyEdit(edit, url, spec, text, result, apply) {
  if (edit.elements.spec.value !== text || url !== fill(edit.dataset.url, edit)) {
    result.replaceChildren(noteNode('The form has changed. Show the plan again.'));
    return;
  }

  apply.disabled = true;
  try {
    const answer = await put(url, spec, edit.dataset.etag);
    if (answer.ok) {
      go(fill(edit.dataset.done, edit));
    } else {
      result.replaceChildren(refusalNode(answer.status, await readProblem(answer)));
    }
  } catch (failure) {
    report(result, failure);
  }
}

/** Deletes what the page shows, and nothing that others have changed since. */
const remove = (url, etag) => send(url, { method: 'DELETE', headers: { 'if-match': `"${etag}"` } });

/** A problem. Of an etag that does not hold, in words about the page. */
function refusalNode(status, problem) {
  const etag = document.querySelector('[data-edit]')?.dataset.etag;
  if (status !== 412) {
    return problemNode(problem);
  }

  if (etag === undefined) {
    return problemNode({ title: 'Somebody else has changed the spec', detail: 'Nothing was deleted. Cancel, and look at the page again.' });
  }

  if (etag === '') {
    return problemNode({ title: 'The name is taken', detail: 'Choose another name, or open the resource of that name and edit it.' });
  }

  const node = problemNode({
    title: 'Somebody else has changed the spec',
    detail: 'Nothing was applied. Copy your text if you need it, load the current spec, and make your change again.',
  });
  const load = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Load the current spec' });
  load.dataset.test = 'load-current';
  load.addEventListener('click', () => showPage());
  node.append(load);
  return node;
}

/** @returns undefined when the text is not JSON; the user is told where */
function readSpec(edit, result) {
  try {
    return JSON.parse(edit.elements.spec.value);
  } catch (failure) {
    result.replaceChildren(problemNode({ title: 'The spec is not JSON', detail: failure.message }));
    edit.elements.spec.focus();
    return undefined;
  }
}

/** An etag guards against changes that others have made meanwhile; without one, the resource must be new. */
function put(url, spec, etag) {
  const condition = etag === undefined ? {} : etag === '' ? { 'if-none-match': '*' } : { 'if-match': `"${etag}"` };
  return send(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...condition },
    body: JSON.stringify({ spec }),
  });
}

/** Writes the fields of a form into an address. */
const fill = (address, edit) =>
  address.replace(/\{(\w+)\}/g, (_, field) => encodeURIComponent(edit.elements[field].value.trim()));

function report(place, failure) {
  if (failure instanceof SignInNeeded) {
    dialog.close();
    place.replaceChildren(noteNode('The server wanted you to sign in, and did nothing. Try again.'));
  } else {
    place.replaceChildren(problemNode({ title: 'The server does not answer', detail: 'Nothing is known about the request. Try again.' }));
  }
}
