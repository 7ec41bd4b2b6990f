import { cleanText } from './text.ts';

/** What stands in place of a secret. */
const stars = '***';
/** A shorter secret is a part of too many words to be looked for, but for the longer forms that hold it. */
const shortest = 4;
/** A shorter secret is left out of our own output only as a whole word: `main` may be a password. */
const unmistakable = 8;

/**
 * The passwords and tokens of a run, kept out of all that it prints. It knows each as it is, percent-encoded, in base64 (also
 * in the middle of a longer text), and as JSON writes it.
 */
export interface SecretKeeper {
  /** Remembers a password or token; one of less than four characters only as a part of what holds it. */
  add(secret: string): void;
  /** Words from outside without the secrets, in whatever case: `***` stands for each. The other words are kept. */
  redact(text: string): string;
  /** The same for output of ours, where a secret of less than eight characters counts only as a whole word. */
  redactOutput(text: string): string;
}

export function secretKeeper(): SecretKeeper {
  const secrets = new Set<string>();
  const forms = new Set<string>();
  let patterns: { readonly outside: RegExp; readonly output: RegExp } | undefined;

  const compile = () => {
    // The longest first: one secret may be a part of another one's form.
    const sorted = [...forms].sort((a, b) => b.length - a.length);
    const outside = sorted.map(escaped);
    const output = sorted.map((form) => (form.length < unmistakable ? wholeWord(escaped(form)) : escaped(form)));
    return { outside: new RegExp(outside.join('|'), 'gi'), output: new RegExp(output.join('|'), 'gi') };
  };
  const without = (text: string, which: 'outside' | 'output'): string => {
    if (forms.size === 0) return text;
    patterns ??= compile();
    return text.replace(patterns[which], stars);
  };

  return {
    add(secret) {
      if (secrets.has(secret) || secret.length < shortest) return;
      secrets.add(secret);
      for (const form of formsOf(secret)) forms.add(form);
      patterns = undefined;
    },
    redact: (text) => without(text, 'outside'),
    redactOutput: (text) => without(text, 'output'),
  };
}

/** Keys of our data whose values are names, and decide what a program does that reads them. */
const names = new Set([
  'schema',
  'code',
  'severity',
  'name',
  'image',
  'images',
  'tag',
  'tags',
  'digest',
  'destination',
]);

/** Data such as problems, or what becomes JSON, its texts without secrets; the keys and the names in it are kept. */
export function redactedData<T>(data: T, keeper: Pick<SecretKeeper, 'redactOutput'>): T {
  return redactedValue(data, keeper) as T;
}

function redactedValue(data: unknown, { redactOutput }: Pick<SecretKeeper, 'redactOutput'>): unknown {
  if (typeof data === 'string') return redactOutput(data);
  if (Array.isArray(data)) return data.map((item) => redactedValue(item, { redactOutput }));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      names.has(key) && !isNested(value) ? value : redactedValue(value, { redactOutput }),
    ]),
  );
}

function isNested(value: unknown): boolean {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.some((item) => typeof item === 'object' && item !== null);
}

function formsOf(secret: string): string[] {
  const plain = [secret, cleanText(secret, secret.length), ...jsonForms(secret)];
  const forms = [...plain, encodeURIComponent(secret), inForm(secret), ...base64Forms(secret)];
  return forms.filter((form) => form.length >= shortest);
}

/** As a string in JSON has it, and as a string in such a string has it. */
function jsonForms(secret: string): string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  return [once, JSON.stringify(once).slice(1, -1)];
}

function inForm(secret: string): string {
  return new URLSearchParams({ '': secret }).toString().slice(1);
}

/** Base64 of the secret, without padding, and of what it gives in the middle of a text, wherever it begins there. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString('base64').replace(/=+$/, '');
  const inside =
    bytes.length < unmistakable
      ? []
      : [0, 1, 2].map((before) => {
          const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
          // The first and last characters also depend on what stands around the secret.
          const end = text.indexOf('=') === -1 ? text.length : text.indexOf('=') - 1;
          return text.slice(Math.ceil((before * 8) / 6), end);
        });
  return [whole, ...inside].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function wholeWord(pattern: string): string {
  return `(?<![A-Za-z0-9])${pattern}(?![A-Za-z0-9])`;
}
