import type { Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import { isRecord } from './path.ts';

const currentVersion = 1;
const initHint = '`mirrorlock init` writes one to begin from.';

/** Checks what must hold before anything else is worth a word: that there is a mapping, of a version that this tool reads. */
export function checkTop(data: unknown, file: string, locate: Locator, findings: Findings): boolean {
  if (data === null || data === undefined) {
    findings.error({ file }, { code: 'empty-file', message: 'The file holds nothing.', hint: initHint });
    return false;
  }
  if (!isRecord(data) || Array.isArray(data)) {
    const value = Array.isArray(data) ? 'a list' : String(data);
    const message = 'mirrors.yaml is a mapping, with the keys `version` and `images`.';
    findings.error(locate.value([]), { code: 'not-a-mapping', message, value, hint: initHint });
    return false;
  }
  const version = Object.hasOwn(data, 'version') ? data['version'] : undefined;
  if (typeof version !== 'number' || version === currentVersion) return true;
  findings.error(locate.value(['version']), {
    code: 'version',
    message: `This mirrorlock reads version ${currentVersion} of the format.`,
    value: String(version),
    hint: version > currentVersion ? 'A newer mirrorlock may read it.' : `Write \`version: ${currentVersion}\`.`,
  });
  return false;
}
