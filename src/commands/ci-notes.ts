import type { Config } from '../config/types.ts';

/** What `ci` brings with it that nobody can see in the files, a sentence each. */
export function ciNotes({ ci }: Pick<Config, 'ci'>): string[] {
  if (ci?.provider !== 'github' || ci.app !== undefined) return [];
  return [
    'The bot uses GITHUB_TOKEN: checks of its pull requests wait for an approval, and it cannot push changes to .github/workflows/. `ci.app` names a GitHub App that can.',
    'GITHUB_TOKEN opens pull requests only where the settings of the repository (Actions, General) say "Allow GitHub Actions to create and approve pull requests".',
  ];
}
