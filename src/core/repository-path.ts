/** The repository of an image below a namespace (which may be empty), such as `library/golang`. */
export function repositoryPath(namespace: string, image: string): string {
  return namespace === '' ? image : `${namespace}/${image}`;
}

/** A namespace of a registry as people write it: `HOST/NAMESPACE`, or the host alone where the namespace is empty. */
export function namespacePath(host: string, namespace: string): string {
  return namespace === '' ? host : `${host}/${namespace}`;
}
