/** Where credentials were found, for people who ask which were used. */
import { definedOnly } from '../defined-only';
import type { Credentials, CredentialSource } from './credential-types';

/** Where credentials were found. Names and kinds alone, never their content. */
export interface CredentialOrigin {
  /** `chain`: the default provider chain, which did not say where. */
  readonly kind:
    'keys' | 'environment' | 'profile' | 'webIdentity' | 'container' | 'instance' | 'iot' | 'chain';
  /** Of the shared files; with `profile`. */
  readonly profile?: string;
  /** With `iot`, where it is set. */
  readonly thingName?: string;
  /** The role that was assumed with what was found there. */
  readonly roleArn?: string;
}

/**
 * The markers of the default chain's providers: profiles first, since one may use the other sources in turn.
 * `smithy.api` feature names, as in the SDK's `setCredentialFeature`.
 */
const MARKERS: readonly (readonly [RegExp, CredentialOrigin['kind']])[] = [
  [/^CREDENTIALS_(PROFILE|SSO|PROCESS|LOGIN)/, 'profile'],
  [/^CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN$/, 'webIdentity'],
  [/^CREDENTIALS_ENV_VARS$/, 'environment'],
  [/^CREDENTIALS_HTTP$/, 'container'],
  [/^CREDENTIALS_IMDS$/, 'instance'],
];

/**
 * @param lastTried what the chain said it was trying when it succeeded; its last provider leaves no marker
 */
export function originOf(
  source: CredentialSource,
  credentials: Credentials,
  lastTried: string | undefined,
): CredentialOrigin {
  switch (source.kind) {
    case 'keys':
      return { kind: 'keys' };
    case 'profile':
      return { kind: 'profile', profile: source.profile };
    case 'iot':
      return { kind: 'iot', ...definedOnly({ thingName: source.thingName }) };
    case 'default': {
      const marks = marksOn(credentials);
      const found = MARKERS.find(([marker]) => marks.some((mark) => marker.test(mark)))?.[1];
      if (found === 'profile') {
        return { kind: found, profile: process.env['AWS_PROFILE'] ?? 'default' };
      }
      const isInstance = lastTried?.endsWith('fromInstanceMetadata') === true;
      return { kind: found ?? (isInstance ? 'instance' : 'chain') };
    }
  }
}

/** What the SDK's providers leave on the credentials that they make, for its own user agent. */
function marksOn(credentials: object): readonly string[] {
  const marks = '$source' in credentials ? credentials.$source : undefined;
  return typeof marks === 'object' && marks !== null ? Object.keys(marks) : [];
}

/** As it may stand behind “with” in a sentence. */
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
    case 'chain':
      return 'what the AWS default provider chain found';
  }
}
