// Keeps what a user has typed into a form while Microsoft Entra signs the user in again, which leaves the page.
import { store, stored } from './session.js';

const draftName = 'meshport-draft';

export function saveDraft() {
  const form = document.querySelector('[data-edit]');
  if (form !== null) {
    const { page } = form.closest('[data-page]').dataset;
    const draft = { page, etag: form.dataset.etag, values: Object.fromEntries(new FormData(form)) };
    store(draftName, JSON.stringify(draft));
  }
}

/** Writes the draft into the form of its page, once. It keeps its etag, so that it does not undo what others have changed meanwhile. */
export function restoreDraft(page) {
  const draft = takeDraft();
  const form = draft?.page === page.dataset.page ? page.querySelector('[data-edit]') : null;
  if (form !== null) {
    form.dataset.etag = draft.etag;
    for (const [name, value] of Object.entries(draft.values)) {
      form.elements[name].value = value;
    }
  }
}

function takeDraft() {
  const draft = stored(draftName);
  store(draftName, null);
  return JSON.parse(draft);
}
