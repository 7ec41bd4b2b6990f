import type { RepositoryState, User, World } from '../state.ts';
import { apiOf, below } from './addresses.ts';

const userLinks: Readonly<Record<string, string>> = {
  events_url: '/events{/privacy}',
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  organizations_url: '/orgs',
  received_events_url: '/received_events',
  repos_url: '/repos',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
};

export function userAnswer(world: World, { id, login, type }: User) {
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `${world.serverUrl}/avatars/u/${id}`,
    gravatar_id: '',
    url: `${world.apiUrl}/users/${encodeURIComponent(login)}`,
    html_url: `${world.serverUrl}/${encodeURIComponent(login)}`,
    ...below(`${world.apiUrl}/users/${encodeURIComponent(login)}`, userLinks),
    type,
    site_admin: false,
  };
}

export function labelAnswer(world: World, name: string, state: RepositoryState) {
  return {
    id: [...name].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7) % 1_000_000_007,
    node_id: `LA_${Buffer.from(name).toString('base64url')}`,
    url: `${apiOf(world, state)}/labels/${encodeURIComponent(name)}`,
    name,
    // GitHub sends null for a label without one; its description of a pull request allows a text alone.
    description: '',
    color: 'ededed',
    default: false,
  };
}

export function teamAnswer(world: World, slug: string, { id, owner }: RepositoryState) {
  return {
    id: id * 1000 + slug.length,
    node_id: `T_${slug}`,
    url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}`,
    members_url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}/members{/member}`,
    repositories_url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}/repos`,
    html_url: `${world.serverUrl}/orgs/${owner.login}/teams/${slug}`,
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    permission: 'pull',
    type: 'organization',
    parent: null,
  };
}
