// biome-ignore-all lint/suspicious/noTemplateCurlyInString: mirrors.yaml writes environment variables so.
import { describe, expect, it } from 'vitest';
import { brief, briefs, parse, problemsOf, yaml } from './support.ts';

function destinations(...fields: readonly string[]): string {
  return yaml('destinations:', ...fields.map((text, index) => `  - { name: d${index}, ${text} }`));
}

describe('the source', () => {
  it('is the Docker Hub and its library unless told otherwise', () => {
    const { source } = parse(yaml());
    expect(source).toEqual({ registry: { host: 'docker.io', insecure: false }, namespace: 'library', alternates: [] });
  });

  it('is as the file says', () => {
    const text = yaml(
      'source:',
      '  registry: localhost:5000',
      '  namespace: ""',
      '  insecure: true',
      '  requestsPerMinute: 60',
      '  alternates: [public.ecr.aws/docker/library, { registry: "[::1]:5000", namespace: a/b, insecure: true, requestsPerMinute: 60 }, host.example/]',
    );
    expect(parse(text).source).toEqual({
      registry: { host: 'localhost:5000', insecure: true },
      namespace: '',
      alternates: [
        { registry: { host: 'public.ecr.aws', insecure: false }, namespace: 'docker/library' },
        { registry: { host: '[::1]:5000', insecure: true }, namespace: 'a/b', requestsPerMinute: 60 },
        { registry: { host: 'host.example', insecure: false }, namespace: '' },
      ],
      requestsPerMinute: 60,
    });
  });

  it('that stands among its alternates gives a warning, as does an alternate twice', () => {
    const { warnings } = parse(yaml('source: { alternates: [docker.io/library, a.example/b, a.example/b] }'));
    expect(warnings.map(brief)).toEqual(['3:24+17 duplicate-alternate?', '3:56+11 duplicate-alternate?']);
  });
});

describe('destinations', () => {
  it('may be left out', () => {
    expect(parse(yaml()).destinations).toEqual([]);
  });

  it('keep the order of the file', () => {
    const text = destinations(
      'registry: registry.example.com, namespace: library',
      'registry: localhost, namespace: x, insecure: true',
    );
    expect(parse(text).destinations).toEqual([
      { name: 'd0', registry: { host: 'registry.example.com', insecure: false }, namespace: 'library' },
      { name: 'd1', registry: { host: 'localhost', insecure: true }, namespace: 'x' },
    ]);
  });

  it('may be alternates too: one mirror can be filled from another', () => {
    const text = yaml(
      'source: { alternates: [a.example/x] }',
      'destinations: [{ name: a, registry: a.example, namespace: x }]',
    );
    expect(parse(text).warnings).toEqual([]);
  });

  it.each([
    [
      'of one registry and namespace',
      ['registry: a.example, namespace: x', 'registry: a.example, namespace: x'],
      '5:27+9 duplicate-destination',
    ],
    ['at the source', ['registry: docker.io, namespace: library'], '4:27+9 destination-is-source'],
    [
      'once by HTTPS and once not',
      ['registry: a.example, namespace: x', 'registry: a.example, namespace: y, insecure: true'],
      '5:27+9 insecure-differs',
    ],
    [
      'at the Hub by plain HTTP',
      ['registry: docker.io, namespace: x, insecure: true'],
      '4:62+4 insecure-hub «insecure: true»',
    ],
    ['at the root of the Hub', ['registry: docker.io, namespace: ""'], '4:49+2 namespace «»'],
  ])('must not be %s', (_, fields, expected) => {
    expect(briefs(destinations(...fields))).toContain(expected);
  });

  it('must differ in name, also where something else is wrong with one', () => {
    const text = yaml(
      'destinations:',
      '  - { name: a, registry: a.example, namespace: x }',
      '  - { name: a, registry: "/", namespace: y }',
    );
    expect(briefs(text)).toEqual(['5:13+1 duplicate-name «a»', '5:26+3 registry-name «/»']);
  });

  it.each(['', 'A', 'a b', '-a', 'a-', 'a--b', 'ä', '../a', '$(x)', 'a'.repeat(64)])(
    'must have a name that is plain: %j',
    (name) => {
      const text = yaml(`destinations: [{ name: ${JSON.stringify(name)}, registry: a.example, namespace: x }]`);
      expect(briefs(text).every((problem) => /^3:24\+\d+ (destination-name|empty|too-long)/.test(problem))).toBe(true);
    },
  );
});

describe('a registry is named as docker and skopeo name it', () => {
  const withRegistry = (registry: string) => destinations(`registry: ${JSON.stringify(registry)}, namespace: x`);

  it.each([
    'docker.io',
    'ghcr.io',
    'localhost',
    'localhost:5000',
    'registry:5000',
    'a-b.example.com',
    '10.0.0.1',
    '127.0.0.1:443',
    '[::1]',
    '[2001:db8::1]:5000',
    'xn--bcher-kva.example',
    'a.example:65535',
  ])('%s', (registry) => {
    expect(parse(withRegistry(registry)).destinations[0]?.registry.host).toBe(registry);
  });

  it.each([
    ['https://registry.example.com', 'Leave the scheme (`https://`) out.'],
    ['http://localhost:5000', 'Leave `http://` out, and say `insecure: true` next to it for plain HTTP.'],
    ['registry.example.com/library', 'What follows the `/` belongs in `namespace`.'],
    ['user:password@registry.example.com', 'Leave the user out, and log in with `docker login`.'],
    ['registry', 'Write the full name, or add the port: `name:443`.'],
    ['Registry.example.com', 'Write it in lower case.'],
    ['registry.example.com:', 'A port is a number from 1 to 65535.'],
    ['registry.example.com:0', 'A port is a number from 1 to 65535.'],
    ['registry.example.com:65536', 'A port is a number from 1 to 65535.'],
    ['registry.example.com:https', 'A port is a number from 1 to 65535.'],
    ['::1', 'A port is a number from 1 to 65535.'],
    ['[::1', 'A port is a number from 1 to 65535.'],
    ['[x]:5000', 'Brackets are for an IPv6 address: `[::1]:5000`.'],
    ['-a.example', /^Parts of a name/],
    ['a..example', /^Parts of a name/],
    ['a_b.example', /^Parts of a name/],
    ['bücher.example', /^Parts of a name/],
    ['a.example\n', 'Leave the space out.'],
    [`${'a'.repeat(64)}.example`, /^Parts of a name/],
    [`${'a.'.repeat(130)}example`, /^Parts of a name/],
    ['index.docker.io', 'Write `docker.io`.'],
    ['registry-1.docker.io', 'Write `docker.io`.'],
    ['docker.io:443', 'Write `docker.io`.'],
  ])('and not %s', (registry, hint) => {
    const [problem, ...more] = problemsOf(withRegistry(registry));
    expect(more).toEqual([]);
    const value = registry.length > 200 ? `${registry.slice(0, 200)}…` : registry;
    expect(problem).toMatchObject({ code: 'config/registry-name', value, place: { line: 4, column: 27 } });
    if (typeof hint === 'string') expect(problem?.hint).toBe(hint);
    else expect(problem?.hint).toMatch(hint);
  });
});

describe('a namespace is a path of repositories', () => {
  const withNamespace = (namespace: string) =>
    destinations(`registry: a.example, namespace: ${JSON.stringify(namespace)}`);

  it.each(['', 'library', 'a/b/c', 'a.b_c__d-e---f', '0'])('%j', (namespace) => {
    expect(parse(withNamespace(namespace)).destinations[0]?.namespace).toBe(namespace);
  });

  it.each([
    '/library',
    'library/',
    'a//b',
    'Library',
    'a___b',
    'a..b',
    '.a',
    'a/../b',
    'a b',
    'a:b',
    'a@b',
    '$(x)',
    'ä',
    'a\nb',
  ])('and not %j', (namespace) => {
    const text = withNamespace(namespace);
    const code = namespace.includes('$') ? 'variable-syntax' : 'namespace';
    expect(problemsOf(text)).toMatchObject([{ code: `config/${code}`, value: namespace }]);
  });
});

describe('environment variables', () => {
  const env = { HOST: 'registry.example.com', PORT: '5000', SPACE: 'mirrors/docker', EMPTY: '' };

  it('are replaced in registries and namespaces of source, alternates and destinations', () => {
    const text = yaml(
      'source: { registry: "${HOST}:${PORT}", namespace: "x-${PORT}", alternates: ["${HOST}/${SPACE}"] }',
      'destinations: [{ name: a, registry: "${HOST}", namespace: "${SPACE}/library" }]',
    );
    const { source, destinations: read } = parse(text, env);
    expect(source.registry.host).toBe('registry.example.com:5000');
    expect(source.namespace).toBe('x-5000');
    expect(source.alternates[0]).toMatchObject({
      registry: { host: 'registry.example.com' },
      namespace: 'mirrors/docker',
    });
    expect(read[0]).toMatchObject({ registry: { host: 'registry.example.com' }, namespace: 'mirrors/docker/library' });
  });

  it('that are unset or empty are an error that names each', () => {
    const text = yaml('source: { registry: "${NONE}${EMPTY}", namespace: "${toString}" }');
    expect(problemsOf(text, env).map(({ code, message, hint }) => [code, message, hint])).toEqual([
      [
        'config/variable-unset',
        'The environment variable NONE is not set.',
        'Set NONE, or write `${NONE:-text}` for a text to take its place.',
      ],
      [
        'config/variable-unset',
        'The environment variable EMPTY is empty.',
        'Set EMPTY, or write `${EMPTY:-text}` for a text to take its place.',
      ],
      [
        'config/variable-unset',
        'The environment variable toString is not set.',
        'Set toString, or write `${toString:-text}` for a text to take its place.',
      ],
    ]);
  });

  it('may have a text to take their place', () => {
    const text = yaml('source: { registry: "${NONE:-a.example}", namespace: "${EMPTY:-b}/${SPACE:-c}" }');
    expect(parse(text, env).source).toMatchObject({ registry: { host: 'a.example' }, namespace: 'b/mirrors/docker' });
    expect(briefs(yaml('source: { registry: "${NONE:-}" }'))).toEqual(['3:21+11 variable-unset «${NONE}»']);
  });

  it.each(['$HOST', '${HOST', '${}', '${1A}', '${A-B}', '${HOST:=x}', '$$', 'a$', '${A:-${HOST}}'])(
    'are written as they must be: %s',
    (text) => {
      expect(problemsOf(yaml(`source: { registry: '${text}' }`), env)).toMatchObject([
        { code: 'config/variable-syntax', value: text },
      ]);
    },
  );

  it('have values that are checked as any other, and that no problem shows', () => {
    const text = yaml(
      'source: { registry: "${WHERE}", namespace: "${WHERE}", alternates: ["${WHERE}/x", "${WHERE}"] }',
      'destinations: [{ name: a, registry: "${WHERE}", namespace: "${WHERE}" }]',
    );
    const problems = problemsOf(text, { WHERE: 'https://user:hunter2@Host' });
    expect(problems).toHaveLength(6);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|user|Host/);
    expect(problems.every(({ message }) => message.includes('`WHERE`'))).toBe(true);
    expect(problems[0]).toMatchObject({ code: 'config/registry-name', value: '${WHERE}' });
  });

  it.each([
    ['a pattern', 'policy: {}', 'images: { include: ["${X}"] }', '3:21+6 variable-here «${X}»'],
    ['a platform', 'platforms: ["${X}"]', 'images: { include: [a] }', '2:13+6 variable-here «${X}»'],
    [
      "a destination's name",
      'destinations: [{ name: "${X}", registry: a.example, namespace: x }]',
      'images: { include: [a] }',
      '2:24+6 destination-name «${X}»',
    ],
    [
      'upstream',
      'upstream: { repository: "https://${X}/y" }',
      'images: { include: [a] }',
      '2:25+16 variable-here «https://${X}/y»',
    ],
    ['a ref', 'upstream: { ref: "${X}" }', 'images: { include: [a] }', '2:18+6 variable-here «${X}»'],
  ])('stand nowhere else: %s', (_, first, second, expected) => {
    expect(briefs(['version: 1', first, second].join('\n'), { X: 'alpine' })).toEqual([expected]);
  });
});

describe('a token server', () => {
  it('may be named for a source, an alternate and a destination, with variables', () => {
    const text = yaml(
      'source:',
      '  tokenServer: auth.example.org',
      '  alternates: [{ registry: a.example, namespace: x, tokenServer: "[::1]:8443" }]',
      'destinations:',
      '  - { name: d, registry: r.example, namespace: x, tokenServer: "${AUTH}:8443" }',
    );
    const {
      source,
      destinations: [destination],
    } = parse(text, { AUTH: 'login.example.org' });
    expect(source.registry.tokenServer).toBe('auth.example.org');
    expect(source.alternates[0]?.registry.tokenServer).toBe('[::1]:8443');
    expect(destination?.registry.tokenServer).toBe('login.example.org:8443');
  });

  it.each([
    ['https://auth.example.org/token', 'scheme'],
    ['auth.example.org/token', 'path'],
    ['me@auth.example.org', 'user'],
    ['Auth.example.org', 'lower case'],
    ['auth.example.org:0', 'port'],
    ['[::x]', 'IPv6'],
    ['a b', 'space'],
    ['auth_.example', 'Parts of a name'],
  ])('is not %s', (value, hint) => {
    const text = destinations(`registry: r.example, namespace: x, tokenServer: "${value}"`);
    expect(problemsOf(text)).toMatchObject([
      { code: 'config/token-server', value, hint: expect.stringContaining(hint), place: { line: 4 } },
    ]);
  });
});
