import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { unlimitedScheduler } from '../../src/apply/limit/scheduler.ts';
import type { ApplyResult, Engine } from '../../src/apply/types.ts';
import { parseTag } from '../../src/core/names.ts';
import { problemError } from '../../src/core/problem.ts';
import type { Progress } from '../../src/core/progress.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { look } from '../../src/plan/look.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { digest } from '../support/lockfiles.ts';
import {
  type Fault,
  groupAt,
  imageOf,
  index,
  lockedTags,
  type Model,
  type ModelManifest,
  ModelRegistry,
  model,
  single,
} from './model.ts';

const [amd64, arm64, riscv, statement] = ['amd64', 'arm64', 'riscv', 'statement'].map(single) as [
  ModelManifest,
  ModelManifest,
  ModelManifest,
  ModelManifest,
];
const three = index(amd64, arm64, statement);
const two = index(amd64, arm64);
const lone = single('lone');
const everything = [amd64, arm64, riscv, statement, three, two, lone];

const refuse = (what: string) => problemError('model/refused', 'Refused.', what);
const failing =
  (pattern: RegExp): Fault =>
  (operation, what) => {
    if (pattern.test(`${operation} ${what}`)) throw refuse(what);
  };

async function apply(images: readonly LockedImage[], { ports, has }: Model): Promise<ApplyResult> {
  return applyPlan(makePlan(await look(images, has)), ports, unlimitedScheduler(false));
}

function world(fault?: Fault) {
  const source = new ModelRegistry().add('alpine', ...everything).add('debian', ...everything);
  const destination = new ModelRegistry();
  const made = model(source, destination, fault);
  const count = (pattern: RegExp) => made.asked.filter((one) => pattern.test(one)).length;
  return { source, destination, made, count };
}

describe('an empty destination', () => {
  const images = [
    imageOf('alpine', groupAt(three, '3.23.2 3.23'), groupAt(two, 'shared latest'), groupAt(lone, 'lone')),
  ];

  test('has every tag in the end', async () => {
    const { destination, made } = world();
    const result = await apply(images, made);
    expect(result).toEqual({ copied: 3, tagged: 5, unchanged: 0, failures: [], waiting: [] });
    expect(destination.tags).toEqual(lockedTags(images));
    expect(destination.brokenTags()).toEqual([]);
  });

  test('gets each distinct manifest once: one GET for each, and one copy for what is no index', async () => {
    const { made, count } = world();
    await apply(images, made);
    expect(count(/^source\.get /)).toBe(6);
    expect(made.asked.filter((one) => one.startsWith('copy ')).sort()).toEqual(
      [amd64, arm64, statement, lone].map((manifest) => `copy alpine@${manifest.digest}`).sort(),
    );
    expect(count(/^put /)).toBe(5);
  });

  test('reads a single manifest once, and copies it once', async () => {
    const { made, count } = world();
    await apply([imageOf('alpine', groupAt(lone, 'a b c'))], made);
    expect(count(/^source\.get /)).toBe(1);
    expect(count(/^copy /)).toBe(1);
    expect(count(/^get /)).toBe(0);
    expect(count(/^put /)).toBe(3);
  });

  test('takes an index of no children', async () => {
    const empty = index();
    const { source, destination, made, count } = world();
    source.add('alpine', empty);
    const result = await apply([imageOf('alpine', groupAt(empty, 'empty'))], made);
    expect(result).toMatchObject({ copied: 1, tagged: 1, failures: [] });
    expect(count(/^copy /)).toBe(0);
    expect(destination.tags.get('alpine:empty')).toBe(empty.digest);
  });

  test('is worked on some groups at a time, so that a run that is cut short has finished some', async () => {
    const { source, destination, made } = world();
    const indexes = Array.from({ length: 100 }, (_, number) => index(single(`a${number}`), single(`b${number}`)));
    for (const [number, one] of indexes.entries()) {
      source.add('golang', one, single(`a${number}`), single(`b${number}`));
    }
    const image = imageOf('golang', ...indexes.map((one, number) => groupAt(one, `${number}`)));
    const result = await apply([image], made);
    expect(result).toMatchObject({ copied: 100, tagged: 100, failures: [] });
    expect(destination.brokenTags()).toEqual([]);
    const pulls = made.asked.filter((one) => /^(?:source\.get|copy) /.test(one));
    expect(pulls.slice(0, 160).filter((one) => one.startsWith('copy ')).length).toBeGreaterThan(40);
  });
});

describe('a destination that has something', () => {
  test('needs no copying of children that are there, as those of shared tags', async () => {
    const { destination, made, count } = world();
    destination.add('alpine', amd64, arm64);
    const result = await apply([imageOf('alpine', groupAt(two, 'latest'))], made);
    expect(result).toMatchObject({ copied: 1, tagged: 1 });
    expect(count(/^source\.get /)).toBe(1);
    expect(count(/^copy /)).toBe(0);
  });

  test('is asked nothing of the source for a tag to put on what is there', async () => {
    const { destination, made, count } = world();
    destination.add('alpine', amd64, arm64, two);
    destination.tags.set('alpine:1', two.digest);
    const result = await apply([imageOf('alpine', groupAt(two, '1 latest'))], made);
    expect(result).toEqual({ copied: 0, tagged: 1, unchanged: 1, failures: [], waiting: [] });
    expect(count(/^(?:source|copy)/)).toBe(0);
  });

  test('is asked nothing at all when all is there', async () => {
    const { destination, made } = world();
    destination.add('alpine', lone).tags.set('alpine:1', lone.digest);
    expect(await apply([imageOf('alpine', groupAt(lone, '1'))], made)).toMatchObject({ unchanged: 1, tagged: 0 });
    expect(made.asked).toEqual([]);
  });

  test('gets the children back that an index of it has lost', async () => {
    const { destination, made, count } = world();
    destination.add('alpine', amd64, two);
    await apply([imageOf('alpine', groupAt(two, 'latest'))], made);
    expect(count(/^source\.get /)).toBe(1);
    expect(made.asked.filter((one) => one.startsWith('copy '))).toEqual([`copy alpine@${arm64.digest}`]);
    expect(destination.brokenTags()).toEqual([]);
  });

  test('moves a tag that was at another digest', async () => {
    const { destination, made } = world();
    destination.add('alpine', lone).tags.set('alpine:latest', lone.digest);
    await apply([imageOf('alpine', groupAt(two, 'latest'))], made);
    expect(destination.tags.get('alpine:latest')).toBe(two.digest);
  });
});

describe('a group that fails', () => {
  const images = [
    imageOf('alpine', groupAt(three, '3.23.2 3.23'), groupAt(index(riscv), 'riscv'), groupAt(lone, 'lone')),
    imageOf('debian', groupAt(two, '13 trixie')),
  ];
  const run = async (pattern: RegExp) => {
    const made = world(failing(pattern));
    made.source.add('alpine', index(riscv));
    const result = await apply(images, made.made);
    expect(made.destination.brokenTags()).toEqual([]);
    return { ...made, result };
  };
  const named = ({ failures }: ApplyResult) =>
    failures.map(({ image, tags, problem }) => `${image} ${tags.join(',')} ${problem.code}`);

  test.each([
    ['its index is not read', new RegExp(`^source\\.get alpine@${three.digest}`)],
    ['the destination does not tell of a child', new RegExp(`^head alpine@${statement.digest}`)],
    ['a child is not read', new RegExp(`^source\\.get alpine@${statement.digest}`)],
    ['a child is not copied', new RegExp(`^copy alpine@${statement.digest}`)],
  ])('because %s stops neither the others nor the truth', async (_, pattern) => {
    const { result, destination } = await run(pattern);
    expect(named(result)[0]).toBe('alpine 3.23.2,3.23 model/refused');
    expect(destination.tags.has('alpine:3.23.2')).toBe(false);
    expect(destination.tags.get('debian:13')).toBe(two.digest);
    expect(destination.tags.get('debian:trixie')).toBe(two.digest);
  });

  test('because a tag is refused names that tag, and puts the others', async () => {
    const { result, destination } = await run(/^put alpine:3\.23$/);
    expect(named(result)).toEqual(['alpine 3.23 model/refused']);
    expect(result.tagged).toBe(5);
    expect(destination.tags.get('alpine:3.23.2')).toBe(three.digest);
  });

  test('because a single manifest cannot be asked for', async () => {
    const { result } = await run(new RegExp(`^head alpine@${lone.digest}`));
    expect(named(result)).toEqual(['alpine lone model/refused']);
    expect(result.tagged).toBe(5);
  });

  test('because all of an image is refused leaves the other image alone', async () => {
    const { result, destination } = await run(/^\S+ alpine/);
    expect(named(result).every((one) => one.startsWith('alpine '))).toBe(true);
    expect([...destination.tags.keys()].sort()).toEqual(['debian:13', 'debian:trixie']);
  });

  test('has its digest gone from the source', async () => {
    const { made, destination } = world();
    const result = await apply(
      [imageOf('alpine', { digest: digest('gone'), tags: [parseTag('old')] }), imageOf('debian', groupAt(two, '13'))],
      made,
    );
    expect(result.failures).toEqual([
      {
        image: 'alpine',
        digest: digest('gone'),
        tags: ['old'],
        problem: {
          code: 'apply/gone',
          severity: 'error',
          message: 'The source does not have this digest of alpine any more.',
          value: digest('gone'),
          hint: 'Run `mirrorlock lock`: upstream may have moved on.',
        },
      },
    ]);
    expect([...destination.tags.keys()]).toEqual(['debian:13']);
  });

  test('has an index that cannot be used', async () => {
    const { source, made } = world();
    const broken = { ...two, bytes: Buffer.from('{"manifests": 1}') };
    source.manifests.set(`alpine@${two.digest}`, broken);
    const result = await apply([imageOf('alpine', groupAt(two, 'latest'), groupAt(lone, 'lone'))], made);
    expect(named(result)).toEqual(['alpine latest registry/bad-index']);
    expect(result.tagged).toBe(1);
  });

  test('has an index of too many children', async () => {
    const { source, made } = world();
    const huge = index(...Array.from({ length: 10_000 }, (_, number) => single(`${number}`)));
    source.add('alpine', huge);
    const result = await apply([imageOf('alpine', groupAt(huge, 'huge'), groupAt(lone, 'lone'))], made);
    expect(named(result)).toEqual(['alpine huge registry/too-many-children']);
    expect(result.tagged).toBe(1);
  });

  test('is told in the order of the lockfile', async () => {
    const { made } = world(failing(/^source\.get/));
    const names = ['5', '4', '3', '2', '1'];
    const result = await apply([imageOf('alpine', ...names.map((name) => groupAt(single(name), name)))], made);
    expect(result.failures.flatMap(({ tags }) => tags)).toEqual(names);
  });
});

describe('the word of the engine', () => {
  const images = [imageOf('alpine', groupAt(two, 'latest'))];
  const withEngine = async (copy: Engine['copy']) => {
    const { made, destination } = world();
    const result = await apply(images, { ...made, ports: { ...made.ports, engine: { copy, close: async () => {} } } });
    expect(destination.tags.size).toBe(0);
    return result;
  };
  const problem = (code: string) => ({ code, severity: 'error' as const, message: code });

  test('that all is done does not count when the destination does not have it', async () => {
    const result = await withEngine(async () => new Map());
    expect(result.failures[0]?.problem).toMatchObject({ code: 'apply/not-arrived', value: amd64.digest });
  });

  test('on a manifest is the reason', async () => {
    const result = await withEngine(async () => new Map([[amd64.digest, problem('model/item')]]));
    expect(result.failures[0]?.problem.code).toBe('model/item');
  });

  test('on one manifest is not the reason of another', async () => {
    const { source, made } = world();
    const many = Array.from({ length: 40 }, (_, number) => single(`many${number}`));
    source.add('alpine', ...many, index(...many));
    const [first, last] = [many[0], many.at(-1)] as [ModelManifest, ModelManifest];
    const engine: Engine = {
      copy: async () => new Map([[first.digest, problem('model/first')]]),
      close: async () => {},
    };
    const groups = [groupAt(index(...many), 'many'), groupAt(last, 'last')];
    const result = await apply([imageOf('alpine', ...groups)], { ...made, ports: { ...made.ports, engine } });
    expect(result.failures.map(({ problem: { code } }) => code)).toEqual(['model/first', 'apply/not-arrived']);
  });

  test('that it failed is no failure where the destination has it all the same', async () => {
    const { made, destination } = world();
    const engine: Engine = {
      ...made.ports.engine,
      copy: async (image, digests) => {
        await made.ports.engine.copy(image, digests);
        return new Map(digests.map((one) => [one, problem('model/whole')]));
      },
    };
    const result = await apply(images, { ...made, ports: { ...made.ports, engine } });
    expect(result.failures).toEqual([]);
    expect(destination.tags.get('alpine:latest')).toBe(two.digest);
  });

  test('that it cannot work at all is a failure of the groups that need it', async () => {
    const result = await withEngine(() => Promise.reject(refuse('engine')));
    expect(result.failures[0]?.problem.code).toBe('model/refused');
  });
});

describe('an interrupt', () => {
  test.each(['source.get', 'head', 'copy', 'put'])(
    'in %s goes up as it is, and is no failure of a group',
    async (at) => {
      const reason = new DOMException('interrupted', 'AbortError');
      const { made, destination } = world((operation) => {
        if (operation === at) throw reason;
      });
      const images = [
        imageOf('alpine', groupAt(three, '3'), groupAt(lone, 'lone')),
        imageOf('debian', groupAt(two, '13')),
      ];
      await expect(apply(images, made)).rejects.toBe(reason);
      expect(destination.brokenTags()).toEqual([]);
    },
  );

  test('among tags that are refused for another reason is not lost', async () => {
    const reason = new DOMException('interrupted', 'AbortError');
    const { made } = world((operation, what) => {
      if (operation !== 'put') return;
      throw what.endsWith(':a') ? refuse(what) : reason;
    });
    await expect(apply([imageOf('alpine', groupAt(lone, 'a b'))], made)).rejects.toBe(reason);
  });
});

test('progress is told by group, and says what failed', async () => {
  const seen: string[] = [];
  const progress: Progress = {
    start: (title, total) => {
      seen.push(`${title} ${total}`);
      return {
        advance: (steps, detail, outcome) => seen.push(`${steps} ${detail} ${outcome?.failed}`),
        moved() {},
        expect() {},
        end: () => seen.push('end'),
      };
    },
  };
  const { made } = world(failing(/^put alpine:2$/));
  const images = [imageOf('alpine', groupAt(two, '1'), groupAt(lone, '2'))];
  const states = await look(images, async () => undefined);
  await applyPlan(makePlan(states), made.ports, unlimitedScheduler(false), progress);
  expect([seen[0], ...seen.slice(1, -1).sort(), seen.at(-1)]).toEqual([
    'Applying 2',
    '0 alpine:1 undefined',
    '0 alpine:2 undefined',
    '1 alpine:1 false',
    '1 alpine:2 true',
    'end',
  ]);
});
