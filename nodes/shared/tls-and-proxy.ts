/** Reads the tls-config and http proxy nodes that an account refers to. */
import type { Node } from 'node-red';
import {
  createTlsContext,
  parseProxy,
  type ClientCertificate,
  type ProxySettings,
} from '../../src/kinesis-video';
import type { ConfigSettings, SettingsProblem } from '../../src/options';

/** What a `kvs-config` takes from Node-RED's own config nodes. */
export interface TlsAndProxy {
  /** PEM. */
  readonly ca?: string;
  /** Present where `auth` is `iot`. */
  readonly certificate?: ClientCertificate;
  readonly proxy?: ProxySettings;
}

export type FindNode = (id: string) => Node | null | undefined;

/** A `tls-config` of Node-RED. */
interface TlsConfigNode {
  readonly valid?: boolean;
  addTLSOptions(options: object): Record<string, unknown>;
}

/** Reads the nodes that the settings refer to, or says what is wrong with them. */
export function readTlsAndProxy(
  settings: ConfigSettings,
  find: FindNode,
): { readonly tlsAndProxy: TlsAndProxy } | { readonly problem: SettingsProblem } {
  const tls = settings.tls === undefined ? {} : readTls(find(settings.tls), settings.auth === 'iot');
  if ('key' in tls) {
    return { problem: { property: 'tls', key: tls.key } };
  }
  const proxy = settings.proxy === undefined ? {} : readProxy(find(settings.proxy));
  if ('key' in proxy) {
    return { problem: { property: 'proxy', key: proxy.key } };
  }
  return { tlsAndProxy: { ...tls, ...proxy } };
}

type Unusable = Pick<SettingsProblem, 'key'>;

/**
 * Of a `tls-config` the CA counts, and for AWS IoT certificate and key. Its other switches do not: a server is always
 * verified, by its own name, and where each call goes decides what that is.
 */
function readTls(node: Node | null | undefined, needsCertificate: boolean): TlsAndProxy | Unusable {
  if (node === null || node === undefined || !isTlsConfig(node)) {
    return { key: 'goneReference' };
  }
  const options = node.addTLSOptions({});
  const [ca, cert, key] = [textOf(options['ca']), textOf(options['cert']), textOf(options['key'])];
  const passphrase = textOf(options['passphrase']);
  if (node.valid === false) {
    return { key: 'unusableTls' };
  }
  if (needsCertificate && (cert === undefined || key === undefined)) {
    return { key: 'noCertificate' };
  }
  const certificate =
    needsCertificate && cert !== undefined && key !== undefined
      ? { certificate: { cert, key, ...(passphrase === undefined ? {} : { passphrase }) } }
      : {};
  try {
    createTlsContext(ca === undefined ? [] : [ca], certificate.certificate);
  } catch {
    // What OpenSSL says of it may quote what it could not read.
    return { key: 'unusableTls' };
  }
  return { ...(ca === undefined ? {} : { ca }), ...certificate };
}

function isTlsConfig(node: object): node is TlsConfigNode {
  return 'addTLSOptions' in node && typeof node.addTLSOptions === 'function';
}

function textOf(value: unknown): string | undefined {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : value;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

function readProxy(node: Node | null | undefined): TlsAndProxy | Unusable {
  if (node?.type !== 'http proxy') {
    return { key: 'goneReference' };
  }
  const url = 'url' in node && typeof node.url === 'string' ? node.url : '';
  const noProxy = 'noproxy' in node && Array.isArray(node.noproxy) ? node.noproxy : [];
  const credentials: { username?: unknown; password?: unknown } = { ...node.credentials };
  const username = textOf(credentials.username);
  const password = textOf(credentials.password);
  const proxy: ProxySettings = {
    url,
    noProxy: noProxy.filter((rule) => typeof rule === 'string'),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  return /^https?:\/\//i.test(url.trim()) && parseProxy(proxy) !== undefined
    ? { proxy }
    : { key: 'malformedProxy' };
}
