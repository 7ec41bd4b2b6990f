import type { Environment } from '../core/environment.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import { isCollection, type Locator, type Path } from '../yaml/locate.ts';
import { removeInvalid } from './shape.ts';

/** A text whose variables were replaced. */
export interface Replaced {
  /** As written in the file: variables may hold secrets, so that messages show this and never `text`. */
  readonly written: string;
  readonly text: string;
  /** The variables whose values `text` holds. */
  readonly variables: readonly string[];
}

/** `${NAME}`, and `${NAME:-text}` as in a POSIX shell: the text where the variable is unset or empty. */
const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^${}]*))?\}/g;

/** Names that hold the word for a secret, whoever sets them. */
const secretWords =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|SSH)_?KEY|AUTHORIZATION/i;

/** What this tool, its CI and git take secrets from: no list of `publicVariables` makes these public. */
const ownSecrets =
  /^(?:MIRRORLOCK_TOKEN|GH_TOKEN|GITHUB_TOKEN|GITLAB_TOKEN|CI_\w*(?:TOKEN|PASSWORD)|ACTIONS_\w*TOKEN|DOCKER_AUTH_CONFIG|GIT_CONFIG_\w+)$/i;

/** Whether a variable of this name is taken for a secret, which no registry's name may hold. */
export function isSecretName(name: string): boolean {
  return secretWords.test(name) || ownSecrets.test(name);
}

/** Whether a variable of this name is where this tool, its CI and git take a secret from. */
export function isOwnSecret(name: string): boolean {
  return ownSecrets.test(name);
}

/** Reads `publicVariables`; one that is a secret of this tool's goes to `findings`. */
export function readPublicVariables(
  names: readonly (string | undefined)[] | undefined,
  locate: Locator,
  findings: Findings,
): string[] {
  return (names ?? []).flatMap((name, index) => {
    if (name === undefined) return [];
    if (!ownSecrets.test(name)) return [name];
    findings.error(locate.value(['publicVariables', index]), { ...ownSecret, value: name });
    return [];
  });
}

const ownSecret: Fault = {
  code: 'variable-secret',
  message: 'This variable holds a secret of mirrorlock, git or the CI, and is never public.',
  hint: 'Take it from the list, and give the value a variable of another name.',
};

/**
 * Replaces the variables in `written`, or says, for each that cannot be, why. A variable with the name of a secret is
 * refused, whether it is set or not, unless `publicVariables` names it.
 */
export function replaceVariables(
  written: string,
  env: Environment,
  publicVariables: readonly string[] = [],
): Replaced | readonly Fault[] {
  if (written.replace(reference, '').includes('$')) return [badReference(written)];
  const secret = namesIn(written).filter((name) => isSecretName(name) && !publicVariables.includes(name));
  if (secret.length > 0) return secret.map(secretVariable);
  const matches = [...written.matchAll(reference)].map(([, name = '', fallback]) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return { name, value, fallback };
  });
  const unset = matches.filter(
    ({ value, fallback }) => (value || fallback) === undefined || (value || fallback) === '',
  );
  if (unset.length > 0) return unset.map(({ name, value }) => unsetVariable(name, value));
  const text = written.replace(
    reference,
    (_, name: string, fallback: string | undefined) => env[name] || fallback || '',
  );
  return { written, text, variables: matches.filter(({ value }) => value).map(({ name }) => name) };
}

/** The variables that any text in `data` mentions, sorted, whether they are set or not. */
export function mentionedVariables(data: unknown): string[] {
  return [...new Set(namesIn(data))].sort();
}

function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(reference)].flatMap(([, name]) => name ?? []);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namesIn) : [];
}

/** Whether a text, in a field without variables, looks as if it had one. */
function mentionsVariable(text: string): boolean {
  return text.includes('${');
}

/** What to say of a variable where none is replaced. */
const misplacedVariable: Fault = {
  code: 'variable-here',
  message: 'Environment variables are only replaced in registry names and namespaces.',
  hint: 'Write the value itself.',
};

function unsetVariable(name: string, value: string | undefined): Fault {
  return {
    code: 'variable-unset',
    message: `The environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}.`,
    value: `\${${name}}`,
    hint: `Set ${name}, or write \`\${${name}:-text}\` for a text to take its place.`,
  };
}

function secretVariable(name: string): Fault {
  return {
    code: 'variable-secret',
    message: `The environment variable ${name} has the name of a secret, and registry names and namespaces are sent and printed.`,
    value: `\${${name}}`,
    hint: ownSecrets.test(name)
      ? 'Use a variable of another name.'
      : `Use a variable of another name, or write \`publicVariables: [${name}]\` where its value is no secret.`,
  };
}

function badReference(value: string): Fault {
  return {
    code: 'variable-syntax',
    message: `An environment variable is written \`\${NAME}\`, with letters, digits and \`_\`.`,
    value,
    hint: '`$` has no other use here.',
  };
}

/** Reports the texts that hold `${` where no variable is replaced, and takes them out of `data`. */
export function checkVariables(data: unknown, locate: Locator, findings: Findings): void {
  const misplaced = texts(data).filter(({ text, path }) => mentionsVariable(text) && !mayHoldVariable(path));
  for (const { text, path } of misplaced) findings.error(locate.value(path), { ...misplacedVariable, value: text });
  removeInvalid(
    data,
    misplaced.map(({ path }) => path),
  );
}

function mayHoldVariable([top, ...rest]: Path): boolean {
  if (top !== 'source' && top !== 'destinations') return false;
  const last = rest.at(-1);
  const mayHold = last === 'registry' || last === 'namespace' || last === 'tokenServer';
  return mayHold || (top === 'source' && rest[0] === 'alternates');
}

function texts(value: unknown, path: Path = []): { text: string; path: Path }[] {
  if (typeof value === 'string') return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => texts(item, [...path, index]));
  return isCollection(value) ? Object.entries(value).flatMap(([key, item]) => texts(item, [...path, key])) : [];
}
