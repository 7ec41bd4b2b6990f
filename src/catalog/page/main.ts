import { startImagePage, type TagHistory } from './image.ts';
import { type SearchEntry, startSearch } from './search.ts';

/** What the data scripts of a page call, each with the name of what it brings. */
type Call = ['names', SearchEntry[]] | ['history', TagHistory];

declare global {
  interface Window {
    mirrorlock?: Call[];
  }
}

const dayMs = 86_400_000;

const calls = window.mirrorlock ?? [];
const names = calls.flatMap((call) => (call[0] === 'names' ? call[1] : []));
const [history] = calls.flatMap((call) => (call[0] === 'history' ? [call[1]] : []));
startSearch(names);
startImagePage(history);
showAges(Date.now());

/** Adds to the days that a page marks so how long ago they were: the page itself is the same whenever it is built. */
function showAges(now: number): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-aged]')) {
    const age = ageText(now - Date.parse(time.dateTime));
    const hint = document.createElement('span');
    hint.className = 'hint age';
    hint.textContent = age;
    time.after(' ', hint);
  }
}

/** Days at first, then months and years, as nobody counts more. */
function ageText(ms: number): string {
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const days = Math.max(0, Math.floor(ms / dayMs));
  if (days < 61) return words.format(-days, 'day');
  return days < 730
    ? words.format(-Math.floor(days / 30.44), 'month')
    : words.format(-Math.floor(days / 365.25), 'year');
}
