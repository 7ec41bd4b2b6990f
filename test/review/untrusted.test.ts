import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTicked, marker } from '../../src/forge/hidden-markers.ts';
import { describeChange } from '../../src/review/describe.ts';
import { forgeLinks, isForgeLink, type PageElement, renderPage } from '../support/markdown-page.ts';
import { checkboxText, hostileInput } from './arbitraries.ts';

const elements = new Set('p h3 strong code pre a ul li input table thead tbody tr th td details summary br'.split(' '));
const attributes = new Set(['a href', 'pre lang', 'input type', 'input checked', 'input disabled']);
const pageOfUpstream =
  /^https:\/\/(?:git(?:hub|lab)\.[\w.:-]+)\/[\w./-]+\/(?:compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}|blob\/[0-9a-f]{40}\/library\/[a-z0-9._-]+)$/;

function isMeant({ name, attributes: found }: PageElement): boolean {
  const isKnown = elements.has(name) && Object.keys(found).every((key) => attributes.has(`${name} ${key}`));
  return isKnown && (name !== 'a' || pageOfUpstream.test(found['href'] ?? ''));
}

describe('promise 8: whatever names, tags, digests, addresses and notes hold', () => {
  test('the page has no element, link, mention, reference or marker but those that are meant', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const { body } = describeChange(input);
        const page = renderPage(body);
        expect(page.elements.filter((element) => !isMeant(element))).toEqual([]);
        expect(forgeLinks(page)).toEqual([]);
        expect(page.comments.map((comment) => `<!--${comment}-->`)).toEqual((input.markers ?? []).map(marker));
        expect(body.split('<!--')).toHaveLength((input.markers ?? []).length + 1);
        expect(page.elements.filter(({ name }) => name === 'input')).toHaveLength(input.checkbox === undefined ? 0 : 1);
        expect(isTicked(body, checkboxText)).toBe(input.checkbox?.ticked);
        expect(body).not.toMatch(/^\s*\/[a-z]/im);
      }),
      { numRuns: 120 },
    );
  });

  test('headings are one for each section: what to look at first, notes, images', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const headings = renderPage(describeChange(input).body).elements.filter(({ name }) => name === 'h3');
        const own = [
          'Warnings',
          'Look at first',
          'What merging does',
          'Releases',
          'Rebuilt',
          'Other tags',
          'Still pending',
          'The rest',
        ];
        const titles = (input.notes ?? []).filter((note) => typeof note !== 'string').length;
        const images = input.after.images.length + (input.before?.images.length ?? 0);
        expect(headings.length).toBeLessThanOrEqual(own.length + titles + images);
        for (const heading of headings) expect(heading.within).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('the text is never longer than it may be', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        expect(describeChange(input).body.length).toBeLessThanOrEqual(input.maxLength ?? 60_000);
      }),
      { numRuns: 300 },
    );
  });

  test('the headline is one short line of plain words that no forge makes a link of', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const { headline } = describeChange(input);
        expect(headline.length).toBeLessThanOrEqual(120);
        expect(headline).toMatch(/^[\w.,:; -]+$/);
        expect(isForgeLink(headline)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('equal inputs give equal texts', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const { askedFor: _, ...data } = input;
        expect(describeChange(structuredClone(data))).toEqual(describeChange(data));
      }),
      { numRuns: 50 },
    );
  });
});
