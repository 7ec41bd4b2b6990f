import * as v from 'valibot';
import { isRecord, parsedJson as jsonOf, shownJson } from '../core/json.ts';
import { isTag, parseDigest } from '../core/names.ts';
import { objectOf, readShape, textThat } from '../core/shape.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { nextPage } from '../http/redirects.ts';
import { checkedRepository } from './address.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { Send } from './requester.ts';
import { isHtml } from './server-message.ts';
import type { RegistryClient } from './types.ts';

/** A page; registries may give fewer, or all of them whatever is asked. */
const pageSize = 1_000;
const maxPageBytes = 16 * 1024 * 1024;
/** The busiest official image has some 10,000 tags. */
const mostPages = 500;

/** Lists all tags of a repository, following `Link` (OCI distribution spec, "Listing Tags"); `undefined` for a 404. */
export function tagLister(host: string, base: URL, send: Send): (repository: string) => Promise<string[] | undefined> {
  return async (repository) => {
    const context = { method: 'GET', host, repository: checkedRepository(repository) };
    const tags: string[] = [];
    let url: URL | undefined = new URL(`/v2/${repository}/tags/list?n=${pageSize}`, base);
    for (let page = 0; url !== undefined; page += 1) {
      if (page === mostPages) throw badAnswer(context, `the list of tags has more than ${mostPages} pages.`);
      const answer = await send({
        method: 'GET',
        url,
        headers: { accept: 'application/json' },
        maxBytes: maxPageBytes,
        context,
        scope: { repository, actions: 'pull' },
        counted: 'tagList',
        answers: [200, 404],
      });
      if (answer.status === 404) return undefined;
      tags.push(...readTags(answer, context));
      url = pageAfter(url, base, answer, context);
    }
    return tags;
  };
}

function pageAfter(asked: URL, base: URL, answer: HttpAnswer, context: RequestContext): URL | undefined {
  const link = nextLink(answer.headers['link']);
  if (link === undefined) return undefined;
  const next = nextPage(link, { asked, base });
  if (next !== undefined && next.href !== asked.href) return next;
  throw badAnswer(context, 'the next page of tags is this page, or no URL.', link);
}

const noList = 'the answer is no list of tags.';
const noTag = 'the list of tags holds what is no tag.';
/** A page. Of a repository without tags, some registries give `null`. */
const pageShape = objectOf({ tags: v.nullish(v.array(textThat(isTag, noTag), noList), []) }, noList);

function readTags(answer: HttpAnswer, context: RequestContext): string[] {
  if (isHtml(answer.headers['content-type'])) {
    throw new RegistryError({ kind: 'not-a-registry', request: context, summary: 'a web page was the answer.' });
  }
  const { value, fault } = readShape(pageShape, parsedJson(answer.body));
  if (fault === undefined) return value.tags;
  throw badAnswer(context, fault.rule, fault.rule === noTag ? shownJson(fault.value) : undefined);
}

function parsedJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The caller says that it is not a list of tags.
    return undefined;
  }
}

function badAnswer(request: RequestContext, summary: string, value?: string): RegistryError {
  return new RegistryError({ kind: 'bad-answer', request, summary, value });
}

const linkPattern = /[\s,]*<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/y;
const relPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i;

/** More than any registry sends; what is longer is not read. */
const longestHeader = 16_384;

/**
 * The target of `rel="next"` in a `Link` header (RFC 8288), by which registries page (OCI distribution spec, "Listing
 * Tags"); a URL, or one relative to the page. `undefined` when there is none. Never throws.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined || header.length > longestHeader) return undefined;
  linkPattern.lastIndex = 0;
  for (let found = linkPattern.exec(header); found !== null; found = linkPattern.exec(header)) {
    const [, target, parameters = ''] = found;
    const rel = relPattern.exec(parameters);
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}

/** An index of what refers to one manifest. */
const maxIndexBytes = 4 * 1024 * 1024;

/**
 * Asks for the referrers of a manifest. A registry that has the API answers 200 with an index, also where there are none; one
 * without it answers 404 (OCI distribution spec, "Listing Referrers"), or what it says to paths that it does not know.
 */
export function referrersCheck(host: string, base: URL, send: Send): RegistryClient['hasReferrers'] {
  return async (repository, digest) => {
    const { status, body } = await send({
      method: 'GET',
      url: new URL(`/v2/${checkedRepository(repository)}/referrers/${parseDigest(digest)}`, base),
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
      maxBytes: maxIndexBytes,
      context: { method: 'GET', host, repository, reference: digest },
      scope: { repository, actions: 'pull' },
      counted: 'tagList',
      answers: [200, 404, 405],
    });
    const index = status === 200 ? jsonOf(body) : undefined;
    return isRecord(index) && Array.isArray(index['manifests']);
  };
}
