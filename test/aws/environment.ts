import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const OURS = /^(AWS_|(https?|all|no)_proxy$)/i;

/** An environment without credentials, regions and proxies, and a folder for the shared AWS files. */
export class BareEnvironment {
  readonly #saved: readonly (readonly [string, string | undefined])[];

  private constructor(readonly folder: string) {
    this.#saved = ours();
    clear();
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'credentials');
    process.env['AWS_CONFIG_FILE'] = path.join(folder, 'config');
  }

  static async enter(): Promise<BareEnvironment> {
    return new BareEnvironment(await mkdtemp(path.join(tmpdir(), 'kvs-flow-')));
  }

  async leave(): Promise<void> {
    clear();
    Object.assign(process.env, Object.fromEntries(this.#saved));
    await rm(this.folder, { recursive: true });
  }
}

function ours(): (readonly [string, string | undefined])[] {
  return Object.entries(process.env).filter(([name]) => OURS.test(name));
}

function clear(): void {
  for (const [name] of ours()) {
    Reflect.deleteProperty(process.env, name);
  }
}
