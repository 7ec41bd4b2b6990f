// biome-ignore-all lint/suspicious/noTemplateCurlyInString: mirrors.yaml writes environment variables so.
import { expect, it } from 'vitest';
import { placeParts, withPlaceName } from '../../src/core/written-place.ts';

const place = { registry: { host: 'cr.example:5000' }, namespace: 'zebra' };

it.each([
  ['${REG}/${TEAM}', '${REG}', '${TEAM}'],
  ['${REG:-a/b}/mirror', '${REG:-a/b}', 'mirror'],
  ['${BOTH}', '${BOTH}', ''],
  ['cr.example:5000/a/${TEAM}', 'cr.example:5000', 'a/${TEAM}'],
])('C1: %s has two parts', (written, host, namespace) => {
  expect(placeParts({ ...place, written })).toEqual({ host, namespace });
});

it.each([
  ['${REG}/${TEAM}', 'GET https://cr.example:5000/v2/zebra/alpine', 'GET https://${REG}/v2/${TEAM}/alpine'],
  ['${REG}/${TEAM}', 'in cr.example:5000/zebra.', 'in ${REG}/${TEAM}.'],
  ['${REG}/${TEAM}', 'a zebra, auth.cr.example, cr.example.org', 'a zebra, auth.cr.example, cr.example.org'],
  ['${BOTH}', 'at cr.example:5000/zebra/alpine', 'at ${BOTH}/alpine'],
  [
    'cr.example:5000/${TEAM}',
    'repository:zebra/alpine:pull at cr.example:5000',
    'repository:${TEAM}/alpine:pull at cr.example:5000',
  ],
])('C1: with %s, "%s" is shown as "%s"', (written, text, shown) => {
  expect(withPlaceName(text, { ...place, written })).toBe(shown);
});

it('C1: a place without variables leaves a text as it is', () => {
  expect(withPlaceName('cr.example:5000/zebra/alpine', place)).toBe('cr.example:5000/zebra/alpine');
});
