/** What proves to a registry who asks. `from` says where it was found, for messages. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string; readonly from: string }
  /** A refresh token, exchanged for access tokens (distribution's auth/oauth.md). */
  | { readonly kind: 'identity-token'; readonly token: string; readonly from: string };

/** Finds credentials where `skopeo login` and `docker login` put them. */
export interface CredentialStore {
  /**
   * Credentials for a repository of a registry; `undefined` when there are none. `renew` asks the credential helpers
   * again, since what they give may expire.
   *
   * @throws UserError `registry/auth-file`, `registry/credential-helper`
   */
  find(host: string, repository: string, options?: { renew?: boolean }): Promise<Credentials | undefined>;
}
