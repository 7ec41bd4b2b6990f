import type { Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import { isRecord, type Path } from './path.ts';
import { takeOut } from './sound.ts';
import { mentionsVariable, misplacedVariable } from './variables.ts';

/** Reports the texts that hold `${` where no variable is replaced, and takes them out of `data`. */
export function checkVariables(data: unknown, locate: Locator, findings: Findings): void {
  const misplaced = texts(data).filter(({ text, path }) => mentionsVariable(text) && !mayHoldVariable(path));
  for (const { text, path } of misplaced) findings.error(locate.value(path), { ...misplacedVariable, value: text });
  takeOut(
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
  return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => texts(item, [...path, key])) : [];
}
