// A mirror that needs several windows of a pull limit, against a stand-in for the Hub: is each window used, and none passed?

import {
  applyToTheEnd,
  limitedWorld,
  manyImages,
  type PlannedPulls,
  tellBudget,
} from '../test/budget/limited-world.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { expectJson } from '../test/support/mirror.ts';
import { seconds, table } from './lib/table.ts';

const limit = 100;
const windowSeconds = 20;
const everyPlatform = 'amd64, arm64v8, arm32v7, i386, ppc64le, s390x';

interface Case {
  readonly name: string;
  readonly images: number;
  readonly more: string;
}

const cases: readonly Case[] = [
  {
    name: 'two platforms are chosen: plan knows each child',
    images: 90,
    more: 'platforms: [linux/amd64, linux/arm64]\n',
  },
  { name: 'all platforms: apply learns what indexes hold', images: 28, more: '' },
];

async function benchCase({ name, images, more }: Case) {
  const limited = await limitedWorld(
    manyImages(images, everyPlatform),
    { anonymous: { pulls: limit }, windowSeconds },
    { more },
  );
  const { world, hub } = limited;
  await expectJson(world, ['lock']);
  const atLock = hub.pulls()['127.0.0.1'] ?? 0;
  // The windows are counted from a whole one.
  await new Promise((resolve) => setTimeout(resolve, windowSeconds * 1_000));
  const { budget: planned } = await tellBudget<PlannedPulls>(limited, ['plan']);
  if (planned === undefined) throw new Error('plan says nothing of the budget');
  const start = Date.now();
  const runs = await applyToTheEnd(limited, 40);
  const pulls = (hub.pulls()['127.0.0.1'] ?? 0) - atLock;
  const windows = runs.filter(({ used }) => used > 0).length;
  const distinct = images * (more === '' ? 1 + 2 * 6 : 2 * 2);
  const { atLeast, expected, exact } = planned.pulls;
  const said = exact ? `${planned.windows}` : `about ${planned.windows}`;
  return {
    row: [
      name,
      atLeast,
      expected,
      pulls,
      distinct,
      said,
      windows,
      hub.refusals().pullLimit,
      seconds(Date.now() - start),
    ],
    holds: hub.refusals().pullLimit === 0 && pulls === distinct && (!exact || windows === planned.windows),
    used: `${name}: ${runs.map(({ used }) => used).join(', ')}`,
  };
}

async function benchBudget(): Promise<string> {
  const results = [];
  for (const one of cases) results.push(await benchCase(one));
  const head = [
    `${limit} pulls in ${windowSeconds} s`,
    'plan: at least',
    'expected',
    'pulled',
    'distinct',
    'plan: windows',
    'windows',
    '429',
    's',
  ];
  const verdict = results.every(({ holds }) => holds) ? 'holds' : 'FAILS';
  return [
    table(
      head,
      results.map(({ row }) => row),
    ),
    '',
    'pulls by run:',
    ...results.map(({ used }) => `  ${used}`),
    `${verdict}: never a 429, nothing pulled twice, and where plan is exact all is done in the windows that it said`,
  ].join('\n');
}

cleanUpOnInterrupt();
try {
  const text = await benchBudget();
  console.log(text);
  if (text.includes('FAILS')) process.exitCode = 1;
} finally {
  await cleanUp();
}
