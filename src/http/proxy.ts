/** Which proxy a call goes through, by the settings or the environment. */
import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../options';

/** A proxy as a person configures it. */
export interface ProxySettings {
  /** `http:` or `https:`, how to speak with the proxy itself. May hold user and password. */
  readonly url: string;
  /** Hosts to be reached without it; see `isExcepted`. */
  readonly noProxy?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface Proxy {
  /** Without user and password, so that it may be shown. */
  readonly url: URL;
  /** Value of the header `Proxy-Authorization`. */
  readonly authorization?: string;
}

export interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

/** The proxy could not be reached or would not let a call through. Names its host, never its password. */
export class ProxyFailure extends Error {
  constructor(
    /** What Node.js calls the failure; of a refusal, what it calls one by its own proxy support. */
    readonly code: string,
    readonly proxyHost?: string,
    /** The proxy's own answer, where it gave one. */
    readonly proxyStatus?: number,
  ) {
    super('The proxy let nothing through.');
  }
}

/**
 * The proxy for a call: the chosen one, or else the environment's. This machine's own addresses never go through one,
 * for to a proxy they would be its own. Throws a `ProxyFailure` where the proxy's address cannot be read.
 */
export function proxyFor(
  target: Target,
  chosen: ProxySettings | undefined,
  environment: NodeJS.ProcessEnv,
): Proxy | undefined {
  if (isLoopback(target.hostname)) {
    return undefined;
  }
  const settings = chosen ?? fromEnvironment(target.protocol, environment);
  if (settings === undefined || (settings.noProxy ?? []).some((rule) => isExcepted(target, rule))) {
    return undefined;
  }
  const proxy = parseProxy(settings);
  if (proxy === undefined) {
    throw new ProxyFailure('ERR_PROXY_INVALID_CONFIG');
  }
  return proxy;
}

/** Undefined if the URL is not valid. A URL without a protocol is an `http:` one, as in curl. */
export function parseProxy({ url, username, password }: ProxySettings): Proxy | undefined {
  const spelled = /^[a-z][a-z0-9+.-]*:\/\//i.test(url.trim()) ? url.trim() : `http://${url.trim()}`;
  if (!URL.canParse(spelled)) {
    return undefined;
  }
  const parsed = new URL(spelled);
  const user = username ?? decoded(parsed.username);
  const secret = password ?? decoded(parsed.password);
  parsed.username = '';
  parsed.password = '';
  return user === '' && secret === ''
    ? { url: parsed }
    : { url: parsed, authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

function fromEnvironment(protocol: string, environment: NodeJS.ProcessEnv): ProxySettings | undefined {
  const first = (...names: string[]): string =>
    names
      .flatMap((name) => [environment[name] ?? '', environment[name.toUpperCase()] ?? ''])
      .find((value) => value.trim() !== '') ?? '';
  const url = first(`${protocol.slice(0, -1)}_proxy`, 'all_proxy');
  return url === '' ? undefined : { url, noProxy: first('no_proxy').split(/[\s,]+/) };
}

/**
 * By curl's rules: a name means that host and all below it, with `.` before it or not; an address means itself, or with
 * `/bits` its network; `*` means any host. Beyond curl, `*.` may stand for `.`, and `:port` may follow.
 * https://curl.se/docs/manpage.html, --noproxy
 */
function isExcepted({ hostname, port = 443 }: Target, rule: string): boolean {
  const { name, port: wanted } = parseRule(rule.trim().toLowerCase());
  if (name === '' || (wanted !== undefined && wanted !== port)) {
    return false;
  }
  const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  if (name === '*' || host === name) {
    return true;
  }
  return isIP(host) === 0 ? host.endsWith(`.${name}`) : isInNetwork(host, name);
}

/** `name`, `name:port`, `address/bits`, `[address]:port`, or an IPv6 address. */
function parseRule(rule: string): { readonly name: string; readonly port?: number } {
  const [, bracketed, name = bracketed ?? rule, port] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  const plain = name.replace(/^\*?\.|\.$/g, '');
  return { name: plain, ...(port === undefined ? {} : { port: Number(port) }) };
}

function isInNetwork(host: string, rule: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(rule) ?? [];
  const family = isIP(address);
  if (family === 0 || family !== isIP(host) || Number(bits) > (family === 4 ? 32 : 128)) {
    return false;
  }
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, Number(bits), kind);
  return network.check(host, kind);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
