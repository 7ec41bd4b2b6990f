import type { RebuildModel } from './rebuild-model.ts';

/** What a simulation takes for granted, in sentences. */
export function assumptions(model: RebuildModel | undefined, limit: number | undefined): string[] {
  return [
    'The library of a moment is the last commit of the branch, along first parents, that was made before it; windows begin at midnight UTC.',
    'Run 0 makes the lockfile and the mirror is full when the simulation begins; each window ends in a run. A run that changes nothing but the pinned commit opens no pull request.',
    'A digest is a model: it changes with the repository, commit, directory, file or builder that a platform of an entry is built from. A new GitCommit counts as a new build.',
    'What is new upstream is published before the window ends; the back-test also tries that it is published late.',
    'An index costs 1 counted pull and each of its platforms 2: a manifest and its attestation. Every manifest is pulled once; what a set of shared tags and its entries have in common is counted once, as apply does.',
    'With platforms chosen, each index of upstream is read once, also where it changes in nothing that is kept; groups with none of these platforms are left out. Without attestations a platform costs 1.',
    ...(limit === undefined
      ? []
      : [
          `${limit} pulls in any six hours, used by one run after another; what waits longest goes first, and what the lockfile names no more is not waited for.`,
        ]),
    'Lines of the lockfile are those that a diff shows, removed and added, the pinned commit included where it moved.',
    'Mirroring by file diff pulls every wanted tag of each file that changed, `skopeo sync` by tag every wanted tag on every run; both pull 1 + 2 a platform for each tag, on all platforms. A file diff misses what is rebuilt without a trace.',
    ...(model === undefined ? [] : modelAssumptions(model)),
  ];
}

function modelAssumptions({ kind, share, seed }: RebuildModel): string[] {
  const percent = Math.round(share * 1000) / 10;
  const unit =
    kind === 'bases'
      ? 'entries whose tags name the same release of a base image are rebuilt together; others with their image'
      : 'the entries of one image are rebuilt together';
  return [
    `Modelled, not proved: ${percent} % of all builds come with no change in official-images (73 % of 1,760 builds that docker-library/meta recorded in three months). They are spread evenly over the range, ${unit}. Seed ${seed}. alpine, debian and ubuntu themselves are left out, as their files name each build.`,
  ];
}
