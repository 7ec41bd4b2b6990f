import fc from 'fast-check';

/** A glob as its parts, and the plainest way to match it: the model that the real one is compared with. */
export type Glob = readonly Part[];
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'class'; readonly members: string; readonly negated: boolean }
  | { readonly kind: 'either'; readonly globs: readonly Glob[] };

export function globText(glob: Glob): string {
  return glob.map(partText).join('');
}

function partText(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'any':
      return '*';
    case 'one':
      return '?';
    case 'class':
      return `[${part.negated ? '!' : ''}${part.members}]`;
    case 'either':
      return `{${part.globs.map(globText).join(',')}}`;
  }
}

export function globMatches([part, ...rest]: Glob, name: string): boolean {
  if (part === undefined) return name === '';
  const ends = Array.from({ length: name.length + 1 }, (_, end) => end);
  return ends.some((end) => partMatches(part, name.slice(0, end)) && globMatches(rest, name.slice(end)));
}

function partMatches(part: Part, text: string): boolean {
  switch (part.kind) {
    case 'text':
      return text === part.text;
    case 'any':
      return true;
    case 'one':
      return text.length === 1;
    case 'class':
      return text.length === 1 && part.members.includes(text) !== part.negated;
    case 'either':
      return part.globs.some((glob) => globMatches(glob, text));
  }
}

const text = fc.stringMatching(/^[ab1._-]{1,3}$/);
const members = fc.uniqueArray(fc.constantFrom('a', 'b', '1', '.', '_'), { minLength: 1, maxLength: 3 });

const { glob } = fc.letrec<{ glob: Glob; part: Part; either: Part }>((tie) => ({
  glob: fc.array(tie('part'), { maxLength: 4 }),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('text' as const), text }),
    fc.constant({ kind: 'any' as const }),
    fc.constant({ kind: 'one' as const }),
    fc.record({
      kind: fc.constant('class' as const),
      members: members.map((characters) => characters.join('')),
      negated: fc.boolean(),
    }),
    tie('either'),
  ),
  either: fc.record({
    kind: fc.constant('either' as const),
    globs: fc.array(tie('glob'), { minLength: 2, maxLength: 3 }),
  }),
}));

/** Globs of a few parts, over the characters `ab1._-`. */
export const globs: fc.Arbitrary<Glob> = glob;
