/** Where credentials were found, for people who ask which were used. */

/** Where credentials were found. Names and kinds alone, never their content. */
export interface CredentialOrigin {
  readonly kind: 'keys' | 'environment' | 'profile' | 'webIdentity' | 'container' | 'instance' | 'iot';
  /** Name of the profile in the shared files; with `profile`. */
  readonly profile?: string;
  /** With `iot`, where it is set. */
  readonly thingName?: string;
  /** The role that was assumed with what was found there. */
  readonly roleArn?: string;
}
