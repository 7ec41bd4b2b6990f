/** The repository of an image below a namespace (which may be empty), such as `library/golang`. */
export function repositoryPath(namespace: string, image: string): string {
  return namespace === '' ? image : `${namespace}/${image}`;
}
