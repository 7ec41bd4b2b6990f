import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForgeError } from '../../src/forge/errors.ts';
import { keepSecret } from '../../src/forge/secret.ts';

const token = 'ghs_0123456789abcdefABCDEF0123456789abcd';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const everyByte = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('');

describe('a token that comes back', () => {
  it.each([
    ['plain', token],
    ['in a URL', `https://x-access-token:${token}@github.com/`],
    ['in a header', `Authorization: token ${token}`],
    ['as Basic', `Authorization: Basic ${base64(`x-access-token:${token}`)}`],
    ['as Basic of another user', `Basic ${base64(`somebody-else:${token}`)}`],
    ['inside other base64', base64(`{"auth":"Bearer ${token}","more":1}`)],
    ['in base64 for URLs', base64(`??>${token}>>?`).replaceAll('+', '-').replaceAll('/', '_')],
    ['percent-encoded', everyByte(token)],
    ['percent-encoded twice', encodeURIComponent(everyByte(token))],
    ['percent-encoded base64', encodeURIComponent(base64(`oauth2:${token}`))],
    ['escaped as in JSON', [...token].map((one) => `\\u00${one.charCodeAt(0).toString(16).toUpperCase()}`).join('')],
    ['in capitals', token.toUpperCase()],
    ['with a line break in it', `${token.slice(0, 20)}\n  ${token.slice(20)}`],
    ['with unseen characters in it', [...token].join('\u200b')],
  ])('%s is not shown', (_, text) => {
    const shown = keepSecret(token).inText(`before ${text} after`);
    expect(shown).toMatch(/^before .*\*\*\*.* after$/s);
    const inside = [...shown.matchAll(/[A-Za-z0-9+/=_-]{6,}/g)].map(([word]) => Buffer.from(word, 'base64').toString());
    expect([shown, ...inside].join()).not.toMatch(/ghs_|0123456|abcdef/i);
  });

  it('is not shown whatever is around it in base64, and whatever characters it has', () => {
    const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-.+/=~$*(['), minLength: 12, maxLength: 60 });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (own, before, after) => {
        const shown = keepSecret(own).inText(base64(before + own + after));
        expect(Buffer.from(shown.replaceAll('*', ''), 'base64').toString()).not.toContain(own);
        expect(shown).toContain('***');
      }),
      { numRuns: 30 },
    );
  });

  it('leaves other text as it is', () => {
    const text = `ghs_9999 and ${base64('x-access-token:another')} and 100 %67 \\u0067`;
    expect(keepSecret(token).inText(text)).toBe(text);
    expect(keepSecret('').inText(text)).toBe(text);
  });

  it('leaves an answer readable where the secret is a short word', () => {
    expect(keepSecret('token').inAnswer('{"token":"a"}')).toBe('{"token":"a"}');
    expect(keepSecret(token).inAnswer(`{"html_url":"https://x/${token}"}`)).toBe('{"html_url":"https://x/***"}');
  });

  it('is taken out of every word of an error', () => {
    const texts = { request: `GET /${token}`, summary: `no ${token}`, said: token, value: token, hint: `not ${token}` };
    const error = keepSecret(token).inError(new ForgeError({ kind: 'server', ...texts }));
    expect(JSON.stringify(error)).not.toContain(token);
    expect(String(error)).not.toContain(token);
  });
});
