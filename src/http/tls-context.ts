/** What TLS trusts and shows beyond the defaults of Node.js: custom CAs, a client certificate. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

/** A certificate to show, and its key, both PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
}

/**
 * Undefined where the defaults of Node.js will do. Throws where the key does not fit the certificate, or something
 * cannot be read.
 *
 * @param authorities PEM, one or more certificates each; trusted besides everything that this process trusts anyway:
 *   the bundled CAs, NODE_EXTRA_CA_CERTS, and the system's with `--use-openssl-ca` or `--use-system-ca`
 */
export function createTlsContext(
  authorities: readonly string[],
  certificate?: ClientCertificate,
): SecureContext | undefined {
  if (authorities.length === 0 && certificate === undefined) {
    return undefined;
  }
  const context = createSecureContext({ ...certificate });
  // Node.js 20 leaves these out of a store that is added to.
  for (const one of [...extraAuthorities(), ...authorities.flatMap(certificatesIn)]) {
    addAuthority(context, one);
  }
  return context;
}

function extraAuthorities(): readonly string[] {
  const path = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
  try {
    return path === '' ? [] : certificatesIn(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^E[MN]FILE$/.test(String(error.code))) {
      // It is there for the next try.
      throw error;
    }
    // Node.js has warned of it when it started.
    return [];
  }
}

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function certificatesIn(pem: string): readonly string[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) {
    throw new Error('There is no certificate in it.');
  }
  for (const one of found) {
    // OpenSSL itself leaves out what it cannot read.
    new X509Certificate(one);
  }
  return found;
}

/**
 * The option `ca` replaces what is trusted, and no list that could be put back holds what `--use-openssl-ca` finds. The
 * method that Node.js itself uses for that option adds to the store instead.
 */
function addAuthority(context: SecureContext, authority: string): void {
  const store: unknown = context.context;
  if (!isStore(store)) {
    throw new Error('This Node.js cannot add a CA.');
  }
  store.addCACert(authority);
}

function isStore(store: unknown): store is { addCACert(pem: string): void } {
  return (
    typeof store === 'object' &&
    store !== null &&
    'addCACert' in store &&
    typeof store.addCACert === 'function'
  );
}
