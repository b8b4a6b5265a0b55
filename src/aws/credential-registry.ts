/** Shares credentials among all who use the same source. */
import { createHash } from 'node:crypto';
import { HttpsTransport, type NetworkOptions } from '../http';
import { withCaBundle } from './ca-bundle';
import type { CredentialOrigin } from './credential-origin';
import { CredentialResolver } from './credential-resolver';
import type { BaseCredentials } from './credential-source';
import type { Credentials, CredentialSource } from './credential-types';

/** A source of credentials, and everything that decides what it gives and how it is reached. */
export interface CredentialNeeds {
  readonly source: CredentialSource;
  /** For the roles that are assumed here or by a profile, and for sign-ins. */
  readonly region: string;
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly network?: NetworkOptions | undefined;
  /** Time limit of each connection, ms. */
  readonly connectTimeoutMs: number;
  /** For each answer that is asked for on the way, ms. */
  readonly answerTimeoutMs: number;
  /** For the source as a whole, ms. */
  readonly timeoutMs: number;
}

interface Shared {
  readonly resolver: CredentialResolver;
  readonly close: () => void;
  users: number;
}

/**
 * One resolution per source for all who use it: an instance's credential service that limits its callers is asked
 * once, not once for each account. Sources are the same only where all of their `CredentialNeeds` are; a role shares
 * what it is assumed with. What nobody uses any more is forgotten.
 */
export class CredentialRegistry {
  readonly #shared = new Map<string, Shared>();

  /** @param now the time by the service's clock, ms since the epoch */
  lease(needs: CredentialNeeds, now: () => number): CredentialLease {
    const key = keyOf(needs);
    const shared = this.#shared.get(key) ?? this.#create(needs, now);
    this.#shared.set(key, shared);
    shared.users += 1;
    return new CredentialLease(shared.resolver, now, () => {
      shared.users -= 1;
      if (shared.users === 0) {
        this.#shared.delete(key);
        shared.close();
      }
    });
  }

  #create(needs: CredentialNeeds, now: () => number): Shared {
    const { source, network, connectTimeoutMs } = needs;
    const { role, ...ownSource } = source;
    const base = role === undefined ? undefined : this.lease({ ...needs, source: ownSource }, now);
    const transport = new HttpsTransport(connectTimeoutMs, withCaBundle(network, source));
    return {
      resolver: new CredentialResolver({ ...needs, transport, base }),
      close: () => {
        transport.close();
        base?.release();
      },
      users: 0,
    };
  }
}

/** The credentials of a source, for one of its users. */
export class CredentialLease implements BaseCredentials {
  readonly #resolver: CredentialResolver;
  readonly #now: () => number;
  #release: (() => void) | undefined;
  #used: Credentials | undefined;

  constructor(resolver: CredentialResolver, now: () => number, release: () => void) {
    this.#resolver = resolver;
    this.#now = now;
    this.#release = release;
  }

  /** Rejects with a `KinesisVideoError` of operation `Credentials`. */
  async get(): Promise<Credentials> {
    this.#used = await this.#resolver.get(this.#now);
    return this.#used;
  }

  /** The credentials that this user got last are no good: the next `get` gives others, asking the source if need be. */
  forget(): void {
    if (this.#used !== undefined) {
      this.#resolver.forget(this.#used);
    }
  }

  /** Where the credentials came from that were resolved last; undefined before. */
  get origin(): CredentialOrigin | undefined {
    return this.#resolver.origin;
  }

  /** What must be cut out of anything that is shown. */
  secrets(): readonly string[] {
    return this.#resolver.secrets();
  }

  /** Idempotent. */
  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** The sources that this package uses in the process. */
export const credentialRegistry = new CredentialRegistry();

const lookups = new WeakMap<object, number>();
let lookupCount = 0;

/** A digest, so that no secret is kept as a key. */
function keyOf({ network, ...needs }: CredentialNeeds): string {
  const { lookup, ...way } = network ?? {};
  if (lookup !== undefined && !lookups.has(lookup)) {
    lookups.set(lookup, (lookupCount += 1));
  }
  const all = [needs, way, lookup === undefined ? 0 : lookups.get(lookup)];
  return createHash('sha256').update(JSON.stringify(all)).digest('base64');
}
