// What `--help` prints, for the build, which bundles this without the commands themselves.
import { helpTexts } from '../src/cli/help.ts';
import { buildProgram } from '../src/cli/program.ts';

export const texts = helpTexts(buildProgram(async () => undefined, '') as never);
