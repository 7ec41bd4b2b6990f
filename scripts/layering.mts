import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const cruiser = fileURLToPath(new URL('../node_modules/.bin/depcruise', import.meta.url));

export interface Layering {
  /** Each import that `.dependency-cruiser.cjs` forbids, as `RULE: FROM → TO`. */
  readonly violations: readonly string[];
  /** Modules of `src/` that the tool looked at, and those that are there: fewer than all mean that it is broken. */
  readonly looked: readonly string[];
  readonly present: readonly string[];
}

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Looks at the imports below `src/` of a project, by the rules in its `.dependency-cruiser.cjs`. */
export async function readLayering(root: string): Promise<Layering> {
  const args = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  // It exits with the number of violations; that it failed shows in output that is no JSON.
  const { stdout } = await execa(cruiser, args, { cwd: root, reject: false });
  const { modules, summary }: CruiseResult = JSON.parse(stdout);
  const sources = modules.map(({ source }) => source).filter((source) => /^src\/.*\.ts$/.test(source));
  return {
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    looked: sources.sort(),
    present: sourcesBelow(root).sort(),
  };
}

function sourcesBelow(root: string): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`);
}
