/** What the SDK's sentence about each kind of source means, in short: statements, and technical English. */
import type { Statement } from '../statement';
import type { FailedSource } from './credential-chain';
import type { CredentialSource } from './credential-types';
import { chosenProfile, profileSettings, sharedFiles } from './shared-files';
import { awsStatement } from './aws-statements';

/** Why a source gave none. `isPassing`: it could not be asked. */
export interface Verdict {
  readonly statements: readonly Statement[];
  readonly words: string;
  readonly isPassing?: boolean;
}

export function judgeEnvironment(): Verdict | undefined {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const [set, ...others] = names.filter((name) => (process.env[name] ?? '') !== '');
  const absent = names.find((name) => name !== set);
  return set === undefined || absent === undefined || others.length > 0
    ? undefined
    : said(
        awsStatement('credentials.halfEnvironment', { set, absent }),
        `the environment variable ${set} is set, but ${absent} is not`,
      );
}

/** @param callStatus of the answer to the SDK's last call, where that was a refusal */
export function judgeProfile(profile: string, message: string, callStatus?: number): Verdict | undefined {
  const named = `the profile "${profile}"`;
  if (message.startsWith('Command failed')) {
    return /(?:^|[\\/])[\w.-]*sh: .*not found\s*$|is not recognized as/m.test(message)
      ? said(
          awsStatement('credentials.processAbsent', { profile }),
          `the program that ${named} names as its credential_process does not exist`,
        )
      : passing(
          awsStatement('credentials.processFailed', { profile }),
          `the credential process of ${named} failed`,
        );
  }
  if (message.includes('credential_process returned invalid JSON')) {
    return passing(
      awsStatement('credentials.processFailed', { profile }),
      `the credential process of ${named} printed something else`,
    );
  }
  if (/credential_process (?:did not return|returned)/.test(message)) {
    return said(
      awsStatement('credentials.processAnswer', { profile }),
      `the credential process of ${named} printed no credentials that are valid now`,
    );
  }
  if (/\baws login\b|reauthenticate/i.test(message)) {
    return said(
      awsStatement('credentials.loginExpired', { profile }),
      `the sign-in of ${named} has expired; run: aws login --profile ${profile}`,
    );
  }
  if (/\bSSO\b.*\b(?:expired|invalid)|\bsso login\b|UnauthorizedException|Token is expired/i.test(message)) {
    return said(
      awsStatement('credentials.ssoExpired', { profile }),
      `the SSO sign-in of ${named} has expired; run: aws sso login --profile ${profile}`,
    );
  }
  if (/\bMFA\b|multi-factor/i.test(message)) {
    return said(
      awsStatement('credentials.mfa', { profile }),
      `${named} asks for an MFA code, which nobody can type here`,
    );
  }
  if (/cycle/i.test(message)) {
    return said(
      awsStatement('credentials.cycle', { profile }),
      `the source profiles of ${named} form a circle`,
    );
  }
  if (callStatus !== undefined) {
    return said(
      awsStatement('credentials.serviceRefused', { profile, status: callStatus }),
      `a service that ${named} needs refused (HTTP ${callStatus})`,
    );
  }
  const settings = profileSettings(profile, process.env);
  if (settings !== undefined) {
    return said(
      awsStatement('credentials.profileEmpty', { profile }),
      `${named} of the shared AWS files has none that can be used`,
    );
  }
  // The chain always looks for a default profile: one that does not exist is not worth a report.
  if (profile === 'default' && chosenProfile(process.env) === profile) {
    return undefined;
  }
  const [config, credentials] = sharedFiles(process.env);
  return said(
    awsStatement('credentials.profileAbsent', { profile, config, credentials }),
    `there is no profile "${profile}" in ${config} or ${credentials}`,
  );
}

export function judgeContainer(failure: unknown, message: string): Verdict {
  const status = Number(/^Server responded with status: (\d+)/.exec(message)?.[1]);
  const code =
    typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined;
  if (!isProviderError(failure) && typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return said(
      awsStatement('credentials.tokenFile', { variable: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE' }),
      'the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names cannot be read',
    );
  }
  if (code === 'ERR_INVALID_URL' || message.includes('URL not accepted')) {
    return said(
      awsStatement('credentials.containerAddress', {}),
      'AWS_CONTAINER_CREDENTIALS_FULL_URI is not an address that may be asked for them',
    );
  }
  return Number.isNaN(status) || isPassingStatus(status)
    ? passing(
        awsStatement('credentials.container', {}),
        `the container’s credential service ${Number.isNaN(status) ? 'cannot be reached' : `answered HTTP ${status}`}`,
      )
    : said(
        awsStatement('credentials.containerRefused', { status }),
        `the container’s credential service refused (HTTP ${status})`,
      );
}

const HOP_LIMIT =
  'in a container on an instance, set the hop limit of the instance’s metadata options to 2 (aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id ID)';

export function judgeInstance(failure: unknown, message: string, isExpected: boolean): Verdict | undefined {
  const status = statusOf(failure);
  if (status === 401 || message.includes('v1 fallback')) {
    return said(
      awsStatement('credentials.hopLimit', {}),
      `the instance metadata service wants a session token, and gave none; ${HOP_LIMIT}`,
      awsStatement('credentials.setHopLimit', {}),
    );
  }
  if (status === 404) {
    return said(
      awsStatement('credentials.instanceRole', {}),
      'this instance has no role; attach an instance profile to it',
    );
  }
  if (status !== undefined && !isPassingStatus(status)) {
    return said(
      awsStatement('credentials.instanceRefused', { status }),
      `the instance metadata service refused (HTTP ${status})`,
    );
  }
  if (status !== undefined || !isInstanceMessage(message) || isExpected) {
    const what = status === undefined ? 'gave no answer that can be used' : `answered HTTP ${status}`;
    return passing(
      awsStatement('credentials.instance', {}),
      `the instance metadata service ${what}; ${HOP_LIMIT}`,
      awsStatement('credentials.setHopLimit', {}),
    );
  }
  return undefined;
}

export function noneFound(source: CredentialSource): Verdict {
  switch (source.kind) {
    case 'keys':
      return said(
        awsStatement('credentials.emptyKeys', {}),
        'the access key id or the secret access key is empty',
      );
    case 'profile':
      return said(
        awsStatement('credentials.profileEmpty', { profile: source.profile }),
        `the profile "${source.profile}" of the shared AWS files has none that can be used`,
      );
    case 'iot':
      return said(
        awsStatement('credentials.iotAnswer', { endpoint: source.endpoint }),
        `the answer of ${source.endpoint} is not one of AWS IoT’s credential provider`,
      );
    case 'default':
      return said(
        awsStatement('credentials.nowhere', {}),
        'the AWS default provider chain (environment, shared files, SSO, web identity, container and instance roles) gave none',
      );
  }
}

export function placeOf({ kind, profile = '' }: FailedSource): string {
  switch (kind) {
    case 'profile':
      return `the profile "${profile}"`;
    case 'iot':
      return 'AWS IoT’s credential provider';
    default:
      return 'the AWS default provider chain';
  }
}

export function said(statement: Statement, words: string, ...more: readonly Statement[]): Verdict {
  return { statements: [statement, ...more], words };
}

export function passing(statement: Statement, words: string, ...more: readonly Statement[]): Verdict {
  return { ...said(statement, words, ...more), isPassing: true };
}

/** Throttled, or the server's own trouble. */
export function isPassingStatus(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

export function isInstanceMessage(message: string): boolean {
  return /metadata/i.test(message);
}

function statusOf(failure: unknown): number | undefined {
  const status =
    typeof failure === 'object' && failure !== null && 'statusCode' in failure
      ? failure.statusCode
      : undefined;
  return typeof status === 'number' ? status : undefined;
}

export function isProviderError(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('ProviderError');
}
