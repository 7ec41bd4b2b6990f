import type { Answer } from '../forge/exchange.ts';

/** An error answer in GitLab's form: `message` is a text, a list, or lists by field. */
export function refuse(status: number, message: string | readonly string[] | object): Answer {
  return { status, body: { message } };
}

/** A token whose scope is too small (GitLab's documentation, "REST API authentication"). */
export const insufficientScope: Answer = {
  status: 403,
  body: {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  },
};

/** One page of a list, with the headers of GitLab's offset pagination. */
export function page(items: readonly unknown[], query: URLSearchParams, url: string): Answer {
  const size = Number(query.get('per_page') ?? 20);
  const number = Number(query.get('page') ?? 1);
  const pages = Math.max(1, Math.ceil(items.length / size));
  const next = number < pages ? String(number + 1) : '';
  const link = next === '' ? {} : { link: `<${url}/api/v4?page=${next}&per_page=${size}>; rel="next"` };
  return {
    status: 200,
    body: items.slice((number - 1) * size, number * size),
    headers: {
      'x-page': String(number),
      'x-per-page': String(size),
      'x-next-page': next,
      'x-prev-page': number > 1 ? String(number - 1) : '',
      'x-total': String(items.length),
      'x-total-pages': String(pages),
      ...link,
    },
  };
}
