import type { Fault } from './findings.ts';

/** Whether a pattern is meant as a regular expression: it begins with `/`, which no name does. */
export function isRegex(text: string): boolean {
  return text.startsWith('/');
}

/** Compiles `/…/` or `/…/i`, which may match anywhere in a name; or says why it is no regular expression. */
export function compileRegex(text: string): RegExp | Fault {
  const end = text.lastIndexOf('/');
  const [body, flags] = [text.slice(1, end), text.slice(end + 1)];
  if (end === 0) return bad('It begins with `/` and ends with `/` or `/i`.', text);
  if (body === '') return bad('There is something between the `/`.', text);
  if (flags !== '' && flags !== 'i') return bad('The one flag is `i`, to ignore case.', text);
  try {
    return new RegExp(body, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return bad(`${error.message.slice(error.message.lastIndexOf(': ') + 2)}.`, text);
  }
}

function bad(reason: string, value: string): Fault {
  return { code: 'regex', message: `This is no regular expression. ${reason}`, value };
}
