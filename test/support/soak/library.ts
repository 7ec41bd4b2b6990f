interface Entry {
  readonly tags: string;
  readonly shared?: string;
  readonly architectures: string;
  readonly build: number;
}

function file(entries: readonly Entry[]): string {
  const paragraphs = entries.map(({ tags, shared, architectures, build }) =>
    [
      `Tags: ${tags}`,
      ...(shared === undefined ? [] : [`SharedTags: ${shared}`]),
      `Architectures: ${architectures}`,
      `GitCommit: ${String(build).repeat(40).slice(0, 40)}`,
    ].join('\n'),
  );
  return [`Maintainers: Nobody (@nobody)\nGitRepo: https://example.invalid/x.git`, ...paragraphs].join('\n\n');
}

const two = 'amd64, arm64v8';
const three = 'amd64, arm32v7, arm64v8';

/** A small library, with layers shared between images, shared tags and Windows. */
export const before: Readonly<Record<string, string>> = {
  debian: file([{ tags: 'trixie, 13, latest', architectures: three, build: 1 }]),
  python: file([
    { tags: '3.13-trixie, 3-trixie', shared: '3.13, 3, latest', architectures: two, build: 1 },
    { tags: '3.13-slim-trixie, slim', architectures: three, build: 1 },
    { tags: '3.13-windowsservercore-ltsc2025', shared: '3.13, 3, latest', architectures: 'windows-amd64', build: 1 },
  ]),
  redis: file([
    { tags: '8-trixie, trixie, 8, latest', architectures: three, build: 1 },
    { tags: '8-alpine3.24, alpine', architectures: two, build: 1 },
  ]),
  alpine: file([{ tags: '3.24, latest', architectures: two, build: 1 }]),
};

/** The same some days later: rebuilds, a tag that moves to a new version, a new image, a tag that is gone. */
export const after: Readonly<Record<string, string>> = {
  debian: file([{ tags: 'trixie, 13, latest', architectures: three, build: 2 }]),
  python: file([
    { tags: '3.14-trixie, 3-trixie', shared: '3.14, 3, latest', architectures: two, build: 3 },
    { tags: '3.13-slim-trixie, slim', architectures: three, build: 2 },
    { tags: '3.14-windowsservercore-ltsc2025', shared: '3.14, 3, latest', architectures: 'windows-amd64', build: 3 },
  ]),
  redis: file([
    { tags: '8-trixie, trixie, 8, latest', architectures: three, build: 1 },
    { tags: '8-alpine3.24, alpine', architectures: two, build: 2 },
  ]),
  alpine: file([{ tags: '3.24, latest', architectures: two, build: 1 }]),
  valkey: file([{ tags: '9-trixie, 9, latest', architectures: two, build: 1 }]),
};
