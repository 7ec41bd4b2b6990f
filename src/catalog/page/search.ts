import uFuzzy from '@leeoniya/ufuzzy';

const shownResults = 60;
/** So many are put in order; of more, only the first in the order of the catalogue are shown. */
const mostRanked = 500;

/** Searches images and tags as one types. @param names each image with its tags, between blanks */
export function startSearch(names: readonly (readonly [image: string, tags: string])[]): void {
  const box = document.querySelector<HTMLElement>('.search');
  const input = document.querySelector<HTMLInputElement>('#search');
  const list = document.querySelector<HTMLElement>('#results');
  const found = document.querySelector<HTMLElement>('#found');
  if (!box || !input || !list || !found || names.length === 0) return;
  const haystack = names.flatMap(([image, tags]) => [image, ...tags.split(' ').map((tag) => `${image}:${tag}`)]);
  const fuzzy = new uFuzzy();
  const show = () => {
    const matches = search(fuzzy, haystack, input.value.trim());
    list.replaceChildren(...matches.slice(0, shownResults).map(resultItem));
    list.hidden = matches.length === 0;
    found.textContent = input.value.trim() === '' ? '' : resultText(matches.length);
  };
  input.addEventListener('input', show);
  box.addEventListener('keydown', (event) => onKey(event, input, list, show));
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  box.hidden = false;
}

function search(fuzzy: uFuzzy, haystack: string[], needle: string): string[] {
  if (needle === '') return [];
  const [indexes, info, order] = fuzzy.search(haystack, needle, 1, mostRanked);
  const ranked = order && info ? order.map((at) => info.idx[at] ?? 0) : (indexes ?? []);
  const names = ranked.flatMap((at) => haystack[at] ?? []);
  // What begins as it is typed is meant before what only holds it.
  const begins = names.filter((name) => plain(name).startsWith(plain(needle)));
  const isFirst = new Set(begins);
  return [...begins.sort((a, b) => a.length - b.length), ...names.filter((name) => !isFirst.has(name))];
}

/** A name as people type it: `python 3.13 slim`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s:-]+/g, ' ');
}

function resultText(count: number): string {
  if (count === 0) return 'Nothing found.';
  const shown = count > shownResults ? `, of which the first ${shownResults} are shown` : '';
  return `${count} ${count === 1 ? 'result' : 'results'}${shown}.`;
}

function resultItem(name: string): HTMLElement {
  const [image = '', tag] = name.split(':');
  const link = document.createElement('a');
  link.href = `${document.body.dataset['up'] ?? ''}image/${image}.html${tag === undefined ? '' : `#t-${tag}`}`;
  link.textContent = name;
  const item = document.createElement('li');
  item.append(link);
  return item;
}

function onKey(event: KeyboardEvent, input: HTMLInputElement, list: HTMLElement, show: () => void): void {
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (event.key === 'ArrowDown') links[Math.min(at + 1, links.length - 1)]?.focus();
  else if (event.key === 'ArrowUp') (at <= 0 ? input : links[at - 1])?.focus();
  else if (event.key === 'Enter' && at === -1) links[0]?.click();
  else if (event.key === 'Escape') {
    input.value = '';
    show();
    input.focus();
  } else return;
  event.preventDefault();
}
