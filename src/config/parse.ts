import { UserError } from '../core/problem.ts';
import { readDocument } from './document.ts';
import { type Findings, startFindings } from './findings.ts';
import { locator } from './locate.ts';
import { checkVariables } from './misplaced-variables.ts';
import { checkNesting } from './nesting.ts';
import { normalForm } from './normal-form.ts';
import { inFileOrder } from './problem-order.ts';
import { checkShape } from './shape.ts';
import { sourceText } from './source-text.ts';
import { checkText } from './text-checks.ts';
import { checkTop } from './top.ts';
import type { Config } from './types.ts';
import type { Environment } from './variables.ts';

export interface ParseOptions {
  /** How messages name the file. */
  readonly file: string;
  /** Where `${NAME}` is looked up. */
  readonly env: Environment;
}

/**
 * Reads the text of a mirrors.yaml into its normal form.
 *
 * @throws UserError all that is wrong with it, in the file's order; its codes begin with `config/`
 */
export function parseConfig(text: string, { file, env }: ParseOptions): Config {
  const findings = startFindings();
  const config = readConfig(text, { file, env }, findings);
  const problems = inFileOrder(findings.problems, file);
  if (config === undefined || findings.hasErrors) throw new UserError(problems);
  return { ...config, warnings: problems };
}

/** Each step needs what the one before it gives: text, YAML, shape, normal form. */
function readConfig(text: string, { file, env }: ParseOptions, findings: Findings) {
  const source = sourceText(file, text.replace(/^\ufeff/, ''));
  checkText(source, findings);
  if (!findings.hasErrors) checkNesting(source, findings);
  const read = findings.hasErrors ? undefined : readDocument(source, findings);
  if (read === undefined) return undefined;
  const locate = locator(read.document, source);
  if (!checkTop(read.data, file, locate, findings)) return undefined;
  const data = checkShape(read.data, locate, findings);
  checkVariables(data, locate, findings);
  return normalForm(data, file, { env, locate, findings });
}
