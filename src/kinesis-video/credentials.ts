import { withDeadline } from './abort';
import type { CredentialOrigin } from './credential-origin';
import type { CredentialProvider, Credentials, CredentialSource } from './credential-source';
import { createProvider } from './credential-source';
import { KinesisVideoError } from './errors';
import { errorFromFailure, unfold, withoutSecrets } from './failure';
import type { Transport } from './transport';

export interface CredentialResolverOptions {
  readonly source: CredentialSource;
  /** For the roles that are assumed here or by a profile, and for sign-ins. */
  readonly region: string;
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly transport: Transport;
  /** The time by the service's clock, ms since the epoch. */
  readonly now: () => number;
  /** A provider may run a program or ask another service; one that hangs must not hang every call behind it. */
  readonly timeoutMs: number;
  /** For each answer that is asked for on the way, ms. */
  readonly answerTimeoutMs: number;
}

/** New credentials are asked for this long before the old ones expire. */
const REFRESH_BEFORE_MS = 5 * 60_000;

/** Resolves credentials when they are first needed, keeps them until shortly before they expire, shares one attempt. */
export class CredentialResolver {
  readonly #options: CredentialResolverOptions;
  #provider: CredentialProvider | undefined;
  #current: Credentials | undefined;
  #pending: Promise<Credentials> | undefined;
  #origin: CredentialOrigin | undefined;
  /** Outlives `forget`: the service may echo what was sent before. */
  #secrets: readonly string[] = [];

  constructor(options: CredentialResolverOptions) {
    this.#options = options;
  }

  /** Rejects with a `KinesisVideoError` of operation `Credentials`. */
  async get(): Promise<Credentials> {
    if (this.#current !== undefined && this.#msLeft(this.#current) > REFRESH_BEFORE_MS) {
      return this.#current;
    }
    this.#pending ??= this.#refresh();
    return this.#pending;
  }

  /** Makes the next `get` ask the source again, shared files included. */
  forget(): void {
    this.#provider = undefined;
    this.#current = undefined;
    this.#pending = undefined;
  }

  /** Where the credentials came from that were got last; undefined before. */
  get origin(): CredentialOrigin | undefined {
    return this.#origin;
  }

  /** What must be cut out of anything that is shown. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  #msLeft({ expiration }: Credentials): number {
    return expiration === undefined ? Infinity : expiration.getTime() - this.#options.now();
  }

  #refresh(): Promise<Credentials> {
    const attempt: Promise<Credentials> = this.#ask().then(
      (credentials) => {
        if (this.#pending === attempt) {
          this.#pending = undefined;
          this.#current = credentials;
        }
        return credentials;
      },
      (failure: unknown) => {
        const current = this.#pending === attempt ? this.#current : undefined;
        if (this.#pending === attempt) {
          this.#pending = undefined;
          this.#provider = undefined;
        }
        if (current !== undefined && this.#msLeft(current) > 0) {
          return current;
        }
        throw this.#failed(failure);
      },
    );
    return attempt;
  }

  async #ask(): Promise<Credentials> {
    const { source, timeoutMs } = this.#options;
    const late = () => new Error(`no answer within ${timeoutMs} ms`);
    this.#provider ??= createProvider(source, this.#options);
    const provider = this.#provider;
    let credentials: Credentials | undefined;
    try {
      credentials = await withDeadline(timeoutMs, late, [], provider);
    } finally {
      // Also where a refresh fails: what was got before is used as long as it holds.
      const found = provider.found();
      const secrets = [found, credentials, this.#current].flatMap(secretsIn);
      this.#secrets = secrets.length === 0 ? this.#secrets : secrets;
    }
    this.#origin = provider.origin();
    if (credentials.accessKeyId.trim() === '' || credentials.secretAccessKey.trim() === '') {
      throw new Error('empty credentials');
    }
    return credentials;
  }

  /** A source that was asked and refused keeps its own error type; all else is `MissingCredentials`. */
  #failed(failure: unknown): KinesisVideoError {
    const context = { secrets: this.#secrets };
    const converted = errorFromFailure(failure, 'Credentials', context);
    if (converted.statusCode !== null && converted.statusCode >= 300) {
      return converted;
    }
    if (converted.networkCode !== undefined && !unfold(failure).some(isProviderError)) {
      return converted;
    }
    // What a provider says may repeat the command line and the output of a credential process, so it is not passed on.
    const cause = withoutSecrets(failure, context);
    cause.message = '';
    cause.stack = (cause.stack ?? '').replace(/^.*$/m, cause.name);
    return new KinesisVideoError(`No AWS credentials: ${describe(this.#options.source)}${reason(failure)}.`, {
      ErrorType: 'MissingCredentials',
      operation: 'Credentials',
      cause,
    });
  }
}

function secretsIn(credentials: Credentials | undefined): string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? {};
  return [accessKeyId, secretAccessKey, sessionToken].filter((secret) => secret !== undefined);
}

function describe(source: CredentialSource): string {
  switch (source.kind) {
    case 'keys':
      return 'the access key id or the secret access key is empty';
    case 'profile':
      return `the profile "${source.profile}" of the shared AWS files gave none`;
    case 'iot':
      return `AWS IoT’s credential provider at ${source.endpoint} gave none`;
    case 'default':
      return 'the AWS default provider chain (environment, shared files, SSO, web identity, container and instance roles) gave none';
  }
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/unreadable credentials/, ', for its answer is not one of AWS IoT’s'],
  [/no answer within/, ', for its source did not answer in time'],
  [/\bSSO\b.*\b(expired|invalid)|\bsso login\b/i, ', for its SSO sign-in has expired'],
  [/\bMFA\b|multi-factor/i, ', for it asks for an MFA code'],
  [/cycle/i, ', for its source profiles go round in a circle'],
  [/credential_process|command failed/i, ', for its credential process failed'],
];

function reason(failure: unknown): string {
  const said = failure instanceof Error ? failure.message : '';
  return REASONS.find(([words]) => words.test(said))?.[1] ?? '';
}

function isProviderError(error: object): boolean {
  return 'name' in error && typeof error.name === 'string' && error.name.endsWith('ProviderError');
}
