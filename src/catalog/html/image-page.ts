import { bytesText } from '../../core/bytes.ts';
import { cleanText } from '../../core/text.ts';
import { counted } from '../../core/words.ts';
import { html, type Markup } from '../../simulate/html/charts.ts';
import { number } from '../../simulate/statistics.ts';
import type { TagEvent } from '../history.ts';
import { type Catalog, type CatalogGroup, type CatalogImage, placeOf, tagCount } from '../model.ts';
import { dayText } from '../weeks.ts';
import { dataScript, dayMarkup, pageHtml, shortText, stateMarkup } from './layout.ts';

const shownEnded = 200;

/** The page of one image: how to pull it, its groups, what is pending and what ended. */
export function imagePage(image: CatalogImage, catalog: Catalog): string {
  const name = image.image;
  const gone = image.groups.length + image.pending.length === 0;
  const counts = html`<p>${number(tagCount(image))} tags of ${number(image.groups.length)} digests. <a href="../feed/${name}.xml">Feed of changes (Atom)</a></p>`;
  const main = html`<h1>${name}</h1>
${gone ? html`<p>This image left the lockfile: nothing of it is kept up to date any more.</p>` : counts}
${image.groups.length === 0 ? html`` : pullMarkup(catalog, name)}
${groupsTable(image, catalog)}
${pendingMarkup(image)}
${endedMarkup(image)}`;
  const feed = html`<link rel="alternate" type="application/atom+xml" title="${`Changes of ${name}`}" href="../feed/${name}.xml">\n`;
  const scripts = ['../assets/names.js', ...(image.history === undefined ? [] : [`../history/${name}.js`])];
  return pageHtml({ title: `${name} in this mirror`, up: '../', head: feed, scripts, main }, catalog);
}

/** Filled in by the page's script, for the tag that is chosen. */
function pullMarkup({ destinations }: Catalog, name: string): Markup {
  const options = destinations.map((one) => html`<option value="${`${placeOf(one)}/${name}`}">${one.name}</option>`);
  const select =
    destinations.length === 0
      ? html`<p>The configuration names no destination.</p>`
      : html`<p><label for="destination">From</label> <select id="destination">${options}</select></p>`;
  return html`<section id="pull" aria-labelledby="pull-title" hidden><h2 id="pull-title">Pull</h2>${select}<ul id="commands" class="commands"></ul><p id="copied" class="hint" role="status"></p><div id="tag-history"></div></section>`;
}

/** A column of the table of groups: its heading, and what it says of a group. */
type Column = readonly [heading: string, cell: (group: CatalogGroup) => Markup];

function groupsTable({ image, groups }: CatalogImage, catalog: Catalog): Markup {
  if (groups.length === 0) return html``;
  const columns = columnsOf(groups, catalog);
  const headings = columns.map(([word]) => html`<th scope="col">${word}</th>`);
  const rows = groups.map((group) => html`<tr>${columns.map(([, cell]) => html`<td>${cell(group)}</td>`)}</tr>\n`);
  return html`<h2>Tags</h2><div class="wide" role="region" aria-label="Tags" tabindex="0"><table class="groups"><caption class="hidden">${`Tags of ${image}, one row for each digest`}</caption><thead><tr>${headings}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

/** Only what is known of a group at least. */
function columnsOf(groups: readonly CatalogGroup[], { reports, history, marks = [] }: Catalog): Column[] {
  const tags: Column = ['tags', (group) => html`<ul class="tags">${group.tags.map(tagItem)}</ul>`];
  const digest: Column = ['digest', (group) => html`<code class="digest">${group.digest}</code>`];
  const platforms: Column = ['platforms', platformsCell];
  const built: Column = ['built', (group) => html`${group.built ?? ''}`];
  const merged: Column = ['merged', ({ since }) => (since === undefined ? html`` : dayMarkup(since, true))];
  const served: Column = ['served since', servedCell];
  const states = (reports?.destinations ?? []).map(
    (name): Column => [
      cleanText(name, longestWord),
      ({ states: all }) =>
        html`${all.filter((one) => one.destination === name).map(({ state }) => stateMarkup(state))}`,
    ],
  );
  const isKnown = (known: (group: CatalogGroup) => unknown) => groups.some((group) => known(group) !== undefined);
  return [
    ...[tags, digest],
    ...(isKnown((group) => group.platforms) ? [platforms] : []),
    ...(isKnown((group) => group.built) ? [built] : []),
    ...(history === undefined ? [] : [merged]),
    ...(history === undefined || marks.length === 0 ? [] : [served]),
    ...states,
  ];
}

function tagItem(tag: string): Markup {
  return html`<li><a id="t-${tag}" href="#t-${tag}">${tag}</a></li>`;
}

function platformsCell({ platforms = [], sizes }: CatalogGroup): Markup {
  const words = platforms.map((platform) => {
    const size = sizes.get(platform);
    return cleanText(size === undefined ? platform : `${platform} (${bytesText(size)})`, longestWord);
  });
  return html`${words.join(', ')}`;
}

const longestWord = 100;

/** One day where it is that of all destinations, else that of each. */
function servedCell({ served }: CatalogGroup): Markup {
  const days = [...served].map(([name, time]) => html`<li>${name}: ${dayMarkup(time)}</li>`);
  const [first] = served.values();
  if (first === undefined) return html`not marked`;
  const isSame = [...served.values()].every((time) => dayText(time) === dayText(first));
  return isSame ? dayMarkup(first, true) : html`<ul class="plain">${days}</ul>`;
}

function pendingMarkup({ pending }: CatalogImage): Markup {
  if (pending.length === 0) return html``;
  return html`<h2>Pending</h2><p>Upstream announces these tags, and their images are not published yet. A tag that is listed above as well stays at its digest until then.</p><ul class="tags">${pending.map((tag) => html`<li>${tag}</li>`)}</ul>`;
}

function endedMarkup({ image, ended }: CatalogImage): Markup {
  if (ended.length === 0) return html``;
  const rows = [...ended]
    .sort((a, b) => b.until - a.until)
    .slice(0, shownEnded)
    .map(
      ({ tag, digest, until }) =>
        html`<tr><th scope="row">${tag}</th><td><code class="digest">${digest ?? ''}</code></td><td>${dayMarkup(until)}</td></tr>\n`,
    );
  return html`<details class="ended"><summary>${endedText(ended.length)}</summary><div class="wide"><table><caption class="hidden">${`Tags of ${image} that ended`}</caption><thead><tr><th scope="col">tag</th><th scope="col">last digest</th><th scope="col">until</th></tr></thead><tbody>
${rows}</tbody></table></div></details>`;
}

function endedText(count: number): string {
  const shown = count > shownEnded ? `, of which the last ${shownEnded} are shown` : '';
  return `${counted(count, 'tag')} that left the lockfile${shown}`;
}

/** The history of an image's tags, as the script that its page loads. Versions, digests and links are numbered, and named once. */
export function historyScript(image: CatalogImage, { history, marks = [] }: Catalog): string {
  const versions = new Map<number, number>();
  const digests = new Map<string, number>();
  const numberOf = <Key>(known: Map<Key, number>, key: Key) => {
    const at = known.get(key) ?? known.size;
    known.set(key, at);
    return at;
  };
  const links = new Map<string, number>();
  const eventOf = ({ version, kind, digest, why, link }: TagEvent) => [
    numberOf(versions, version),
    digest === undefined ? -1 : numberOf(digests, digest),
    kind,
    ...(why === undefined && link === undefined ? [] : [why ?? '']),
    ...(link === undefined ? [] : [numberOf(links, link)]),
  ];
  const tags = Object.fromEntries([...(image.history ?? [])].map(([tag, events]) => [tag, events.map(eventOf)]));
  const used = [...versions.keys()].map((at) => {
    const version = history?.versions[at];
    return version === undefined
      ? []
      : [
          ...[version.time, version.commit.slice(0, 12), shortText(version.subject)],
          ...[marks.find((mark) => mark.version >= at)?.time ?? []].flat(),
        ];
  });
  return dataScript('history', { versions: used, digests: [...digests.keys()], links: [...links.keys()], tags });
}
