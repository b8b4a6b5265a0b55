/** What TLS trusts and shows beyond the defaults of Node.js: a custom CA, a client certificate. */
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { definedOnly } from '../defined-only';

/** A certificate to show, and its key, both PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
}

/**
 * Undefined where the defaults of Node.js will do. Throws where the key does not fit the certificate, or one of them
 * cannot be read.
 *
 * @param ca PEM; trusted besides the authorities that are trusted anyway, `NODE_EXTRA_CA_CERTS` among them
 */
export function createTlsContext(
  ca: string | undefined,
  certificate?: ClientCertificate,
): tls.SecureContext | undefined {
  if (ca === undefined && certificate === undefined) {
    return undefined;
  }
  return tls.createSecureContext({
    ...definedOnly({ ca: ca === undefined ? undefined : [...defaultAuthorities(), ca] }),
    ...certificate,
  });
}

/** Naming any authority makes Node.js forget the others. */
function defaultAuthorities(): readonly string[] {
  // Since Node.js 22.15.
  if ('getCACertificates' in tls && typeof tls.getCACertificates === 'function') {
    return (tls.getCACertificates as (type: 'default') => string[])('default');
  }
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  return extra === undefined || extra === ''
    ? tls.rootCertificates
    : [...tls.rootCertificates, ...read(extra)];
}

function read(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^E[MN]FILE$/.test(String(error.code))) {
      // It is there for the next try.
      throw error;
    }
    // Node.js has warned of it when it started.
    return [];
  }
}
