/** The account of a kvs-config node: checked settings and credentials, and the service that its nodes share. */
import type { Node, NodeDef } from 'node-red';
import { KinesisVideoService, type CredentialRegistry, type CredentialSource } from '../../src/kinesis-video';
import {
  checkConfig,
  type ConfigProperties,
  type ConfigSettings,
  type SettingsProblem,
} from '../../src/options';
import { readTlsAndProxy, type FindNode, type TlsAndProxy } from './tls-and-proxy';

/** What lives in Node-RED's credential store. */
export interface KvsCredentials {
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
}

export type KvsConfigDef = NodeDef & ConfigProperties;

/** The service of a config node, held by one of its users. */
export interface ServiceShare {
  readonly service: KinesisVideoService;
  /** The last one out closes it. Idempotent. */
  release(): void;
}

/** Why a config node cannot be used. */
export type ConfigProblem =
  | { readonly kind: 'settings'; readonly problems: readonly SettingsProblem[] }
  | { readonly kind: 'credentials'; readonly missing: readonly (keyof KvsCredentials)[] };

export interface KvsConfigNode extends Node<KvsCredentials> {
  account: Account;
}

/** An account and region: settings and credentials, checked, and the service object that its nodes share. */
export class Account {
  readonly settings: ConfigSettings | undefined;
  readonly problem: ConfigProblem | undefined;
  readonly #credentials: CredentialSource | undefined;
  readonly #tlsAndProxy: TlsAndProxy = {};
  #service: KinesisVideoService | undefined;
  #shares = 0;

  /**
   * @param find the node of an id, for those that the settings refer to
   * @param registry where credentials are shared; the process's own where it is absent
   */
  constructor(
    properties: ConfigProperties,
    credentials: KvsCredentials | undefined,
    find: FindNode,
    private readonly registry?: CredentialRegistry,
  ) {
    const checked = checkConfig(properties);
    if ('problems' in checked) {
      this.problem = { kind: 'settings', problems: checked.problems };
      return;
    }
    this.settings = checked.settings;
    const resolved = readTlsAndProxy(checked.settings, find);
    if ('problem' in resolved) {
      this.problem = { kind: 'settings', problems: [resolved.problem] };
      return;
    }
    this.#tlsAndProxy = resolved.tlsAndProxy;
    const source = credentialSource(checked.settings, credentials ?? {}, resolved.tlsAndProxy);
    if ('missing' in source) {
      this.problem = { kind: 'credentials', missing: source.missing };
    } else {
      this.#credentials = source;
    }
  }

  /**
   * Takes part in the shared service; undefined where there is a problem. Counted, because Node-RED may close the
   * config node while its users are still ending their sessions.
   */
  acquire(): ServiceShare | undefined {
    const { settings } = this;
    if (settings === undefined || this.#credentials === undefined) {
      return undefined;
    }
    const service = (this.#service ??= new KinesisVideoService({
      region: settings.region,
      credentials: this.#credentials,
      credentialRegistry: this.registry,
      endpoint: settings.endpoint,
      useFips: settings.useFips,
      useDualstack: settings.useDualstack,
      network: { ca: this.#tlsAndProxy.ca, proxy: this.#tlsAndProxy.proxy },
    }));
    this.#shares += 1;
    let held = true;
    return {
      service,
      release: () => {
        if (held) {
          held = false;
          this.#shares -= 1;
          if (this.#shares === 0) {
            this.#service = undefined;
            service.close();
          }
        }
      },
    };
  }
}

type Missing = (keyof KvsCredentials)[];

function credentialSource(
  settings: ConfigSettings,
  credentials: KvsCredentials,
  { certificate }: TlsAndProxy,
): CredentialSource | { missing: Missing } {
  const { auth, profile = '', iot } = settings;
  const role = settings.role === undefined ? {} : { role: settings.role };
  if (auth === 'default') {
    return { kind: auth, ...role };
  }
  if (auth === 'profile') {
    return { kind: auth, profile, ...role };
  }
  if (iot !== undefined && certificate !== undefined) {
    return { kind: 'iot', ...iot, certificate, ...role };
  }
  const accessKeyId = trimmed(credentials.accessKeyId);
  const secretAccessKey = trimmed(credentials.secretAccessKey);
  const sessionToken = trimmed(credentials.sessionToken);
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return {
      missing: [
        ...(accessKeyId === undefined ? (['accessKeyId'] as const) : []),
        ...(secretAccessKey === undefined ? (['secretAccessKey'] as const) : []),
      ],
    };
  }
  return {
    kind: 'keys',
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...role,
  };
}

/** Pasted keys often bring a blank or a line end with them, which no key contains. */
function trimmed(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** The account of what `RED.nodes.getNode` found: undefined for no node, or one of another type. */
export function accountOf(node: Node | null | undefined): Account | undefined {
  const account = node !== null && node !== undefined && 'account' in node ? node.account : undefined;
  return account instanceof Account ? account : undefined;
}
