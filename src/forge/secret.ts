import { ForgeError } from './errors.ts';

/** Keeps a secret out of what comes back from outside. */
export interface Hiding {
  /** `text` with `***` in place of the secret, in any form that it was sent in. */
  inText(text: string): string;
  /** The same error, without the secret in the words from outside. Anything but a ForgeError is given back as it is. */
  inError(error: unknown): unknown;
}

/** Knows the forms in which a token is sent: as it is, in a URL, and in `Authorization: Basic`. */
export function keepSecret(secret: string): Hiding {
  const users = ['x-access-token', 'oauth2'];
  const plain = [secret, encodeURIComponent(secret), ...users.map((user) => `${user}:${secret}`)];
  const forms = secret === '' ? [] : plain.flatMap((form) => [form, Buffer.from(form).toString('base64')]);
  // The longest first, so that no part of a longer form is left over.
  forms.sort((a, b) => b.length - a.length);

  const inText = (text: string): string => forms.reduce((left, form) => left.replaceAll(form, '***'), text);
  const inOptional = (text: string | undefined): string | undefined => (text === undefined ? text : inText(text));
  return {
    inText,
    inError(error) {
      if (!(error instanceof ForgeError)) return error;
      const { said, value, request, hint } = error.details;
      const safe = {
        said: inOptional(said),
        value: inOptional(value),
        request: inText(request),
        hint: inOptional(hint),
      };
      return new ForgeError({ ...error.details, ...safe });
    },
  };
}
