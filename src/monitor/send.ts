import querystring from 'node:querystring';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { lazyDispatcher, openDispatcher } from '../http/dispatcher.ts';
import { exchangeOver, type HttpRequest, type Timeouts } from '../http/exchange.ts';
import { TransportError } from '../http/transport-error.ts';
import type { Context } from '../session/context.ts';

/** What is said of an address or an answer: code and subject of the warnings. */
export interface Recipient {
  /** The environment variable that holds the address. */
  readonly variable: string;
  /** That of an access token. */
  readonly token?: string;
  /** Such as `notify`. */
  readonly code: 'notify' | 'metrics';
  /** Such as `The notice to slack`. */
  readonly subject: string;
}

type Outside = Pick<Context, 'env' | 'homeDirectory' | 'secrets' | 'signal'>;

/** Nobody waits longer for a message to be sent. */
const patience: Timeouts = {
  connectMs: 10_000,
  headersMs: 10_000,
  bodyMs: 10_000,
  totalMs: 15_000,
  stallMs: 10_000,
  commitMs: 10_000,
};
const pauseMs = 1_000;
const mostAnswerBytes = 64 * 1024;

/**
 * Reads an address from its variable. Who prints knows from then on that it is a secret: it may hold a token.
 *
 * @returns the warning where there is no address
 */
export function readAddress({ env, secrets }: Outside, { variable, code, subject }: Recipient): URL | Problem {
  const text = env[variable]?.trim() ?? '';
  const fault = (message: string, hint: string): Problem => ({
    ...{
      code: `${code}/no-address`,
      severity: 'warning',
      message: `${subject} was not sent: ${message}`,
      value: variable,
    },
    hint,
  });
  const example = `Such as ${code === 'metrics' ? 'http://pushgateway:9091' : 'https://hooks.example.com/…'}.`;
  if (text === '') return fault('the environment variable is not set.', `Set ${variable}. ${example}`);
  secrets?.add(text);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return fault('the environment variable does not hold an address of http or https.', example);
  }
  const url = new URL(text);
  const long = url.pathname.split('/').filter((part) => part.length > 15);
  // An address of a Teams workflow has its signature in the query.
  const asked = [...url.searchParams.values()].filter((value) => value.length > 15);
  for (const part of [url.password, url.search.length > 15 ? url.search : '', ...long, ...asked]) secrets?.add(part);
  return url;
}

/**
 * Sends one request to where a variable says, at most twice. The user of the address, or else the token, logs in.
 *
 * @returns the warning where it did not arrive
 * @throws the signal's reason when that aborts
 */
export async function sendTo(
  context: Outside,
  recipient: Recipient,
  request: Pick<HttpRequest, 'method' | 'url'> & { readonly type: string; readonly text: string },
  timeouts: Timeouts = patience,
): Promise<Problem | undefined> {
  const { env, homeDirectory, secrets, signal } = context;
  const { url } = request;
  const token = recipient.token === undefined ? undefined : env[recipient.token]?.trim();
  if (recipient.token !== undefined && !token) {
    return unsent(recipient, `the environment variable ${recipient.token} is not set.`);
  }
  if (token !== undefined) secrets?.add(token);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    return unsent(recipient, `the environment variable ${recipient.token} holds characters that no access token has.`);
  }
  if (token !== undefined && url.protocol !== 'https:' && !isLocal(url)) {
    return unsent(recipient, 'an access token is only sent over https.');
  }
  const network = lazyDispatcher(() =>
    openDispatcher(url.host, url.protocol === 'https:', {
      ...{ env, homeDirectory, ca: [], connections: 1, connectMs: timeouts.connectMs, hostname: url.hostname },
      ...(secrets && { secrets }),
    }),
  );
  const exchange = exchangeOver(network.open, timeouts, signal);
  const send = () =>
    tryOnce(exchange, { ...request, headers: { 'content-type': request.type, ...authorization(url, token) } });
  try {
    const first = await send();
    if (first.isDone || !first.mayPass) return first.isDone ? undefined : unsent(recipient, first.why);
    await sleep(pauseMs, undefined, { signal });
    const second = await send();
    return second.isDone ? undefined : unsent(recipient, second.why);
  } catch (error) {
    // Certificates and proxies of the environment.
    if (error instanceof UserError) return unsent(recipient, error.problems[0]?.message ?? '');
    throw error;
  } finally {
    await network.close();
  }
}

type Tried = { readonly isDone: true } | { readonly isDone: false; readonly why: string; readonly mayPass: boolean };

async function tryOnce(
  exchange: ReturnType<typeof exchangeOver>,
  { method, url, headers, text }: Pick<HttpRequest, 'method' | 'url' | 'headers'> & { readonly text: string },
): Promise<Tried> {
  try {
    const body = new TextEncoder().encode(text);
    const answer = await exchange({ method, url, headers, body, maxBytes: mostAnswerBytes });
    if (answer.status < 300) return { isDone: true };
    const said = cleanText(new TextDecoder().decode(answer.body), 120);
    const why = `the answer is ${answer.status}${said === '' ? '.' : `: ${said}`}`;
    return { isDone: false, why, mayPass: answer.status === 429 || answer.status >= 500 };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    // What hangs has taken long enough. What is too large has arrived.
    if (error.kind === 'too-large') return { isDone: true };
    return { isDone: false, why: `${cleanText(error.reason)}.`, mayPass: error.kind === 'network' };
  }
}

function authorization({ username, password }: URL, token: string | undefined): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === '' && password === '') return {};
  const login = `${querystring.unescape(username)}:${querystring.unescape(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function isLocal({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function unsent({ code, subject, variable }: Recipient, why: string): Problem {
  const message = `${subject} was not sent: ${why}`;
  return { code: `${code}/not-sent`, severity: 'warning', message, value: variable };
}
