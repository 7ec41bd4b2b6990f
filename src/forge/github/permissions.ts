import { cleanText } from '../../core/text.ts';

/**
 * The rights that a request needs, as a fallback for answers without `X-Accepted-GitHub-Permissions`: GitHub Enterprise of
 * old, and GraphQL. By method and path (GitHub's documentation, "Permissions required for GitHub Apps").
 */
const needed: readonly (readonly [pattern: RegExp, rights: string])[] = [
  [/^POST .*\/check-runs$/, 'checks=write'],
  [/^POST .*\/statuses\//, 'statuses=write'],
  [/^DELETE .*\/git\/refs\//, 'contents=write'],
  [/^GET .*\/(?:git|compare)\//, 'contents=read'],
  [/^GET .*\/pulls(?:\/|$)/, 'pull_requests=read'],
  [/\/pulls(?:\/|$)|graphql$/, 'pull_requests=write'],
  [/^GET .*\/issues(?:\/|$)/, 'issues=read'],
  [/\/issues\/\d+/, 'issues=write; pull_requests=write'],
  [/\/issues$/, 'issues=write'],
  [/^GET /, 'metadata=read'],
];

/**
 * The sets of rights of which a request needs one, in words such as `pull requests: write`. `header` is
 * `X-Accepted-GitHub-Permissions`: sets are parted by `;`, rights of one set by `,`.
 */
export function acceptedRights(header: string | undefined, request: string): string[] {
  const text = header ?? needed.find(([pattern]) => pattern.test(request))?.[1] ?? '';
  const sets = text.split(';').filter((set) => set.trim() !== '');
  return sets.map((set) => set.split(',').map(inWords).join(' and '));
}

function inWords(right: string): string {
  const [name = '', level = ''] = cleanText(right, 80).split('=');
  return `${name.replaceAll('_', ' ')}: ${level}`;
}

/** How to give a token these rights, whatever kind it is. */
export function hintForRights(rights: readonly string[]): string {
  const [first = 'contents: write'] = rights;
  const key = first.replaceAll(' and ', ', ').replace(/^[\w ]+(?=:)/, (name) => name.replaceAll(' ', '-'));
  return `For GITHUB_TOKEN, put \`${key}\` under \`permissions\` of the job. Give a GitHub App or a fine-grained token this right, or a classic token the scope \`repo\`.`;
}
