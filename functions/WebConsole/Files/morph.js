// Changes a part of the page into its new version in place, so that focus, scroll positions, selections and open details stay.

export function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    from.replaceWith(to);
  } else if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) {
      from.data = to.data;
    }
  } else if (!isSameTime(from, to)) {
    morphAttributes(from, to);
    morphChildren(from, to);
  }
}

/** The script has written its own text into a time. */
const isSameTime = (from, to) =>
  from.nodeName === 'TIME' && from.dateTime === to.dateTime && from.dataset.form === to.dataset.form;

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !isOfUser(from, name)) {
      from.removeAttribute(name);
    }
  }

  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value && !isOfUser(from, name)) {
      from.setAttribute(name, value);
    }
  }
}

/** What the user has opened, chosen or typed. */
const isOfUser = (element, name) =>
  (element.nodeName === 'DETAILS' && name === 'open')
  || (element.nodeName === 'INPUT' && name === 'value')
  || (element.nodeName === 'OPTION' && name === 'selected');

function morphChildren(from, to) {
  removeGone(from, to);
  const keyed = new Map([...from.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]));
  const all = [...to.childNodes];
  let at = from.firstChild;
  for (const [index, next] of all.entries()) {
    const key = next.dataset?.key;
    at = key ? at : skipGone(at, next, all.length - index);
    const match = key ? keyed.get(key) : isLike(at, next) ? at : null;
    if (!match) {
      from.insertBefore(next, at);
      continue;
    }

    at = place(match, at);
    morph(match, next);
  }

  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** An element that moves loses the focus. So the elements before it that are gone go first, and it stays. */
function removeGone(from, to) {
  const wanted = new Set([...to.children].map((child) => child.dataset.key));
  for (const child of [...from.children].filter((child) => child.dataset.key && !wanted.has(child.dataset.key))) {
    child.remove();
  }
}

/**
 * The same for elements without a key, while the page has more of them than its new version.
 * @returns the place of the next element
 */
function skipGone(at, next, left) {
  const rest = [];
  for (let one = at; one !== null; one = one.nextSibling) {
    rest.push(one);
  }

  const found = rest.findIndex((one) => isLike(one, next));
  if (found > 0 && rest.length > left && !rest.slice(0, found).some((one) => one.dataset?.key)) {
    rest.slice(0, found).forEach((one) => one.remove());
    return rest[found];
  }

  return at;
}

/**
 * Puts an element where the walk is. What is before it moves if it has the focus.
 * @returns the node after it
 */
function place(match, at) {
  if (match === at) {
    return match.nextSibling;
  }

  if (!match.contains(document.activeElement)) {
    match.parentNode.insertBefore(match, at);
    return at;
  }

  for (let passed = at; passed !== match; ) {
    const next = passed.nextSibling;
    match.after(passed);
    passed = next;
  }

  return match.nextSibling;
}

const isLike = (one, other) => one !== null && one.nodeName === other.nodeName && !one.dataset?.key;
