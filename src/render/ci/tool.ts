import { isRecord } from '../../core/json.ts';
import type { Problem } from '../../core/problem.ts';
import { repositoryFiles } from '../../core/repository-files.ts';

const tool = 'mirrorlock';

/**
 * What the mirror repository lacks for `ci.tool: dependency`, a problem each: the tool in package.json, by one exact
 * version, archive or address, and in package-lock.json with its integrity.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function missingTool(repositoryFolder: string): Promise<readonly Problem[]> {
  const files = repositoryFiles(repositoryFolder, 'render');
  const manifest = readObject(await files.read('package.json'));
  const lock = readObject(await files.read('package-lock.json'));
  const wanted = dependencyOn(manifest);
  const locked = fieldOf(fieldOf(lock, 'packages'), `node_modules/${tool}`);
  return [...(isExact(wanted) ? [] : [notNamed(wanted)]), ...(hasIntegrity(locked) ? [] : [notLocked])];
}

function readObject(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function dependencyOn(manifest: unknown): string | undefined {
  const found = ['dependencies', 'devDependencies'].map((kind) => fieldOf(fieldOf(manifest, kind), tool));
  return found.find((value) => typeof value === 'string');
}

/** A whole version, an archive in the repository, or an archive at an address. */
function isExact(wanted: string | undefined): boolean {
  return wanted !== undefined && /^(?:\d+\.\d+\.\d+(?:[-+][\w.+-]+)?|file:.+\.tgz|https:\/\/\S+\.tgz)$/.test(wanted);
}

/** A link to a folder has none. */
function hasIntegrity(locked: unknown): boolean {
  const integrity = fieldOf(locked, 'integrity');
  return typeof integrity === 'string' && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity);
}

const pack = `Pack it in a checkout of mirrorlock (\`npm pack\`), put the archive into the mirror repository, and run \`npm install --save-exact --ignore-scripts ./mirrorlock-VERSION.tgz\` there. Commit all three files.`;

function notNamed(value: string | undefined): Problem {
  return {
    code: 'render/no-tool',
    severity: 'error',
    message:
      'With `ci.tool: dependency`, package.json names mirrorlock by an exact version, an archive or its address.',
    place: { file: 'package.json' },
    hint: pack,
    ...(value === undefined ? {} : { value }),
  };
}

const notLocked: Problem = {
  code: 'render/tool-not-locked',
  severity: 'error',
  message: 'With `ci.tool: dependency`, package-lock.json holds mirrorlock with its integrity (sha512).',
  place: { file: 'package-lock.json' },
  hint: pack,
};
