import { join, relative } from 'node:path';
import ts from 'typescript';

/** What only tests use and stays, by `file name`, and why. */
const allowed: ReadonlyMap<string, string> = new Map([
  ['src/simulate/simulate.ts simulate', 'does in one call what the command divides between two threads'],
]);

/**
 * Names the exported functions of `src`, and the methods of its exported interfaces and classes, that tests or benchmarks
 * use and nothing else does, beside what declares and implements them. Takes the folder of the checkout; gives a line for
 * each, `file name`, sorted.
 */
export async function unusedMethods(root: string): Promise<string[]> {
  const program = programOf(root);
  const checker = program.getTypeChecker();
  const sources = program.getSourceFiles().filter(({ fileName }) => isOwn(root, fileName));
  const candidates = sources.filter(({ fileName }) => roomOf(root, fileName) === 'src').flatMap(exportedCallables);
  const names = namesOf(candidates, sources);
  const uses = usesIn(checker, root, sources, names);
  return candidates
    .filter((node) => uses.byTests.has(node) && !uses.bySource.has(node))
    .filter((node) => !isUsedThroughOther(checker, node, uses.bySource))
    .map((node) => `${relative(root, node.getSourceFile().fileName)} ${nameOf(node)}`)
    .filter((line) => !allowed.has(line))
    .sort();
}

function programOf(root: string): ts.Program {
  const path = join(root, 'tsconfig.json');
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  return ts.createProgram(fileNames, { ...options, noEmit: true, skipLibCheck: true });
}

function isOwn(root: string, fileName: string): boolean {
  return fileName.startsWith(`${root}/`) && !fileName.includes('/node_modules/');
}

/** The folder at the top: `src`, `test`, … */
function roomOf(root: string, fileName: string): string {
  return relative(root, fileName).split('/')[0] ?? '';
}

type Callable =
  | ts.FunctionDeclaration
  | ts.VariableDeclaration
  | ts.MethodDeclaration
  | ts.GetAccessorDeclaration
  | ts.MethodSignature
  | ts.PropertySignature;

function exportedCallables(source: ts.SourceFile): Callable[] {
  return source.statements.filter(isExported).flatMap((statement): Callable[] => {
    if (ts.isFunctionDeclaration(statement)) return [statement];
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.filter(isFunctionVariable);
    if (ts.isInterfaceDeclaration(statement)) return statement.members.filter(isMethodOfType);
    if (ts.isTypeAliasDeclaration(statement) && ts.isTypeLiteralNode(statement.type))
      return statement.type.members.filter(isMethodOfType);
    return ts.isClassDeclaration(statement) ? statement.members.filter(isMethodOfClass) : [];
  });
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function isFunctionVariable({ initializer }: ts.VariableDeclaration): boolean {
  return initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
}

function isMethodOfType(member: ts.TypeElement): member is ts.MethodSignature | ts.PropertySignature {
  if (ts.isMethodSignature(member)) return true;
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isFunctionTypeNode(member.type);
}

function isMethodOfClass(member: ts.ClassElement): member is ts.MethodDeclaration | ts.GetAccessorDeclaration {
  return ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member);
}

function nameOf(node: Callable): string {
  const { parent, name } = node;
  const isMember = ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent);
  const owner = isMember ? `${parent.name?.text}.` : '';
  return `${owner}${name?.getText()}`;
}

/** What these are called, also where a file imports them by another name. */
function namesOf(candidates: readonly Callable[], sources: readonly ts.SourceFile[]): ReadonlySet<string> {
  const names = new Set(candidates.flatMap(({ name }) => name?.getText() ?? []));
  const imports = sources.flatMap(({ statements }) => statements.filter(ts.isImportDeclaration));
  for (const { importClause } of imports) {
    const bindings = importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    for (const { propertyName, name } of bindings.elements)
      if (propertyName !== undefined && names.has(propertyName.text)) names.add(name.text);
  }
  return names;
}

interface Uses {
  readonly bySource: ReadonlySet<ts.Node>;
  readonly byTests: ReadonlySet<ts.Node>;
}

/** The declarations of these names that are used, by what is shipped or built with, and by tests. */
function usesIn(
  checker: ts.TypeChecker,
  root: string,
  sources: readonly ts.SourceFile[],
  names: ReadonlySet<string>,
): Uses {
  const bySource = new Set<ts.Node>();
  const byTests = new Set<ts.Node>();
  for (const source of sources) {
    const room = roomOf(root, source.fileName);
    const used = room === 'test' || room === 'bench' ? byTests : bySource;
    visit(source, (node) => {
      if (!names.has(nameUsedBy(node) ?? '')) return;
      for (const declaration of usedBy(checker, node)) if (!isWithin(node, declaration)) used.add(declaration);
    });
  }
  return { bySource, byTests };
}

function visit(node: ts.Node, act: (node: ts.Node) => void): void {
  act(node);
  node.forEachChild((child) => visit(child, act));
}

/** A function that calls itself is not used by that. */
function isWithin(node: ts.Node, declaration: ts.Node): boolean {
  return ts.findAncestor(node, (ancestor) => ancestor === declaration) !== undefined;
}

/** The name that an expression uses, or a pattern that takes an object apart; undefined where it uses none. */
function nameUsedBy(node: ts.Node): string | undefined {
  if (ts.isBindingElement(node)) {
    const name = node.propertyName ?? node.name;
    return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression))
    return node.argumentExpression.text;
  return ts.isIdentifier(node) && !isNaming(node) ? node.text : undefined;
}

/** What a node that {@link nameUsedBy} finds a name in stands for. */
function usedBy(checker: ts.TypeChecker, node: ts.Node): readonly ts.Node[] {
  if (ts.isBindingElement(node))
    return declarationsOf(checker, checker.getTypeAtLocation(node.parent).getProperty(nameUsedBy(node) ?? ''));
  if (ts.isElementAccessExpression(node))
    return declarationsOf(checker, checker.getSymbolAtLocation(node.argumentExpression));
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent))
    return declarationsOf(checker, checker.getShorthandAssignmentValueSymbol(parent));
  return declarationsOf(checker, checker.getSymbolAtLocation(node));
}

/** Whether an identifier names what stands there, and uses nothing. */
function isNaming(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isBindingElement(parent)) return true;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return 'name' in parent && parent.name === node && !ts.isPropertyAccessExpression(parent);
}

function declarationsOf(checker: ts.TypeChecker, symbol: ts.Symbol | undefined): readonly ts.Node[] {
  if (symbol === undefined) return [];
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return target.declarations ?? [];
}

/** Whether a method is used as that of another type, to which its own may be assigned: a client as a port. */
function isUsedThroughOther(checker: ts.TypeChecker, node: Callable, used: ReadonlySet<ts.Node>): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)) return false;
  const own = checker.getTypeAtLocation(node.parent);
  return [...used].some((other) => {
    const isMember = ts.isMethodSignature(other) || ts.isPropertySignature(other);
    if (!isMember || other.name.getText() !== node.name.getText()) return false;
    return checker.isTypeAssignableTo(own, checker.getTypeAtLocation(other.parent));
  });
}
