import { counted } from '../../core/words.ts';
import { html, type Markup } from '../../simulate/html/charts.ts';
import { number } from '../../simulate/statistics.ts';
import { type Catalog, type CatalogImage, placeOf, type ServedMark, tagCount } from '../model.ts';
import type { TagState } from '../reports.ts';
import { barsChart, changesChart, pendingChart } from './charts.ts';
import { dayMarkup, pageHtml, stateMarkup } from './layout.ts';

const shownImages = 20;

/** The first page: the images, what waits, how the destinations stand, and what changed. */
export function indexPage(catalog: Catalog): string {
  const { images } = catalog;
  const here = images.filter(({ groups, pending }) => groups.length + pending.length > 0);
  const tags = here.reduce((sum, image) => sum + tagCount(image), 0);
  const digests = here.reduce((sum, { groups }) => sum + groups.length, 0);
  const main = html`<h1>Images of this mirror</h1>
<p>${number(here.length)} images, ${number(tags)} tags, ${number(digests)} digests.</p>
${destinationsMarkup(catalog)}
${pendingMarkup(here)}
${imagesTable(here)}
${goneMarkup(images.filter((image) => !here.includes(image)))}
<h2>Charts</h2>
${chartsMarkup(catalog, here)}`;
  return pageHtml({ title: 'Images of this mirror', up: '', scripts: ['assets/names.js'], main }, catalog);
}

function destinationsMarkup({ destinations, reports, images, marks = [] }: Catalog): Markup {
  if (destinations.length === 0) return html``;
  const rows = destinations.map((destination) => {
    const counts = new Map<TagState, number>();
    for (const { groups } of images)
      for (const { states } of groups)
        for (const { destination: name, state, tags } of states)
          if (name === destination.name) counts.set(state, (counts.get(state) ?? 0) + tags.length);
    const states = [...counts].map(([state, count]) => html`${stateMarkup(state)} ${number(count)} `);
    return html`<tr><th scope="row">${destination.name}</th><td><code>${placeOf(destination)}</code></td><td>${states.length === 0 ? html`no report` : states}</td>${marks.length === 0 ? html`` : html`<td>${lastMark(marks, destination.name)}</td>`}</tr>`;
  });
  const waiting = reports?.waiting ?? 0;
  const note = waiting === 0 ? html`` : html`<p>The last apply left ${counted(waiting, 'group')} for a later run.</p>`;
  return html`<h2>Where to pull from</h2><div class="wide"><table><caption class="hidden">Destinations</caption><thead><tr><th scope="col">destination</th><th scope="col">pull from</th><th scope="col">tags, by the last reports</th>${marks.length === 0 ? html`` : html`<th scope="col">all of it seen there last</th>`}</tr></thead><tbody>${rows}</tbody></table></div>${note}`;
}

function lastMark(marks: readonly ServedMark[], name: string): Markup {
  const last = marks.findLast(({ destinations }) => destinations.includes(name));
  return last === undefined ? html`not marked` : dayMarkup(last.time, true);
}

function pendingMarkup(images: readonly CatalogImage[]): Markup {
  const waiting = images.filter(({ pending }) => pending.length > 0);
  if (waiting.length === 0) return html``;
  const items = waiting.map(
    ({ image, pending }) =>
      html`<li><a href="image/${image}.html">${image}</a>: ${pending.slice(0, 8).join(', ')}${pending.length > 8 ? ` and ${pending.length - 8} more` : ''}</li>`,
  );
  return html`<details><summary>${counted(waiting.length, 'image')} with tags that are announced and not published yet</summary><ul>${items}</ul></details>`;
}

function imagesTable(images: readonly CatalogImage[]): Markup {
  if (images.length === 0) return html`<p>The lockfile names no image.</p>`;
  const rows = images.map(
    (image) =>
      html`<tr><th scope="row"><a href="image/${image.image}.html">${image.image}</a></th><td>${number(tagCount(image))}</td><td>${number(image.groups.length)}</td><td>${image.pending.length === 0 ? '' : number(image.pending.length)}</td></tr>\n`,
  );
  return html`<h2>Images</h2><div class="wide"><table class="images"><caption class="hidden">Images</caption><thead><tr><th scope="col">image</th><th scope="col">tags</th><th scope="col">digests</th><th scope="col">pending</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function goneMarkup(images: readonly CatalogImage[]): Markup {
  if (images.length === 0) return html``;
  const items = images.map(({ image }) => html`<li><a href="image/${image}.html">${image}</a></li>`);
  return html`<details><summary>${counted(images.length, 'image')} that left the lockfile</summary><ul>${items}</ul></details>`;
}

function chartsMarkup({ history }: Catalog, images: readonly CatalogImage[]): Markup {
  const bars = images
    .map((image) => ({ name: image.image, href: `image/${image.image}.html`, value: tagCount(image) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, shownImages);
  const byTags = barsChart('by-image', 'Images with the most tags', 'tags', bars);
  if (history === undefined || history.weeks.length === 0)
    return html`${byTags}<p>Charts over time need the git history of the lockfile.</p>`;
  return html`${changesChart('changes', history.weeks)}${pendingChart('pending', history.weeks)}${byTags}`;
}
