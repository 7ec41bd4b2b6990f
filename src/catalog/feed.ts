import { createHash } from 'node:crypto';
import { Feed } from 'feed';
import { groupBy } from '../core/group-by.ts';
import { cleanText } from '../core/text.ts';
import { counted, someOf } from '../core/words.ts';
import { html, type Markup } from '../simulate/html/charts.ts';
import type { TagEvent } from './history.ts';
import type { Catalog, CatalogImage } from './model.ts';

const mostEntries = 25;

interface Change {
  readonly tag: string;
  readonly event: TagEvent;
}

/** An Atom feed of an image. Its texts are HTML, into which those of commits are escaped: an entry for each commit that changed its tags, the newest first. */
export function imageFeed(image: CatalogImage, { history, lockfile, url }: Catalog): string {
  const name = image.image;
  const page = url === undefined ? `../image/${name}.html` : `${url}image/${name}.html`;
  const byVersion = new Map<number, Change[]>();
  for (const [tag, events] of image.history ?? [])
    for (const event of events) byVersion.set(event.version, [...(byVersion.get(event.version) ?? []), { tag, event }]);
  const versions = [...byVersion.keys()].sort((a, b) => b - a).slice(0, mostEntries);
  const newest = history?.versions[versions[0] ?? -1]?.time ?? 0;
  const feed = new Feed({
    title: `Changes of ${name} in this mirror`,
    id: idOf(`${lockfile.upstream.repository} ${name}`),
    link: page,
    // Where it is served only: the address of a feed is absolute (RFC 4287, 4.2.7.2).
    ...(url === undefined ? {} : { feedLinks: { atom: `${url}feed/${name}.xml` } }),
    updated: new Date(newest * 1000),
    generator: 'mirrorlock',
    copyright: '',
    author: { name: 'mirrorlock' },
  });
  for (const at of versions) {
    const version = history?.versions[at];
    if (version === undefined) continue;
    const changes = byVersion.get(at) ?? [];
    feed.addItem({
      title: `${name}: ${countsText(changes)}`,
      id: idOf(`${version.commit} ${name}`),
      link: page,
      date: new Date(version.time * 1000),
      description: html`${cleanText(version.subject)} (commit ${version.commit.slice(0, 12)})`.text,
      content: html`<ul>${changeTexts(changes)}</ul>`.text,
    });
  }
  return `${feed.atom1()}\n`;
}

const shownKinds = ['first', 'rebuilt', 'moved', 'added', 'removed'] as const;

function countsText(changes: readonly Change[]): string {
  const parts = shownKinds.flatMap((kind) => {
    const tags = changes.filter(({ event }) => event.kind === kind).map(({ tag }) => tag);
    const word = kind === 'first' ? 'there at first' : kind;
    return tags.length === 0 ? [] : [`${counted(tags.length, 'tag')} ${word} (${someOf(tags, 3)})`];
  });
  return parts.join(', ');
}

/** Tags that went the same way are one line. */
function changeTexts(changes: readonly Change[]): Markup[] {
  const alike = groupBy(changes, ({ event: { kind, digest, why, link } }) =>
    JSON.stringify([kind, digest ?? null, why ?? null, link ?? null]),
  );
  return [...alike.values()].flatMap((own) => own.slice(0, 1).map(({ event }) => changeText(event, own)));
}

function changeText({ kind, digest, why, link }: TagEvent, changes: readonly Change[]): Markup {
  const tags = changes.map(({ tag }) => tag).join(', ');
  const text = why ?? (link === undefined ? undefined : 'upstream changed it');
  const linked = link === undefined || text === undefined ? (text ?? '') : html`<a href="${link}">${text}</a>`;
  const reason = text === undefined ? html`` : html`, since ${linked}`;
  return html`<li>${tags} ${kind}${digest === undefined ? '' : `: ${digest}`}${reason}</li>`;
}

/** An identifier that stays: a UUID (RFC 9562, version 8) of a name. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
