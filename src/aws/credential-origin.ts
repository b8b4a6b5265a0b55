/** Where credentials were found, for people who ask which were used. */

/** Where credentials were found. Names and kinds alone, never their content. */
export interface CredentialOrigin {
  readonly kind: 'keys' | 'environment' | 'profile' | 'webIdentity' | 'container' | 'instance' | 'iot';
  /** Of the shared files; with `profile`. */
  readonly profile?: string;
  /** With `iot`, where it is set. */
  readonly thingName?: string;
  /** The role that was assumed with what was found there. */
  readonly roleArn?: string;
}

/** As it may follow “with” in a sentence. */
export function describeOrigin(origin: CredentialOrigin): string {
  const base = describeBase(origin);
  return origin.roleArn === undefined ? base : `the role ${origin.roleArn}, assumed with ${base}`;
}

function describeBase({ kind, profile = '', thingName }: CredentialOrigin): string {
  switch (kind) {
    case 'keys':
      return 'the access keys of its config node';
    case 'environment':
      return 'the keys of the environment variables';
    case 'profile':
      return `the profile "${profile}" of the shared AWS files`;
    case 'webIdentity':
      return 'the web identity that the environment names';
    case 'container':
      return 'the role of the container';
    case 'instance':
      return 'the role of the instance';
    case 'iot':
      return thingName === undefined
        ? 'the IoT certificate of its config node'
        : `the IoT certificate of the thing "${thingName}"`;
  }
}
