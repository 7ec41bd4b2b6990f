import { isImageName, isTag } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { printable } from '../core/text.ts';
import type { Subject } from './types.ts';

const longestShown = 80;

/** Reads `debian:12`, a tag, or `debian`, an image as a whole. Throws a `UserError` with code `select/bad-subject`. */
export function parseSubject(text: string): Subject {
  const colon = text.indexOf(':');
  const image = colon === -1 ? text : text.slice(0, colon);
  const tag = colon === -1 ? undefined : text.slice(colon + 1);
  if (isImageName(image) && tag === undefined) return { image };
  if (isImageName(image) && tag !== undefined && isTag(tag)) return { image, tag };
  throw problemError(
    'select/bad-subject',
    'What to explain is an image and a tag, such as `debian:12`, or an image alone, such as `debian`.',
    shortened(text),
    hintFor(text),
  );
}

function shortened(text: string): string {
  const shown = printable(text.slice(0, longestShown));
  return text.length > longestShown ? `${shown}…` : shown;
}

/** People paste whole references: the last path component is the image, in lower case, and a digest is no tag. */
function hintFor(text: string): string | undefined {
  const [reference = ''] = text.split('@');
  const [name = '', tag] = reference.slice(reference.lastIndexOf('/') + 1).split(':');
  const image = name.toLowerCase();
  if (!isImageName(image) || (tag !== undefined && !isTag(tag))) return undefined;
  const meant = tag === undefined ? image : `${image}:${tag}`;
  return meant === text ? undefined : `Did you mean \`${meant}\`?`;
}
