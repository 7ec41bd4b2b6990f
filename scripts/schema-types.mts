import { compile, type JSONSchema } from 'json-schema-to-typescript';

const banner = '// Generated from schema/mirrors.schema.json by `npm run generate`. Do not edit.';

/** The TypeScript types of a JSON schema, as the text of a module. The same schema gives the same text. */
export function schemaTypes(schema: JSONSchema): Promise<string> {
  return compile(schema, 'MirrorsYaml', {
    bannerComment: banner,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
}
