// Makes nodes of the API's JSON: plans and problems. All texts are text nodes.

const words = { create: 'Create', update: 'Update', delete: 'Delete', none: 'Keep', unknown: 'Not known' };

export function planNode(changes) {
  const real = changes.filter((change) => change.action !== 'none');
  const unknown = real.filter((change) => change.action === 'unknown').length;
  const kept = changes.filter((change) => change.action === 'none');
  const box = element('div', { className: 'plan' });
  box.append(element('p', { className: 'plan-sum', textContent: summary(real.length - unknown, unknown > 0) }));
  if (real.length > 0) {
    box.append(list(real));
  }

  if (kept.length > 0) {
    const details = element('details', {});
    details.append(element('summary', { textContent: `${kept.length} unchanged` }), list(kept));
    box.append(details);
  }

  return box;
}

export function problemNode(problem) {
  const box = element('div', { className: 'problem' });
  box.setAttribute('role', 'alert');
  box.dataset.test = 'plan-problem';
  box.append(element('p', { className: 'problem-title', textContent: problem.title ?? 'Refused' }));
  box.append(...problemTexts(problem));
  return box;
}

/** The detail of a problem and each of its errors. */
export function problemTexts(problem) {
  const detail = element('p', { textContent: problem.detail ?? '' });
  if (!problem.errors?.length) {
    return [detail];
  }

  const errors = element('ul', { className: 'errors' });
  for (const error of problem.errors) {
    const item = element('li', {});
    item.append(...(error.pointer ? [element('code', { textContent: error.pointer }), ' '] : []), error.detail);
    errors.append(item);
  }

  return [detail, errors];
}

export const noteNode = (text) => element('p', { className: 'empty', textContent: text });

const summary = (count, isPartial) =>
  count === 0 && isPartial
    ? 'What will change is not known.'
    : `${count === 0 ? 'Nothing' : count === 1 ? 'One object' : `${count} objects`} will change.${isPartial ? ' More may change.' : ''}`;

function list(changes) {
  const items = element('ol', { className: 'changes' });
  for (const change of changes) {
    const item = element('li', { className: `change ${change.action}` });
    item.dataset.test = `change-${change.action}`;
    const line = element('p', { className: 'change-line' });
    line.append(
      element('span', { className: 'change-action', textContent: words[change.action] ?? change.action }),
      ' ',
      element('code', { textContent: change.target }),
    );
    item.append(line, element('p', { className: 'change-why', textContent: change.why }));
    if (change.diff.length > 0) {
      item.append(diffNode(change.diff));
    }

    items.append(item);
  }

  return items;
}

function diffNode(diff) {
  const details = element('details', { open: diff.length <= 20 });
  details.append(element('summary', { textContent: diff.length === 1 ? '1 field' : `${diff.length} fields` }));
  const fields = element('ul', { className: 'diff' });
  for (const field of diff) {
    const item = element('li', {});
    item.append(element('code', { textContent: field.pointer || '/' }));
    if (field.before !== undefined && field.before !== null) {
      item.append(' ', element('del', { textContent: text(field.before) }));
    }

    if (field.after !== undefined && field.after !== null) {
      item.append(' ', element('ins', { textContent: text(field.after) }));
    }

    fields.append(item);
  }

  details.append(fields);
  return details;
}

const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

const element = (name, properties) => Object.assign(document.createElement(name), properties);
