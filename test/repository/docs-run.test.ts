import { beforeAll, describe, expect, test } from 'vitest';
import { docsBlocks, docsCommands, docsPages } from '../support/docs.ts';
import { type DocsWorld, docsWorld } from '../support/docs-world.ts';

/** Commands that cannot run here, and why. What the tool itself is asked is still parsed (docs-commands.test.ts). */
const notRun: readonly (readonly [RegExp, string])[] = [
  [/^npm (run demo|test)$/, 'they are what runs these tests'],
  [/^npm ci && npm link$/, 'it would change the checkout that the tests run in; setup.test.ts runs `npm ci`'],
  [/^(aws|gcloud|az) /, 'it needs an account at a cloud'],
  [/^kubectl (create|apply|replace|--namespace)/, 'it needs a cluster'],
  [/^docker pull /, 'it needs a daemon; client-config is tried with podman and others in test/clients'],
  [
    /^docker (build|run) /,
    'it needs a daemon; test/packages/image.test.ts builds and runs the image with buildah and runc',
  ],
  [/npm pack /, 'it is for a checkout of the tool; test/packages/image.test.ts runs it'],
];

/** Commands that end with another exit code than 0 in this world, and why. */
const otherCodes: Readonly<Record<string, readonly [number, string]>> = {
  'mirrorlock verify --extra -C my-mirror': [3, 'the destination has tags of an earlier mirror, which the page says'],
  'mirrorlock update --pull-request 12': [1, 'the forge of this world has no pull request 12'],
  'mirrorlock update --pull-request 17': [1, 'the forge of this world has no pull request 17'],
  'mirrorlock expand --ref 1b8c1a0 --json': [2, 'the upstream of this world has no such commit'],
  'mirrorlock lock --ref 1b8c1a0': [2, 'the upstream of this world has no such commit'],
};

/** Pages whose commands are examples of their own, not steps. */
const examples = new Set(['docs/reference/cli.md']);

const beginsOne = (command: string) => /\bmirrorlock init\b/.test(command);

/** Steps that belong together: those of a page, or one example. */
const stories = docsPages()
  .filter(({ path }) => !path.startsWith('docs/decisions/') && path !== 'CONTRIBUTING.md')
  .flatMap((page) => {
    const commands = docsCommands(page).filter(({ command }) => !notRun.some(([pattern]) => pattern.test(command)));
    const { path } = page;
    if (!examples.has(path)) return commands.length === 0 ? [] : [{ name: path, commands }];
    return commands.map((one) => ({ name: `${path}: ${one.command}`, commands: [one] }));
  });

describe('the commands of the docs do what they say', () => {
  let world: DocsWorld;
  beforeAll(async () => {
    world = await docsWorld();
  }, 300_000);

  test.each(stories.map(({ name, commands }) => [name, commands] as const))(
    '%s',
    async (_, commands) => {
      const { begin, run } = world;
      begin('with a mirror');
      const wrong: string[] = [];
      for (const { command, path, line } of commands) {
        if (beginsOne(command)) begin('without a mirror');
        const { code, output } = await run(command);
        const [expected] = otherCodes[command] ?? [0];
        if (code !== expected) wrong.push(`${path}:${line}: ${command}: ${code}\n${output.slice(0, 1500)}`);
      }
      expect(wrong.join('\n\n')).toBe('');
    },
    300_000,
  );
});

test('a script that is shown and not followed is marked so, and no other', () => {
  const shown = docsPages()
    .flatMap(docsBlocks)
    .filter(({ language }) => /^(bash|shell|zsh)$/.test(language));
  expect(shown.map(({ path }) => path)).toEqual(['docs/how-to/from-a-script.md']);
});

test('each reason to leave a command out still has one', () => {
  const commands = docsPages()
    .flatMap(docsCommands)
    .map(({ command }) => command);
  expect(notRun.filter(([pattern]) => !commands.some((command) => pattern.test(command)))).toEqual([]);
  expect(Object.keys(otherCodes).filter((command) => !commands.includes(command))).toEqual([]);
});
