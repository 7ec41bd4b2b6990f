import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startService } from './service.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a program that ends too early is told, with what it said', async () => {
  const service = startService(['sh', '-c', 'echo the port is taken >&2; exit 3'], temporaryDirectory().path);
  await expect(service.logged(/listening/)).rejects.toThrow(/the port is taken\nended with 3/);
  await service.stop();
});

test('stopping ends the program and removes its folder', async () => {
  const { path } = temporaryDirectory();
  const service = startService(['sh', '-c', 'echo pid=$$; exec sleep 600'], path);
  const [, pid] = await service.logged(/pid=(\d+)\n/);
  expect(() => process.kill(Number(pid), 0)).not.toThrow();
  await service.stop();
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  expect(existsSync(path)).toBe(false);
});

test('a program is killed, whatever it does, and its folder is gone when it is stopped', async () => {
  const { path } = temporaryDirectory();
  const service = startService(['sh', '-c', 'trap : TERM; echo listening; while :; do sleep 0.01; done'], path);
  await service.logged(/listening/);
  await service.kill();
  expect(readFileSync(join(path, 'log'), 'utf8')).toContain('ended with 137');
  await service.stop();
  expect(existsSync(path)).toBe(false);
});
