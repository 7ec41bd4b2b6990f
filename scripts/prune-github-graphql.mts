// Writes test/support/github/description.graphql: the part of GitHub's GraphQL schema that the stand-in serves.
//
//   npm pack @octokit/graphql-schema
//   tsx scripts/prune-github-graphql.mts package/schema.graphql
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefinitionNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';

const target = fileURLToPath(new URL('../test/support/github/description.graphql', import.meta.url));
/** Each with what its payload is asked for. */
const mutations = {
  enablePullRequestAutoMerge: 'pullRequest',
  disablePullRequestAutoMerge: 'pullRequest',
  createCommitOnBranch: 'commit',
};
const payloads = Object.entries(mutations).map(([name, field]) => {
  return [`${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`, ['clientMutationId', field]] as const;
});

/** The fields to keep of each object type; of input types and enums all are kept, as far as something refers to them. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Query: ['viewer'],
  Mutation: Object.keys(mutations),
  Commit: ['oid'],
  User: ['login'],
  PullRequest: ['id', 'number', 'isDraft', 'autoMergeRequest'],
  AutoMergeRequest: ['enabledAt', 'mergeMethod'],
  ...Object.fromEntries(payloads),
};

/** A definition without prose, directives of GitHub's own, interfaces, and fields that are not kept. */
function prune(definition: DefinitionNode): DefinitionNode {
  const bare: DefinitionNode = visit(definition, {
    enter: (node) => ('description' in node ? { ...node, description: undefined, directives: [] } : undefined),
  });
  if (bare.kind !== Kind.OBJECT_TYPE_DEFINITION) return bare;
  const fields = bare.fields?.filter(({ name }) => fieldsOf[bare.name.value]?.includes(name.value)) ?? [];
  return { ...bare, interfaces: [], fields };
}

function namedTypes(definition: DefinitionNode): string[] {
  const names: string[] = [];
  visit(definition, { NamedType: (node) => void names.push(node.name.value) });
  return names;
}

/** The object types of {@link fieldsOf}, and the inputs, enums and scalars that they need. */
function select({ definitions }: DocumentNode): DefinitionNode[] {
  const byName = new Map(definitions.flatMap((node) => ('name' in node && node.name ? [[node.name.value, node]] : [])));
  const kept = new Map<string, DefinitionNode>();
  const open = Object.keys(fieldsOf);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const definition = byName.get(name);
    if (kept.has(name) || definition === undefined) continue;
    const pruned = prune(definition);
    kept.set(name, pruned);
    open.push(...namedTypes(pruned));
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, definition]) => definition);
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Name the file of the full schema: schema.graphql.');
const document = parse(readFileSync(source, 'utf8'));
writeFileSync(target, `${print({ kind: Kind.DOCUMENT, definitions: select(document) })}\n`);
