// Writes times as people read them: how long ago, on the clock of the server, which may be simulated.

let ahead = 0; // milliseconds that the server's clock is ahead of the browser's

export function startTimes() {
  setInterval(() => showTimes(document), 1000);
}

export function setServerTime(milliseconds) {
  if (milliseconds !== null) {
    ahead = Number(milliseconds) - Date.now();
  }
}

export function showTimes(container) {
  for (const time of container.querySelectorAll('time[datetime]')) {
    const seconds = Math.max(0, (Date.now() + ahead - Date.parse(time.dateTime)) / 1000);
    const text = time.dataset.form === 'since' ? duration(seconds) : ago(seconds);
    if (time.textContent !== text) {
      time.textContent = text;
    }
  }
}

function ago(seconds) {
  if (seconds < 10) {
    return 'just now';
  }

  const [count, unit] =
    seconds < 60 ? [Math.floor(seconds / 10) * 10, 's']
    : seconds < 3600 ? [Math.floor(seconds / 60), 'min']
    : seconds < 86_400 ? [Math.floor(seconds / 3600), 'h']
    : [Math.floor(seconds / 86_400), 'd'];
  return `${count} ${unit} ago`;
}

function duration(seconds) {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
