import { type Copy, DockerfileParser, type From, type Instruction, type Onbuild, type Run } from 'dockerfile-ast';
import type { Place, Problem } from '../core/problem.ts';
import { leftOut, type Reading, type Use } from './types.ts';
import { expandVariables } from './variables.ts';

/**
 * Reads what the stages of a Dockerfile are built from and copied from: `FROM`, `COPY --from`, `RUN --mount=from` and those behind
 * `ONBUILD`, and the image of the syntax directive. `ARG`s before the first `FROM` count with their defaults; what needs others is
 * a warning. Stages of the file itself and `scratch` are no images.
 */
export function readDockerfile(file: string, text: string, firstLine = 1): Reading {
  const { directives, escapeCharacter, instructions } = parse(text);
  const reader = new StageReader(file, firstLine, escapeCharacter);
  const syntax = directives.find((directive) => directive.getName().toLowerCase() === 'syntax');
  if (syntax !== undefined) reader.use(syntax.getValue(), syntax.getRange().start.line);
  for (const instruction of instructions) reader.read(instruction);
  if (!reader.hasFrom) {
    const message = 'A Dockerfile has a `FROM`, and this one has none.';
    reader.problems.push(leftOut('no-from', { file, line: firstLine }, message));
  }
  return reader;
}

function parse(text: string) {
  const dockerfile = DockerfileParser.parse(text.replace(/^\ufeff/, ''));
  return {
    directives: dockerfile.getDirectives(),
    escapeCharacter: dockerfile.getEscapeCharacter() === '`' ? ('`' as const) : ('\\' as const),
    instructions: dockerfile.getInstructions(),
  };
}

class StageReader implements Reading {
  readonly uses: Use[] = [];
  readonly problems: Problem[] = [];
  hasFrom = false;
  readonly #file: string;
  readonly #firstLine: number;
  readonly #escape: '\\' | '`';
  readonly #arguments = new Map<string, string>();
  readonly #stages = new Set<string>();

  constructor(file: string, firstLine: number, escapeCharacter: '\\' | '`') {
    this.#file = file;
    this.#firstLine = firstLine;
    this.#escape = escapeCharacter;
  }

  read(instruction: Instruction): void {
    const line = instruction.getInstructionRange().start.line;
    switch (instruction.getKeyword()) {
      case 'ARG':
        if (!this.hasFrom) this.#readArguments(instruction.getArgumentsContent() ?? '');
        break;
      case 'FROM':
        this.#readFrom(instruction as From, line);
        break;
      case 'COPY': {
        const from = (instruction as Copy).getFromFlag()?.getValue();
        if (from) this.#useUnlessStage(from, line);
        break;
      }
      case 'RUN':
        for (const from of mountedFrom(instruction as Run)) this.#useUnlessStage(from, line);
        break;
      case 'ONBUILD': {
        const trigger = (instruction as Onbuild).getTriggerInstruction();
        if (trigger !== null && trigger.getKeyword() !== 'ONBUILD') this.read(trigger);
        break;
      }
    }
  }

  /** `ARG A=1 B="2"`: each value may name those before it. */
  #readArguments(content: string): void {
    for (const [, name = '', doubled, single, plain] of content.matchAll(
      /([A-Za-z_]\w*)(?:=(?:"([^"]*)"|'([^']*)'|(\S*)))?/g,
    )) {
      const value = doubled ?? single ?? plain;
      if (value === undefined) continue;
      const expanded = single === undefined ? this.#expand(value) : { text: value };
      if ('text' in expanded) this.#arguments.set(name, expanded.text);
    }
  }

  #readFrom(from: From, line: number): void {
    this.hasFrom = true;
    const image = unquoted(from.getImage() ?? '');
    const stage = from.getBuildStage();
    if (image === '') {
      this.problems.push(leftOut('no-image', this.#place(line), '`FROM` is followed by an image.'));
    } else {
      const expanded = this.#expand(image);
      if (!('text' in expanded)) this.#unknown(expanded.missing, image, line);
      else if (!this.#stages.has(expanded.text.toLowerCase())) this.use(expanded.text, line);
    }
    if (stage !== null) this.#stages.add(stage.toLowerCase());
  }

  /** `--from` names a stage by name or number, or an image; variables are not expanded there. */
  #useUnlessStage(written: string, line: number): void {
    const from = unquoted(written);
    if (/^\d+$/.test(from) || this.#stages.has(from.toLowerCase())) return;
    const expanded = this.#expand(from);
    if ('text' in expanded) this.use(expanded.text, line);
    else this.#unknown(expanded.missing, from, line);
  }

  use(text: string, line: number): void {
    if (text === 'scratch') return;
    this.uses.push({ kind: 'dockerfile', text, place: this.#place(line), count: 1 });
  }

  #unknown(variable: string, image: string, line: number): void {
    const message = `\`${variable}\` has no default, so that the image is not known.`;
    const hint = `Give it one, such as \`ARG ${variable}=…\` before the first \`FROM\`, where the image is to count.`;
    this.problems.push(leftOut('variable', this.#place(line), message, image, hint));
  }

  #expand(text: string) {
    return expandVariables(text, { lookup: (name) => this.#arguments.get(name), escape: this.#escape });
  }

  #place(line: number): Place {
    return { file: this.#file, line: line + this.#firstLine };
  }
}

function mountedFrom(run: Run): string[] {
  const mounts = run.getFlags().filter((flag) => flag.getName() === 'mount');
  return mounts.flatMap((flag) => flag.getOption('from')?.getValue() || []);
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2');
}
