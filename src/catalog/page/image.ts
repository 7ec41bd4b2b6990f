/** An event in the life of a tag: `[version, digest or -1, kind, why, link]`. */
type Event = readonly [number, number, string, string?, number?];

/** The history of an image's tags, the oldest event first. */
export interface TagHistory {
  /** `[seconds, commit, subject, when it or a later one was first marked as served]` */
  readonly versions: readonly (readonly [time: number, commit: string, subject: string, served?: number])[];
  readonly digests: readonly string[];
  /** URLs of upstream's forge. */
  readonly links: readonly string[];
  readonly tags: Readonly<Record<string, readonly Event[]>>;
}

/** Shows the commands and the history of the tag that the address names, or of the first. */
export function startImagePage(history: TagHistory | undefined): void {
  const section = document.querySelector<HTMLElement>('#pull');
  const first = document.querySelector<HTMLAnchorElement>('.groups .tags a');
  if (!section || !first) return;
  const destination = document.querySelector<HTMLSelectElement>('#destination');
  const show = () => {
    const asked = document.getElementById(decoded(location.hash.slice(1)));
    const link = asked instanceof HTMLAnchorElement && asked.closest('.groups') ? asked : first;
    for (const other of document.querySelectorAll('.tags [aria-current]')) other.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'true');
    const tag = link.textContent ?? '';
    const digest = link.closest('tr')?.querySelector('.digest')?.textContent ?? '';
    const title = document.querySelector('#pull-title');
    const name = document.querySelector('h1')?.textContent ?? '';
    if (title) title.textContent = `${name}:${tag}`;
    showCommands(destination?.value, tag, digest);
    showHistory(tag, history);
  };
  window.addEventListener('hashchange', () => {
    show();
    section.scrollIntoView({ block: 'nearest' });
  });
  destination?.addEventListener('change', show);
  section.hidden = false;
  show();
}

function decoded(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

function showCommands(repository: string | undefined, tag: string, digest: string): void {
  const list = document.querySelector('#commands');
  if (!list || repository === undefined) return;
  const [byTag, pinned] = [`${repository}:${tag}`, `${repository}:${tag}@${digest}`];
  const commands = [
    ['docker', `docker pull ${byTag}`],
    ['podman', `podman pull ${byTag}`],
    ['Dockerfile, pinned by digest', `FROM ${pinned}`],
    ['Kubernetes', `image: ${pinned}`],
    ['digest', digest],
  ] as const;
  list.replaceChildren(...commands.map(([label, text]) => commandItem(label, text)));
}

function commandItem(label: string, text: string): HTMLElement {
  const code = document.createElement('code');
  code.textContent = text;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy for ${label}`);
  button.addEventListener('click', async () => {
    const status = document.querySelector('#copied');
    const isCopied = await copy(text, code);
    if (status)
      status.textContent = isCopied
        ? `Copied: ${text}`
        : 'The browser does not let this page copy: the text is selected.';
  });
  const item = document.createElement('li');
  const name = document.createElement('span');
  name.textContent = label;
  item.append(name, code, button);
  return item;
}

/** Copies a text; where the browser refuses, selects it, so that the reader can. */
async function copy(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return document.execCommand('copy');
  }
}

const words: Readonly<Record<string, string>> = {
  first: 'there when the history begins',
  added: 'added',
  moved: 'moved to another build',
  rebuilt: 'rebuilt: a new digest of the same tags',
  removed: 'left the lockfile',
};

function showHistory(tag: string, history: TagHistory | undefined): void {
  const place = document.querySelector('#tag-history');
  const events = history && Object.hasOwn(history.tags, tag) ? history.tags[tag] : undefined;
  if (!place || !history || !events) return;
  const servedAt = (at: number) => history.versions[events[at]?.[0] ?? -1]?.[3];
  const hasMarks = history.versions.some(([, , , served]) => served !== undefined);
  const rows = events.map(([version, digest, kind, why = '', link = -1], at) => {
    const [time = 0, commit = '', subject = '', served] = history.versions[version] ?? [];
    const what = whatNode(kind, why, history.links[link]);
    // Where the next change has the same mark, it replaced this one before anything was marked.
    const isServed = served !== undefined && served !== servedAt(at + 1);
    return [
      ...[dayOf(time), history.digests[digest] ?? '', what, `${subject} (${commit})`],
      ...(hasMarks ? [isServed ? dayOf(served) : 'not marked'] : []),
    ];
  });
  const headings = ['merged', 'digest', 'why', 'commit', ...(hasMarks ? ['served since'] : [])];
  place.replaceChildren(historyTable(tag, headings, rows.reverse()));
}

/** What happened and why; the reason is a link to upstream's forge, where one is known. */
function whatNode(kind: string, why: string, link: string | undefined): Node {
  const what = document.createDocumentFragment();
  what.append(words[kind] ?? kind);
  if (why === '' && link === undefined) return what;
  what.append(', since ');
  const reason = why === '' ? 'upstream changed it' : why;
  if (link?.startsWith('https://') !== true) {
    what.append(reason);
    return what;
  }
  const anchor = document.createElement('a');
  anchor.href = link;
  anchor.rel = 'noreferrer';
  anchor.textContent = reason;
  what.append(anchor);
  return what;
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function historyTable(
  tag: string,
  headings: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
): HTMLElement {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = `History of ${tag}: ${rows.length} ${rows.length === 1 ? 'change' : 'changes'}`;
  const table = document.createElement('table');
  const caption = table.createCaption();
  caption.className = 'hidden';
  caption.textContent = `History of ${tag}, the newest first`;
  const head = table.createTHead().insertRow();
  for (const word of headings) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = word;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const cells of rows) {
    const row = body.insertRow();
    for (const content of cells) row.insertCell().append(content);
  }
  const wide = document.createElement('div');
  wide.className = 'wide';
  wide.tabIndex = 0;
  wide.setAttribute('role', 'region');
  wide.setAttribute('aria-label', `History of ${tag}`);
  wide.append(table);
  details.append(summary, wide);
  return details;
}
