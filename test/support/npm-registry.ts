import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanUp } from './cleanup.ts';
import { readProjectFile } from './project-files.ts';

/** A registry of npm that knows the dependencies of this project, and nothing of what they depend on. */
export async function startNpm(): Promise<string> {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readProjectFile('package.json'));
  const server = createServer(({ url = '' }, answer) => {
    const name = decodeURIComponent(url.slice(1));
    const version = dependencies[name];
    if (version === undefined) return answer.writeHead(404).end('{}');
    const dist = { tarball: `http://127.0.0.1/${name}.tgz`, integrity: `sha512-${'A'.repeat(86)}==` };
    const packument = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };
    return answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
