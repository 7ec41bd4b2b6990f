import { cleanText } from '../../core/text.ts';
import { html, type Markup } from '../../simulate/html/charts.ts';
import type { Catalog } from '../model.ts';
import type { TagState } from '../reports.ts';
import { dayText } from '../weeks.ts';

interface PageParts {
  readonly title: string;
  /** The way to the top of the site: empty, or `../`. */
  readonly up: '' | '../';
  readonly head?: Markup;
  /** Data scripts besides the page's own, by their path from the page. */
  readonly scripts: readonly string[];
  readonly main: Markup;
}

/** Nothing is loaded but from the site itself, and nothing in a page runs. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** A page of the site: it needs no server, and all its addresses are relative. */
export function pageHtml({ title, up, head = html``, scripts, main }: PageParts, catalog: Catalog): string {
  const tags = scripts.map((path) => html`<script defer src="${path}"></script>\n`);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${title}</title><link rel="stylesheet" href="${up}assets/catalog.css">
${head}${tags}<script defer src="${up}assets/catalog.js"></script></head>
<body data-up="${up}"><a class="skip" href="#main">Skip to content</a>
<header><a href="${up}index.html">Images of this mirror</a>${searchBox()}</header>
<main id="main" tabindex="-1">
${main}</main>
<footer><p>${asOf(catalog)}</p></footer></body></html>
`;
  return page.text;
}

function searchBox(): Markup {
  return html`<search class="search" hidden><label for="search">Search images and tags</label><input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="python 3.13 slim" aria-describedby="search-hint" aria-controls="results"><span id="search-hint" class="hint">Press / to search, and arrow keys to choose.</span><p id="found" class="hint" role="status"></p><ul id="results" aria-label="Search results" hidden></ul></search>`;
}

function asOf({ lockfile, history, isUncommitted }: Catalog): Markup {
  const last = history?.versions.at(-1);
  const commit = lockfile.upstream.commit.slice(0, 12);
  const version = last === undefined ? '' : `${dayText(last.time)} (commit ${last.commit.slice(0, 12)})`;
  const rest = isUncommitted
    ? ` The lockfile has changes that are not committed; its history ends at ${version}.`
    : ` The lockfile is of ${version}.`;
  return html`Made by mirrorlock from its lockfile, at official-images ${commit}.${last === undefined ? '' : rest}`;
}

/** A day as an element of time; with `aged`, the page's script adds how long ago that is. */
export function dayMarkup(time: number, isAged = false): Markup {
  const day = dayText(time);
  return html`<time datetime="${day}"${isAged ? html` data-aged` : html``}>${day}</time>`;
}

const stateWords: Readonly<Record<TagState, string>> = {
  mirrored: '✓ mirrored',
  waits: '… waits',
  drift: '✗ differs',
  failed: '✗ failed',
  unknown: '? not looked at',
};

/** How a tag stands, by a sign, a word and a colour. */
export function stateMarkup(state: TagState): Markup {
  return html`<span class="state s-${state}">${stateWords[state]}</span>`;
}

/** Text from commits, which anybody may have written. */
export function shortText(text: string): string {
  return cleanText(text, 120);
}

/** A value as a script that calls a function of the page with it. The script is a file, so that no markup ends it. */
export function dataScript(call: string, ...values: readonly unknown[]): string {
  const json = values.map((value) => JSON.stringify(value).replace(/[\u2028\u2029<]/g, escaped)).join(',');
  return `(window.mirrorlock??=[]).push(["${call}",${json}]);\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
