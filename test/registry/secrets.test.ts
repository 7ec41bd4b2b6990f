import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CredentialStore } from '../../src/registry/auth/credential-types.ts';
import type { Answer, SeenRequest } from '../support/scripted-server.ts';
import { makeIndex, openClient, passwordStore, serve, tag } from './support.ts';

const index = makeIndex();

/** What a registry can make of what it was sent: repeat it, in any place that reaches an error. */
const echoes: Record<string, (secret: string) => Answer> = {
  'a message': (secret) => ({
    status: 403,
    body: JSON.stringify({ errors: [{ code: 'DENIED', message: `no entry with ${secret}, go` }] }),
  }),
  'a code': (secret) => ({ status: 400, body: JSON.stringify({ errors: [{ code: secret }] }) }),
  'plain text': (secret) => ({ status: 403, body: secret }),
  'text with control characters in it': (secret) => ({ status: 403, body: `x\u0007${secret}\u0000` }),
  'the end of a long text': (secret) => ({ status: 403, body: `${'x'.repeat(280)}${secret}` }),
  'a media type': (secret) => ({ headers: { 'content-type': secret } }),
  'a digest': (secret) => ({ headers: { 'content-type': index.mediaType, 'docker-content-digest': secret } }),
  'a redirection': (secret) => ({ status: 302, headers: { location: `weird:${secret}` } }),
  'a redirection to where nothing is': (secret) => ({
    status: 302,
    headers: { location: `http://127.0.0.1:1/${secret}` },
  }),
  'a token server': (secret) => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="x:${secret}"` } }),
  'another token server': (secret) => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="http://127.0.0.1:1/${secret}",error="${secret}"` },
  }),
  'a failure': (secret) => ({ status: 500, body: secret }),
};

/** The secrets of a request as a server sees them: of Basic both the header's text and the password in it. */
function secretsOf({ headers, body }: SeenRequest): string[] {
  const [scheme, text = ''] = (headers.authorization ?? '').split(' ');
  const decoded = scheme === 'Basic' ? Buffer.from(text, 'base64').toString() : '';
  const refresh = new URLSearchParams(body).get('refresh_token') ?? '';
  return [text, decoded, decoded.slice(decoded.indexOf(':') + 1), refresh].filter((secret) => secret !== '');
}

async function allTextOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  const { message, stack } = error as Error;
  return `${message}\n${stack}\n${JSON.stringify(error)}\n${inspect(error, { depth: 10, showHidden: true })}`;
}

/** No word of a message or a stack. */
const secretText = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/).map((text) => `${text}0q7`);

describe('a password, token or identity token', () => {
  test.each(Object.keys(echoes))('that a registry repeats in %s is in no error', async (place) => {
    const echo = echoes[place] as (secret: string) => Answer;
    await fc.assert(
      fc.asyncProperty(
        secretText,
        secretText,
        fc.constantFrom('Basic', 'Bearer', 'identity'),
        async (one, other, how) => {
          const secrets = new Set<string>([one]);
          let host = '';
          const answer = (request: SeenRequest): Answer => {
            if (request.path.startsWith('/token')) {
              for (const secret of secretsOf(request)) secrets.add(secret);
              if (how === 'identity') return echo(one);
              secrets.add(other);
              return { body: JSON.stringify({ token: other }) };
            }
            for (const secret of secretsOf(request)) secrets.add(secret);
            return echo(secretsOf(request).at(-1) ?? '');
          };
          const challenge = how === 'Basic' ? () => 'Basic realm="x"' : () => `Bearer realm="http://${host}/token"`;
          const ping = () => ({ status: 401, headers: { 'www-authenticate': challenge() } });
          const server = await serve(answer, { ping });
          host = server.host;
          const credentials: CredentialStore = {
            find: async () =>
              how === 'identity'
                ? { kind: 'identity-token', token: one, from: 'a test' }
                : { kind: 'password', username: 'me', password: one, from: 'a test' },
          };
          const client = openClient(server.host, { credentials, retry: { tries: 1 } });
          const texts = [
            await allTextOf(client.head('a', tag)),
            await allTextOf(client.get('a', index.digest)),
            await allTextOf(client.put('a', tag, index)),
            await allTextOf(client.listTags('a')),
          ];
          for (const secret of secrets) {
            for (const text of texts) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
          }
          await client.close();
          await server.close();
        },
      ),
      { numRuns: 6 },
    );
  });

  test('is looked for, and a message without one is kept', async () => {
    const server = await serve(() => ({ status: 403, body: 'the account is locked' }));
    const credentials = passwordStore('me', 'hunter2-hunter2');
    expect(await allTextOf(openClient(server.host, { credentials }).get('a', tag))).toContain('the account is locked');
  });
});
