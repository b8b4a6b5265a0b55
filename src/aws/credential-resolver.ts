/** The credentials of one source: kept, refreshed in time, and the errors when there are none. */
import { withDeadline } from './abort';
import { credentialError, SourceTimeout } from './credential-failure';
import type { CredentialOrigin } from './credential-origin';
import { createProvider, type CredentialProvider, type ProviderOptions } from './credential-source';
import type { Credentials, CredentialSource } from './credential-types';

export interface CredentialResolverOptions extends ProviderOptions {
  readonly source: CredentialSource;
  /** A provider may run a program or ask another service; one that hangs must not block every call after it. */
  readonly timeoutMs: number;
}

/** New credentials are asked for this long before the old ones expire. */
const REFRESH_BEFORE_MS = 5 * 60_000;
/** Values that were credentials lately: three to a set, for the source's and a role's, old and new. */
const SECRETS_KNOWN = 18;

/**
 * The credentials of one source: resolved when they are first needed, kept until shortly before they expire. All who
 * ask at the same time share one attempt. A failure rejects those calls and is not cached.
 */
export class CredentialResolver {
  readonly #options: CredentialResolverOptions;
  #current: Credentials | undefined;
  #pending: Promise<Credentials> | undefined;
  #origin: CredentialOrigin | undefined;
  #secrets: readonly string[] = [];

  constructor(options: CredentialResolverOptions) {
    this.#options = options;
  }

  /**
   * Rejects with a `KinesisVideoError` of operation `Credentials`.
   *
   * @param now the time by the service's clock, ms since the epoch
   */
  async get(now: () => number): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && msLeft(current, now) > REFRESH_BEFORE_MS) {
      return current;
    }
    this.#pending ??= this.#refresh(now);
    return this.#pending;
  }

  /**
   * Makes the next `get` ask the source again, shared files included.
   *
   * @param used credentials that were no good: others that have been resolved since then are kept
   */
  forget(used: Credentials): void {
    if (used === this.#current) {
      this.#current = undefined;
      this.#options.base?.forget();
    }
  }

  /** Where the credentials came from that were resolved last; undefined before. */
  get origin(): CredentialOrigin | undefined {
    return this.#origin;
  }

  /** What must be cut out of anything that is shown. Outlives `forget`: the service may echo what was sent before. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  #refresh(now: () => number): Promise<Credentials> {
    const { source } = this.#options;
    // A new one each time: the SDK's keep what they got, by this machine's clock.
    const provider = createProvider(source, this.#options);
    return this.#ask(provider).then(
      (credentials) => {
        this.#pending = undefined;
        this.#current = credentials;
        return credentials;
      },
      (failure: unknown) => {
        this.#pending = undefined;
        const error = credentialError(source, failure, {
          secrets: this.#secrets,
          call: provider.failedCall(),
          hasAnswered: this.#origin !== undefined,
        });
        if (error.statusCode !== null) {
          // Who was asked for the role refused, maybe for what the role was to be assumed with.
          this.#options.base?.forget();
        }
        const current = this.#current;
        if (current !== undefined && msLeft(current, now) > 0) {
          return current;
        }
        throw error;
      },
    );
  }

  async #ask(provider: CredentialProvider): Promise<Credentials> {
    const { timeoutMs } = this.#options;
    const late = () => new SourceTimeout(timeoutMs);
    let credentials: Credentials | undefined;
    try {
      credentials = await withDeadline(timeoutMs, late, [], provider);
    } finally {
      // Also where a refresh fails: what was resolved before is used as long as it is valid.
      const known = [credentials, provider.found()].flatMap(secretsIn);
      this.#secrets = [...new Set([...known, ...this.#secrets])].slice(0, SECRETS_KNOWN);
    }
    this.#origin = provider.origin();
    if (credentials.accessKeyId === '' || credentials.secretAccessKey === '') {
      throw new Error('empty credentials');
    }
    return credentials;
  }
}

function msLeft({ expiration }: Credentials, now: () => number): number {
  return expiration === undefined ? Infinity : expiration.getTime() - now();
}

function secretsIn(credentials: Credentials | undefined): string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? {};
  return [accessKeyId, secretAccessKey, sessionToken].filter((secret) => secret !== undefined);
}
