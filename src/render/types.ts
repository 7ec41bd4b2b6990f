/** Rendered files by their path in the mirror repository, `/` between folders. */
export type RenderedFiles = ReadonlyMap<string, string>;

/** What differs between the rendered files and those on disk. Paths are sorted. */
export interface RenderChange {
  readonly path: string;
  /** `undefined`: the file is not there yet. */
  readonly before: string | undefined;
  /** `undefined`: the file is to be removed. */
  readonly after: string | undefined;
}

/** Gives a template's source by its name below `templates/`, such as `sync/image.yaml.hbs`. */
export type TemplateSource = (name: string) => Promise<string>;
