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
  const keyed = new Map([...from.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = next.dataset?.key;
    const match = key ? keyed.get(key) : isLike(at, next) ? at : null;
    if (!match) {
      from.insertBefore(next, at);
      continue;
    }

    if (match === at) {
      at = at.nextSibling;
    } else {
      from.insertBefore(match, at);
    }

    morph(match, next);
  }

  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

const isLike = (one, other) => one !== null && one.nodeName === other.nodeName && !one.dataset?.key;
