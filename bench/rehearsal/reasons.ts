import { type ReadPull, type Reasons, rehearseReasons } from '../../test/support/rehearsal/reasons.ts';
import { seconds, table } from '../lib/table.ts';

/** Images of many kinds: three that others are built on, and some that are released often. */
const twenty = [
  ...['adminer', 'alpine', 'amazonlinux', 'archlinux', 'buildpack-deps', 'crate', 'dart', 'debian', 'ghost', 'golang'],
  ...['haproxy', 'httpd', 'memcached', 'nginx', 'odoo', 'redis', 'registry', 'telegraf', 'traefik', 'varnish'],
];
/** Of the groups that change, so many have a cause that is named and right. */
const leastRight = 0.95;
/** So many characters a text may have. */
const mostCharacters = 12_000;

interface Options {
  readonly bundle: string;
  readonly days: number;
  /** `all`: the whole library, for one platform. */
  readonly images?: string;
}

/** Runs it, prints what came of it, and gives whether all of it holds. */
export async function reasons({ bundle, days, images }: Options): Promise<boolean> {
  const start = performance.now();
  const chosen =
    images === 'all'
      ? { platforms: ['linux/amd64'] }
      : { images: images?.split(',') ?? twenty, platforms: ['linux/amd64', 'linux/arm64/v8'] };
  const result = await rehearseReasons({ bundle, days, ...chosen, tell: (line) => console.error(line) });
  const failures = [...result.failures, ...tooManyWrong(result), ...tooLong(result)];
  console.log(report(result, performance.now() - start));
  for (const line of wrongCauses(result)) console.log(`not named, or not right: ${line}`);
  for (const failure of failures) console.log(`FAILS: ${failure}`);
  return failures.length === 0;
}

function sum(pulls: readonly ReadPull[], key: 'groups' | 'named' | 'right'): number {
  return pulls.reduce((total, { judged }) => total + judged[key], 0);
}

function tooManyWrong(result: Reasons): string[] {
  const [groups, right] = [sum(result.pulls, 'groups'), sum(result.pulls, 'right')];
  return groups === 0 || right >= groups * leastRight
    ? []
    : [`${right} of ${groups} groups have a cause that is named and right`];
}

function tooLong({ pulls }: Reasons): string[] {
  return pulls.flatMap(({ number, characters }) =>
    characters > mostCharacters
      ? [`#${number} has a text of ${characters} characters, more than ${mostCharacters}`]
      : [],
  );
}

function wrongCauses({ pulls }: Reasons): string[] {
  return pulls.flatMap(({ number, judged }) => judged.others.map((line) => `#${number} ${line}`));
}

function report(result: Reasons, ms: number): string {
  const { pulls, pullsByUpdate, pullsByApply, distinct, idle } = result;
  const later = pulls.slice(1);
  const median = (key: 'before' | 'after') =>
    [...later].sort((a, b) => a[key] - b[key])[Math.floor(later.length / 2)]?.[key] ?? 0;
  const rows: [string, string | number][] = [
    ['steps of six hours', result.steps],
    ['rebuilds without a diff; tags published a step late', `${result.rebuilds}; ${result.late}`],
    ['pull requests; applies', `${pulls.length}; ${result.applies}`],
    [
      'lines to read, tables before, median; most',
      `${median('before')}; ${Math.max(...later.map((one) => one.before))}`,
    ],
    ['lines to read, now, median; most', `${median('after')}; ${Math.max(...later.map((one) => one.after))}`],
    ['characters of a text, most', Math.max(...pulls.map(({ characters }) => characters))],
    ['counted pulls of update, of apply', `${pullsByUpdate}, ${pullsByApply}`],
    ['over distinct manifests', ((pullsByUpdate + pullsByApply) / distinct).toFixed(2)],
    ['updates of an open pull request without a change; their pulls', `${idle.runs}; ${idle.pulls}`],
    [
      'groups that changed; cause named; named and right',
      (['groups', 'named', 'right'] as const).map((key) => sum(pulls, key)).join('; '),
    ],
    ['s', seconds(ms)],
  ];
  const each = pulls.map(({ number, before, after, characters, judged }) => [
    `#${number}`,
    ...[before, after, characters, judged.groups, judged.right],
  ]);
  const heads = ['pull request', 'lines, tables', 'lines, now', 'characters', 'groups', 'right'];
  return [table(['rehearsal of reasons', ''], rows), '', table(heads, each)].join('\n');
}
