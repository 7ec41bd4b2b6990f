import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../../src/config/parse.ts';
import { renderCiFiles } from '../../../src/render/ci/ci-files.ts';
import { templatesFrom } from '../../../src/render/files.ts';
import type { RenderedFiles } from '../../../src/render/types.ts';
import { buildImages } from '../../support/images/build.ts';
import { writeRegistryStorage } from '../../support/images/storage.ts';
import { type Credentials, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { tinyLibrary } from '../../support/tiny-library.ts';
import { makeUpstream, type UpstreamRepository } from '../../support/upstream.ts';
import { announced } from '../../support/world.ts';

const builtIn = fileURLToPath(new URL('../../../templates', import.meta.url));

/** Logins that differ in every part, and from those of every other test that runs meanwhile, so that one in the wrong place is seen. */
const reader: Credentials = { user: 'source-reader', password: `reads-${randomUUID()}` };
const writer: Credentials = { user: 'mirror-writer', password: `writes-${randomUUID()}` };

/** What a job must never show: passwords, and what an auth file holds. */
export const secretTexts: readonly string[] = [reader, writer].flatMap(({ user, password }) => [
  password,
  Buffer.from(`${user}:${password}`).toString('base64'),
]);

/** Upstream, and registries that want a login. */
export interface MirrorWorld {
  readonly home: string;
  readonly upstream: UpstreamRepository;
  readonly source: TestRegistry;
  readonly destination: TestRegistry;
  /** mirrors.yaml with this `ci`, in one line of YAML, but for the logins. */
  configuration(ci: string): string;
  /** Publishes what upstream announces. */
  publish(): void;
  /** A tag's digest at the destination; undefined where it is not there. */
  tagAt(image: string, tag: string): Promise<string | undefined>;
  /** Somebody deletes a digest at the destination, and with it all its tags. */
  lose(image: string, digest: string): Promise<void>;
}

/** Starts it all; both registries want a login. */
export async function startMirrorWorld(): Promise<MirrorWorld> {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), tinyLibrary);
  const source = await startRegistry({ htpasswd: reader });
  const destination = await startRegistry({ htpasswd: writer, deleteEnabled: true });
  const publish = () => writeRegistryStorage(source.storage, buildImages(announced(upstream)));
  publish();
  const ask = (image: string, reference: string, method: string) =>
    fetch(`http://${destination.host}/v2/mirror/${image}/manifests/${reference}`, {
      method,
      headers: headersOf(writer),
    });
  return {
    home,
    upstream,
    source,
    destination,
    publish,
    configuration: (ci) => `version: 1
upstream: {repository: ${JSON.stringify(upstream.path)}}
source: {registry: "${source.host}", namespace: library, insecure: true}
destinations:
  - {name: main, registry: "${destination.host}", namespace: "\${MIRROR_NAMESPACE}", insecure: true, exclusive: true}
images: {include: ["*"]}
policy: {dropped: prune, prune: {after: 1s, atMost: {tags: 2, percent: 100}}}
ci:
  ${ci.replace(/^\{|\}$/g, '').replaceAll(/, (?=\w+:)/g, '\n  ')}
  logins:
    - {registry: "${source.host}", username: SOURCE_USER, password: SOURCE_PASSWORD}
    - {registry: "${destination.host}", username: MIRROR_USER, password: MIRROR_PASSWORD}
`,
    async tagAt(image, tag) {
      const answer = await ask(image, tag, 'HEAD');
      if (answer.status !== 200 && answer.status !== 404) throw new Error(`The destination answers ${answer.status}.`);
      return answer.headers.get('docker-content-digest') ?? undefined;
    },
    async lose(image, digest) {
      const { status } = await ask(image, digest, 'DELETE');
      if (status !== 202) throw new Error(`The destination answers ${status} to a delete.`);
    },
  };
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

function headersOf({ user, password }: Credentials): Record<string, string> {
  return { accept, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The secrets, by the names that the configuration gives them. */
export const secrets: Readonly<Record<string, string>> = {
  SOURCE_USER: reader.user,
  SOURCE_PASSWORD: reader.password,
  MIRROR_USER: writer.user,
  MIRROR_PASSWORD: writer.password,
};

/** The CI files of a mirrors.yaml in a folder, by the templates of the tool and by path from the top of the git repository. */
export async function ciFilesOf(configuration: string, prefix = ''): Promise<RenderedFiles> {
  const config = parseConfig(configuration, { file: 'mirrors.yaml', env: { MIRROR_NAMESPACE: 'mirror' } });
  const files = await renderCiFiles(config, templatesFrom('/nowhere', builtIn), prefix);
  return new Map([...files].map(([path, text]) => [posix.join(prefix, path), text]));
}

/** Writes files into a folder. */
export function writeFiles(folder: string, files: Iterable<readonly [path: string, text: string]>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
