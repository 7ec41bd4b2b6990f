import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Findings } from '../yaml/findings.ts';
import type { Locator } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import { parsePlatform } from './platforms.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { ReviewSettings } from './types.ts';

/** Reads `review`, and checks what the schema cannot say. What is wrong goes to `findings`. */
export function readReview(
  data: PartialData<MirrorsYaml>['review'],
  locate: Locator,
  findings: Findings,
): ReviewSettings {
  const { evidence = defaults.review.evidence, share = defaults.review.share, vulnerabilities } = data ?? {};
  const idle = (key: string, needs: string): void => {
    const message = `\`review.${key}\` has no effect: \`evidence\` is \`${evidence}\`.`;
    const hint = `Leave it out, or write \`evidence: ${needs}\`.`;
    findings.warning(locate.key(['review', key]), { code: 'idle-review', message, hint });
  };
  if (data?.share !== undefined && evidence === 'git') idle('share', 'index');
  if (data?.platform !== undefined && evidence !== 'contents') idle('platform', 'contents');
  if (vulnerabilities !== undefined && evidence !== 'contents') idle('vulnerabilities', 'contents');
  return {
    evidence,
    share: Number(share.slice(0, -1)) / 100,
    platform: readPlatform(data?.platform, locate, findings),
    ...defined({ vulnerabilities: readVulnerabilities(vulnerabilities, locate, findings) }),
  };
}

function readPlatform(text: string | undefined, locate: Locator, findings: Findings): PlatformText {
  const platform = parsePlatform(text ?? defaults.review.platform);
  if (typeof platform === 'string') return platform;
  findings.error(locate.value(['review', 'platform']), platform);
  return defaults.review.platform;
}

function readVulnerabilities(
  data: NonNullable<PartialData<MirrorsYaml>['review']>['vulnerabilities'],
  locate: Locator,
  findings: Findings,
): ReviewSettings['vulnerabilities'] {
  if (data?.osv === undefined) return undefined;
  const { osv, failOn, timeout } = data;
  const fault = osvFault(osv);
  if (fault !== undefined) {
    const message = '`osv` is an `https:` address without a login, or a folder.';
    const value = osv.replace(/:\/\/[^/]*@/, '://…@');
    findings.error(locate.value(['review', 'vulnerabilities', 'osv']), { code: 'osv', message, value, hint: fault });
  }
  if (timeout !== undefined && !/^https?:/i.test(osv)) {
    const message = '`review.vulnerabilities.timeout` has no effect: `osv` is a folder.';
    findings.warning(locate.key(['review', 'vulnerabilities', 'timeout']), {
      ...{ code: 'idle-review', message, hint: 'Leave it out.' },
    });
  }
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  return { osv, ...defined({ failOn, timeoutMs }) };
}

/** Why a text is not a place where OSV can be asked, as a hint; `undefined` where it is one. */
function osvFault(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'Such as `https://api.osv.dev`, or `./osv`.';
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'Leave the login out: OSV needs none.';
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || isLocal ? undefined : 'Write `https:`.';
}
