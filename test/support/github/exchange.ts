import type { Answer } from '../forge/exchange.ts';
import type { Token } from './state.ts';

/** A request that has passed the description and the token's rights. */
export interface Call {
  readonly token: Token;
  readonly params: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const documentation = 'https://docs.github.com/rest';

/** An error answer in GitHub's form. */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  // As the description has it, an answer 422 does not repeat its status.
  const repeated = status === 422 ? {} : { status: String(status) };
  return { status, headers, body: { message, documentation_url: documentation, ...repeated } };
}

/** 422 in GitHub's form, with what is wrong. */
export function invalid(...errors: readonly Readonly<Record<string, string>>[]): Answer {
  return {
    status: 422,
    body: { message: 'Validation Failed', errors: [...errors], documentation_url: documentation },
  };
}

export const notFound: Answer = refusal(404, 'Not Found');

/** One page of a list, with the `Link` header (RFC 8288) that GitHub sends. */
export function page(items: readonly unknown[], call: Call, url: string): Answer {
  const size = Number(call.query['per_page'] ?? 30);
  const number = Number(call.query['page'] ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => {
    const query = Object.entries({ ...call.query, per_page: size, page: to });
    const text = new URLSearchParams(
      Object.fromEntries(query.map(([name, value]) => [name, String(value)])),
    ).toString();
    return `<${url}?${text}>; rel="${rel}"`;
  };
  const links = [
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(number - 1, 'prev'), link(1, 'first')] : []),
  ];
  return {
    status: 200,
    body: items.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
