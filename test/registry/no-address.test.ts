import { expect, it } from 'vitest';
import { boundaryOf } from '../../src/http/boundary.ts';

it('a name without an address is the error of the lookup, for the registry and where it leads', async () => {
  const { lookup } = boundaryOf({ base: new URL('https://nowhere.invalid') });
  for (const name of ['nowhere.invalid', 'elsewhere.invalid']) {
    const error = await new Promise((resolve) => lookup(name, { all: true }, resolve));
    expect(error).toMatchObject({ syscall: 'getaddrinfo', hostname: name });
  }
});
