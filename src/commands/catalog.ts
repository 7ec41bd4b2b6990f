import { bytesText } from '../core/bytes.ts';
import { ExitCode } from '../core/exit-code.ts';
import { counted } from '../core/words.ts';
import { type CatalogRequest, runCatalog } from '../runs/catalog.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Writes a static site about what the mirror has: from the lockfile, its git history, and reports. */
export async function catalog(context: Context, request: CatalogRequest): Promise<Outcome> {
  const run = await runCatalog(context, request);
  const { folder, lockfile, written, unchanged, removed, versions, bytes, warnings } = run;
  const images = lockfile.images.length;
  const history = versions === null ? 'without history' : `with ${counted(versions, 'version')} of the lockfile`;
  const files = `${counted(written, 'file')} written, ${unchanged} unchanged, ${removed} removed`;
  return {
    exitCode: ExitCode.done,
    text: `${folder}: ${counted(images, 'image')} ${history}; ${files} (${bytesText(bytes)})`,
    json: {
      schema: 'mirrorlock/catalog/v1',
      ...{ folder, images, versions, bytes },
      files: { written, unchanged, removed },
      warnings,
    },
    problems: warnings,
  };
}
