// What the structure of src must be, beside its layers: see test/repository/structure.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** A file below src/ that one other file imports, which stands beside it. */
export interface OnlyImported {
  readonly file: string;
  readonly lines: number;
  readonly importer: string;
}

/** Files with fewer lines than `most` beside their only importer in src/. @param root the top of a project */
export function smallNeighbours(root: string, most: number): OnlyImported[] {
  const files = sources(root);
  const importers = new Map<string, Set<string>>();
  for (const { path, file } of files) {
    for (const to of imported(file).map((specifier) => relative(root, resolve(root, dirname(path), specifier)))) {
      importers.set(to, (importers.get(to) ?? new Set()).add(path));
    }
  }
  return files.flatMap(({ path, text }) => {
    const [importer, another] = importers.get(path) ?? [];
    const lines = text.trimEnd().split('\n').length;
    if (importer === undefined || another !== undefined || lines >= most) return [];
    return dirname(importer) === dirname(path) ? [{ file: path, lines, importer }] : [];
  });
}

/** A function and its lines, without those of functions that are declared within it. */
export interface LongFunction {
  readonly place: string;
  readonly lines: number;
}

/** Functions of src/ with more lines than `most`. @param root the top of a project */
export function longFunctions(root: string, most: number): LongFunction[] {
  return sources(root).flatMap(({ path, file }) => {
    const found: LongFunction[] = [];
    const linesOf = (node: ts.Node) =>
      file.getLineAndCharacterOfPosition(node.end).line -
      file.getLineAndCharacterOfPosition(node.getStart(file)).line +
      1;
    /** Gives the lines of the outermost functions within a node. */
    const visit = (node: ts.Node): number => {
      let within = 0;
      ts.forEachChild(node, (child) => {
        within += visit(child);
      });
      if (!isFunction(node)) return within;
      const own = linesOf(node) - within;
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      if (own > most) found.push({ place: `${path}:${line + 1}`, lines: own });
      return linesOf(node);
    };
    visit(file);
    return found;
  });
}

/** Files of src/ with more lines than `most`. @param root the top of a project */
export function longFiles(root: string, most: number): string[] {
  return sources(root)
    .filter(({ text }) => text.trimEnd().split('\n').length > most)
    .map(({ path }) => path);
}

function isFunction(node: ts.Node): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node)
  );
}

interface SourceText {
  /** From the top of the project. */
  readonly path: string;
  readonly text: string;
  readonly file: ts.SourceFile;
}

function sources(root: string): SourceText[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => {
      const path = join('src', name);
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, file: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
    });
}

/** The relative files that a file imports, be it when it runs. */
function imported(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')) found.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
