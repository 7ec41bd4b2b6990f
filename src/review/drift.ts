import { shortDigest } from '../changes/words.ts';
import { groupBy } from '../core/group-by.ts';
import { counted, fold, table } from '../core/markdown/blocks.ts';
import { code } from '../core/markdown/inline.ts';
import { type Markdown, md } from '../core/markdown/markdown.ts';
import type { Drift } from '../verify/drift.ts';
import { type Part, summary } from './fit.ts';

/** In what a destination differs; `tags` is how many were looked at. */
export interface DriftAt {
  readonly destination: string;
  readonly tags: number;
  readonly drift: readonly Drift[];
}

const shownRows = 200;

/** In what each destination differs from the lockfile; fit for an issue too. At most `maxLength` characters. */
export function summarizeDrift(found: readonly DriftAt[], maxLength?: number): Markdown {
  return summary(found.flatMap(driftParts), maxLength);
}

/** The counts, and a fold for each image that differs. */
function driftParts({ destination, tags, drift }: DriftAt): Part[] {
  const images = [...groupBy(drift, ({ image }) => image)];
  return [
    { name: destination, content: md`### ${code(destination)}\n\n${outcome(tags, drift)}` },
    ...images.map(([image, own]) => ({ name: image, content: imageFold(image, own) })),
  ];
}

function outcome(tags: number, drift: readonly Drift[]): Markdown {
  if (drift.length === 0) return md`All ${counted(tags, 'tag')} are as the lockfile says.`;
  const of = (kind: Drift['kind']) => drift.filter((one) => one.kind === kind).length;
  const broken =
    of('broken') > 0 ? md` ${of('broken')} broken: ${code('mirrorlock apply --deep')} puts that again.` : md``;
  return md`**Differs from the lockfile:** of ${counted(tags, 'tag')}, ${of('missing')} missing and ${of('different')} with another digest; ${of('extra')} that the lockfile does not name.${broken}`;
}

function imageFold(image: string, drift: readonly Drift[]): Markdown {
  const rows = drift.slice(0, shownRows).map(driftRow);
  const more = drift.length - rows.length;
  const rest = more > 0 ? [[md`…`, md`and ${more} more`, md``, md``]] : [];
  const content = table([md`what`, md`tag`, md`here`, md`locked`], [...rows, ...rest]);
  return fold(`\`${image}\`: ${counted(drift.length, 'tag')}`, content);
}

function driftRow(drift: Drift): Markdown[] {
  const tag = code(drift.tag);
  switch (drift.kind) {
    case 'missing':
      return [md`missing`, tag, md``, code(shortDigest(drift.wanted))];
    case 'different':
      return [md`different`, tag, code(shortDigest(drift.seen)), code(shortDigest(drift.wanted))];
    case 'broken':
      return [
        md`broken`,
        code(drift.tags.join(', ')),
        md`${code(`${drift.what} ${shortDigest(drift.digest)}`)}: ${code(drift.reason)}`,
        md``,
      ];
    case 'extra':
      return [md`extra`, tag, md``, md``];
  }
}
