/** Certificates of an authority of the tests, created by openssl in each run, so that none of them expires. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skip } from './skip';

export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

export class CertificateAuthority {
  readonly #folder = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-ca-'));
  #issued = 0;
  readonly cert: string;

  constructor(name = 'tests of kvs-flow') {
    fs.writeFileSync(join(this.#folder, 'ca.cnf'), CA_SETTINGS);
    fs.writeFileSync(join(this.#folder, 'index.txt'), '');
    this.#openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    this.cert = this.#read('ca.pem');
  }

  /**
   * @param names DNS names (wildcards too) and IP addresses of a server; none for a client
   * @param valid when the certificate holds
   */
  issue(
    commonName: string,
    names: readonly string[] = [],
    valid: 'now' | 'past' | 'future' = 'now',
  ): IssuedCertificate {
    this.#issued += 1;
    const base = String(this.#issued);
    const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`));
    fs.writeFileSync(
      join(this.#folder, `${base}.ext`),
      alternatives.length === 0 ? 'basicConstraints=CA:FALSE' : `subjectAltName=${alternatives.join(',')}`,
    );
    this.#openssl(
      'req',
      ...KEY,
      '-subj',
      `/CN=${commonName}`,
      '-keyout',
      `${base}.key`,
      '-out',
      `${base}.csr`,
    );
    const [from, to] = VALIDITY[valid];
    this.#openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'],
      ...['-startdate', day(from), '-enddate', day(to), '-extfile', `${base}.ext`],
      ...['-in', `${base}.csr`, '-out', `${base}.pem`],
    );
    return { cert: this.#read(`${base}.pem`), key: this.#read(`${base}.key`) };
  }

  /** The key, locked with a passphrase. */
  locked(key: string, passphrase: string): string {
    return execFileSync('openssl', ['pkcs8', '-topk8', '-passout', `pass:${passphrase}`], {
      input: key,
      stdio: ['pipe', 'pipe', 'ignore'],
    }).toString();
  }

  remove(): void {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'ignore' });
  }

  #read(name: string): string {
    return fs.readFileSync(join(this.#folder, name), 'utf8');
  }
}

const DAY_MS = 86_400_000;

/** As `openssl ca` takes a time, so many days from now. */
function day(offset: number): string {
  return new Date(Date.now() + offset * DAY_MS).toISOString().replace(/\.\d+|[-:T]/g, '');
}

const VALIDITY = { now: [0, 2], past: [-2, -1], future: [1, 2] } as const;

const CA_SETTINGS = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
`;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Marks a suite's tests as skipped for want of openssl, visibly. */
export function skipWithoutOpenssl(context: Mocha.Context): void {
  if (!HAS_OPENSSL) {
    skip(context, 'no openssl');
  }
}
