import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What the Dockerfile and a shell in its image use, but for Node. */
const programs = ['sh', 'env', 'git', 'tar', 'gzip', 'mkdir', 'chmod', 'rm', 'ln', 'ls', 'id', 'cat'];
const helpers = ['git-remote-http', 'git-remote-https'];

/**
 * Makes images that stand for those that the Dockerfile begins with, from this machine's own programs and their libraries,
 * in a storage of buildah: no registry is asked. Their `apt-get` installs nothing, since git is there. Like the real image,
 * the one with Node has npm.
 */
export async function makeStandInBases(buildah: (...args: string[]) => Promise<string>): Promise<void> {
  const debian = await debianTree();
  const node = temporaryDirectory().path;
  cpSync(debian, node, { recursive: true, verbatimSymlinks: true });
  await addProgram(node, process.execPath, '/usr/local/bin/node');
  addFile(node, '/usr/local/LICENSE', 'The license of Node\n');
  addFile(node, '/usr/local/bin/npm', '#!/bin/sh\n', 0o755);
  await commit(buildah, debian, 'docker.io/library/debian:bookworm-slim');
  await commit(buildah, node, 'docker.io/library/node:26-bookworm-slim');
}

async function debianTree(): Promise<string> {
  const tree = temporaryDirectory().path;
  for (const name of programs) await addProgram(tree, findProgram(name), `/usr/bin/${name}`);
  const { stdout: core } = await execa('git', ['--exec-path']);
  for (const name of helpers) await addProgram(tree, join(core, name), join(core, name));
  // What Node needs besides is there in Debian: libstdc++.
  for (const library of await librariesOf(process.execPath)) copyInto(tree, library, library);
  addFile(tree, '/bin/sh', '');
  copyFileSync(realpathSync(findProgram('sh')), join(tree, '/bin/sh'));
  addFile(tree, '/usr/bin/apt-get', '#!/bin/sh\n', 0o755);
  addFile(tree, '/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(certificates)) copyInto(tree, certificates, certificates);
  mkdirSync(join(tree, 'tmp'));
  chmodSync(join(tree, 'tmp'), 0o1777);
  for (const folder of ['proc', 'dev', 'sys', 'var/lib/apt/lists']) mkdirSync(join(tree, folder), { recursive: true });
  return tree;
}

async function commit(buildah: (...args: string[]) => Promise<string>, tree: string, name: string): Promise<void> {
  const container = (await buildah('from', '--pull-never', 'scratch')).trim();
  await buildah('copy', '--quiet', container, tree, '/');
  await buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container);
  await buildah('commit', '--quiet', container, name);
  await buildah('rm', container);
}

async function addProgram(tree: string, from: string, to: string): Promise<void> {
  copyInto(tree, from, to);
  chmodSync(join(tree, to), 0o755);
  for (const library of await librariesOf(from)) copyInto(tree, library, library);
}

/** The shared libraries of a program, and the loader that its header names; none of a script or a static one. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout, exitCode } = await execa('ldd', [realpathSync(program)], { reject: false });
  if (exitCode !== 0) return [];
  return stdout.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

function copyInto(tree: string, from: string, to: string): void {
  const path = join(tree, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(realpathSync(from), path);
}

function addFile(tree: string, to: string, text: string, mode = 0o644): void {
  const path = join(tree, to);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
