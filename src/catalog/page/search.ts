import uFuzzy from '@leeoniya/ufuzzy';

const shownResults = 60;
/** So many are put in order; of more, only the first in the order of the catalogue are shown. */
const mostRanked = 500;

/** An image with its tags, those that are only pending, and `digits:tag` of each digest; between blanks. */
export type SearchEntry = readonly [image: string, tags: string, pending: string, digests: string];

/** What can be found. */
interface Index {
  readonly names: string[];
  /** What is said of names that cannot be pulled. */
  readonly notes: ReadonlyMap<string, string>;
  /** The first digits of a digest, and a name that has it. */
  readonly digests: readonly (readonly [digits: string, name: string])[];
}

function indexOf(entries: readonly SearchEntry[]): Index {
  const notes = new Map<string, string>();
  const names = entries.flatMap(([image, tags, pending]) => {
    const waiting = wordsOf(pending).map((tag) => `${image}:${tag}`);
    for (const name of waiting) notes.set(name, 'not published yet');
    if (tags === '') notes.set(image, pending === '' ? 'left the lockfile' : 'not published yet');
    return [image, ...wordsOf(tags).map((tag) => `${image}:${tag}`), ...waiting];
  });
  const digests = entries.flatMap(([image, , , words]) =>
    wordsOf(words).map((word) => {
      const [first = '', tag = ''] = word.split(':');
      return [first, `${image}:${tag}`] as const;
    }),
  );
  return { names, notes, digests };
}

/** The longest reference has fewer characters: a registry, a name, a tag and a digest. */
const longestSearch = 512;

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/** Searches images, tags and digests as one types. */
export function startSearch(entries: readonly SearchEntry[]): void {
  const box = document.querySelector<HTMLElement>('.search');
  const input = document.querySelector<HTMLInputElement>('#search');
  const list = document.querySelector<HTMLElement>('#results');
  const found = document.querySelector<HTMLElement>('#found');
  if (!box || !input || !list || !found || entries.length === 0) return;
  const index = indexOf(entries);
  const fuzzy = new uFuzzy();
  const show = () => {
    const matches = search(fuzzy, index, input.value.trim().slice(0, longestSearch));
    list.replaceChildren(...matches.slice(0, shownResults).map((name) => resultItem(name, index.notes.get(name))));
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

/** Finds what is typed or pasted: `docker pull registry.example.com/library/debian:12`, `debian@sha256:…`, a part of a digest. */
function search(fuzzy: uFuzzy, { names, digests }: Index, typed: string): string[] {
  const asked = typed.replace(/^(?:(?:docker|podman) pull|from|image:)\s+/i, '').replace(/^.*\/(?=.)/s, '');
  const [, image = '', isPinned, digits] = /^(?:([^:@\s]*)[^@\s]*@)?(sha256:)?([0-9a-f]*)$/i.exec(asked) ?? [];
  const isDigest = digits !== undefined && digits.length >= (isPinned === undefined ? fewestDigits : 1);
  const wanted = digits?.toLowerCase() ?? '';
  // Of a digest, only the first digits are known.
  const ofDigest = digests.flatMap(([own, name]) =>
    isDigest && (own.startsWith(wanted) || wanted.startsWith(own)) && (image === '' || name.startsWith(`${image}:`))
      ? name
      : [],
  );
  return isPinned === undefined ? [...new Set([...ofDigest, ...searchNames(fuzzy, names, asked)])] : ofDigest;
}

/** Fewer are a version sooner than a digest. */
const fewestDigits = 7;

function searchNames(fuzzy: uFuzzy, haystack: string[], needle: string): string[] {
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

function resultItem(name: string, note: string | undefined): HTMLElement {
  const [image = '', tag] = name.split(':');
  const link = document.createElement('a');
  link.href = `${document.body.dataset['up'] ?? ''}image/${image}.html${tag === undefined ? '' : `#t-${tag}`}`;
  link.textContent = name;
  const item = document.createElement('li');
  item.append(link);
  if (note !== undefined) {
    const hint = document.createElement('span');
    hint.className = 'hint';
    hint.textContent = ` ${note}`;
    item.append(hint);
  }
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
