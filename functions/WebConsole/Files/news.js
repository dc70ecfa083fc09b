// Tells screen readers what has changed.

const news = document.getElementById('news');
const most = 3;

export function say(text) {
  news.textContent = text;
}

/** The states on a page by their names. */
export function readTones(page) {
  return new Map([
    ...[...page.querySelectorAll('[data-key][data-tone]')].map((hop) => [name(hop, '.hop-title'), tone(hop)]),
    ...[...page.querySelectorAll('.head')].map((head) => [name(head, 'h1'), tone(head)]),
    ...[...page.querySelectorAll('.card, tr[data-key]')].map((row) => [name(row, 'h2, th'), tone(row)]),
  ]);
}

export function announceChanges(before, page) {
  const changes = [...readTones(page)].filter(([key, value]) => value !== '' && before.has(key) && before.get(key) !== value);
  if (changes.length > 0) {
    const rest = changes.length > most ? `, and ${changes.length - most} more changes` : '';
    say(changes.slice(0, most).map(([key, value]) => `${key}: ${value}`).join(', ') + rest);
  }
}

const name = (element, selector) => element.querySelector(selector)?.textContent.trim() ?? '';
const tone = (element) => element.querySelector('.badge')?.lastChild?.textContent.trim() ?? '';
