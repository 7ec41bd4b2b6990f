import { parseLockfile } from '../../../src/lock/parse.ts';
import { tagDigests } from '../../../src/lock/types.ts';
import type { StandInRepository } from '../github/people.ts';
import { readStored } from '../soak/stored.ts';
import { botBranch, contentOf, type People } from './people.ts';

const lockfileName = 'mirrors.lock.yaml';

/** What must never be seen, looked for after each step. */
export function watch(repository: StandInRepository, people: People, destination: string) {
  const { git } = repository;
  /** What the merged lockfiles said last of each tag, as `image:tag`. */
  const merged = new Map<string, string>();
  let tip: string | undefined;
  let newest = 0;
  let commits = 0;

  async function lookAtBranch(): Promise<string[]> {
    const before = tip;
    tip = await git.find(`refs/heads/${botBranch}`);
    if (people.edit !== undefined && tip !== people.edit) return [`the commit ${people.edit} of a person is lost`];
    if (tip === undefined || tip === before || tip === people.edit) return [];
    commits += 1;
    const [tree, parent] = await Promise.all([treeOf(tip), treeOf(`${tip}^`)]);
    if (tree === parent) return [`the commit ${tip} changes nothing`];
    const same = before !== undefined && tree === (await treeOf(before));
    return same && (await git.find(`${tip}^`)) === (await git.find(`${before}^`)) ? [`${tip} was a needless push`] : [];
  }

  const treeOf = (revision: string) => git.run('rev-parse', `${revision}^{tree}`);

  function lookAtPulls(): string[] {
    const open = repository.pulls().filter(({ isOpen }) => isOpen);
    const fresh = open.filter(({ number }) => number > newest);
    newest = Math.max(newest, ...open.map(({ number }) => number));
    return [
      ...(open.length > 1 ? [`${open.length} pull requests are open`] : []),
      ...fresh
        .filter((pull) => people.declined !== undefined && contentOf(pull) === people.declined)
        .map(({ number }) => `#${number} has the content that a person declined`),
    ];
  }

  return {
    commits: () => commits,
    /** Gives what is wrong. */
    async afterUpdate(): Promise<string[]> {
      return [...(await lookAtBranch()), ...lookAtPulls()];
    },
    /** Gives what is wrong at the destination once the lockfile of main is applied. */
    async afterApply(): Promise<string[]> {
      const { images } = parseLockfile((await git.read('main', lockfileName)) ?? '', lockfileName);
      for (const image of images) {
        for (const [tag, digest] of tagDigests(image)) merged.set(`${image.image}:${tag}`, digest);
      }
      const stored = readStored(destination);
      const names = [...new Set([...merged.keys()].map((name) => name.split(':')[0] ?? ''))];
      const seen = new Map<string, string>(
        names.flatMap((name) =>
          [...stored.tags(`mirror/${name}`)].map(([tag, digest]) => [`${name}:${tag}`, digest] as const),
        ),
      );
      const all = [...new Set([...merged.keys(), ...seen.keys()])];
      return all
        .filter((name) => seen.get(name) !== merged.get(name))
        .map((name) => `${name} is at ${seen.get(name)}, and the merged lockfile says ${merged.get(name)}`);
    },
  };
}
