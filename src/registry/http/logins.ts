import type { Ask } from './connection.ts';
import type { HttpAnswer } from './exchange.ts';

/** After so many repositories of which a login was refused, and none of which it was taken, it is refused everywhere. */
const enough = 3;

/**
 * Makes ways to ask that do not repeat a login (`Basic`) which a host refuses everywhere: the 401 is given again, and no
 * request is sent. Accounts are locked for less.
 */
export function refusedLogins(): (ask: Ask) => Ask {
  const taken = new Set<string>();
  const refused = new Map<string, Set<string | undefined>>();
  const answers = new Map<string, HttpAnswer>();
  return (ask) => async (request, context) => {
    const login = request.headers['authorization'];
    if (login === undefined || !/^Basic /i.test(login)) return ask(request, context);
    const key = `${request.url.host} ${login}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await ask(request, context);
    // Another host, to which a redirection led, has not seen the login.
    if (answer.url.host !== request.url.host) return answer;
    if (answer.status !== 401) {
      taken.add(key);
      return answer;
    }
    const repositories = (refused.get(key) ?? new Set()).add(context.repository);
    refused.set(key, repositories);
    if (repositories.size >= enough && !taken.has(key)) answers.set(key, answer);
    return answer;
  };
}
