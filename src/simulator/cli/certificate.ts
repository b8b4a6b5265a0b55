/** The certificate of `--tls`: read from files, or made by openssl and kept, so that it has to be trusted only once. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { isIP } from 'node:net';
import path from 'node:path';
import type { TlsOptions } from '../api';
import type { TlsChoice } from './arguments';

export interface Certificate extends TlsOptions {
  /** The PEM file that clients have to trust. */
  readonly file: string;
}

/** Names that programs on this machine and in its containers use for it. */
const USUAL_NAMES = ['localhost', '127.0.0.1', '::1', 'host.docker.internal', hostname()];
const VALID_DAYS = 825;
/** One that ends sooner is replaced. */
const LEAST_LEFT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * @param folder where certificates that are made here are kept
 * @throws {Error} for files that cannot be read, or where openssl is missing or fails; the message says what to do
 */
export function certificateFor(
  choice: TlsChoice,
  folder = path.join(homedir(), '.kvs-simulator'),
): Certificate {
  if ('cert' in choice) {
    return {
      cert: read('--tls-cert', choice.cert),
      key: read('--tls-key', choice.key),
      file: path.resolve(choice.cert),
    };
  }
  const names = [...new Set([...USUAL_NAMES, ...choice.names].map((name) => name.toLowerCase()))].filter(
    (name) => name !== '::' && name !== '0.0.0.0' && /^[a-z0-9.:-]+$/.test(name),
  );
  const file = path.join(folder, 'cert.pem');
  const key = path.join(folder, 'key.pem');
  if (!existsSync(key) || !isGood(file, names)) {
    make(folder, names, key, file);
  }
  return { cert: readFileSync(file), key: readFileSync(key), file };
}

function read(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(
      `${option}: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      {
        cause: error,
      },
    );
  }
}

function isGood(file: string, names: readonly string[]): boolean {
  if (!existsSync(file)) {
    return false;
  }
  const certificate = new X509Certificate(readFileSync(file));
  return (
    Date.parse(certificate.validTo) - Date.now() > LEAST_LEFT_MS &&
    names.every(
      (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
    )
  );
}

function make(folder: string, names: readonly string[], key: string, cert: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`);
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', String(VALID_DAYS)],
        ...['-subj', '/CN=kvs-simulator', '-addext', `subjectAltName=${alternatives.join(',')}`],
        ...['-keyout', key, '-out', cert],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    const why =
      code === 'ENOENT'
        ? 'openssl is not installed here'
        : `openssl failed: ${stderr?.toString().trim() ?? ''}`;
    throw new Error(`--tls: ${why}. Give a certificate with --tls-cert and --tls-key.`, { cause: error });
  }
}
