/** The CA bundle that AWS tools are configured to use: `AWS_CA_BUNDLE`, or `ca_bundle` of the profile. */
import { readFileSync } from 'node:fs';
import type { NetworkOptions } from '../http';
import type { CredentialSource } from './credential-types';
import { chosenProfile, profileSettings } from './shared-files';

/** The bundle cannot be read. Its code is the system's, such as `ENOENT`. */
export class InvalidCaBundle extends Error {
  override readonly name = 'InvalidCaBundle';

  constructor(
    setting: string,
    path: string,
    readonly code: string | undefined,
  ) {
    super(`${setting} names ${path}, which cannot be read${code === undefined ? '' : ` (${code})`}`);
  }
}

/**
 * Trusts the bundle too. It is read with the first connection.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
 */
export function withCaBundle(network: NetworkOptions | undefined, source: CredentialSource): NetworkOptions {
  const profile = source.kind === 'profile' ? source.profile : undefined;
  return { ...network, moreAuthorities: () => readBundle(profile, process.env) };
}

function readBundle(profile: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const named = environment['AWS_CA_BUNDLE']?.trim() ?? '';
  if (named !== '') {
    return read('AWS_CA_BUNDLE', named);
  }
  const chosen = profile ?? chosenProfile(environment);
  const path = profileSettings(chosen, environment)?.get('ca_bundle') ?? '';
  return path === '' ? undefined : read(`ca_bundle of the profile "${chosen}"`, path);
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    throw new InvalidCaBundle(setting, path, code);
  }
}
