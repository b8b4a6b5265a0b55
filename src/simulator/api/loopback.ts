/** Who may ask at all, and who may ask without a signature. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
}

/**
 * Whether a request comes from a program on this machine, by a name of this machine: a web page in a browser there does
 * not count, whatever name its site has given this address.
 */
export function isLocalProgram({ remoteAddress, headers }: Asked): boolean {
  return (
    /^(::1$|(::ffff:)?127\.)/.test(remoteAddress) &&
    headers.origin === undefined &&
    !isPage(headers) &&
    (headers.host === undefined || isLoopbackName(nameOf(headers.host)))
  );
}

/**
 * Whether a request comes from a web page of another address, or by a name that is not ours (a site may point its own
 * name at this machine). A simulator that listens on all addresses cannot know its names.
 *
 * @param host what the simulator listens on
 */
export function isForeign({ headers }: Pick<Asked, 'headers'>, host: string): boolean {
  const isOurs = (name: string): boolean => isLoopbackName(name) || name === host.toLowerCase();
  const { origin } = headers;
  const by = headers.host === undefined ? undefined : nameOf(headers.host);
  const isAsked = by === undefined || isOurs(by) || isAnyAddress(host);
  const isPageOfOurs = origin === undefined || (URL.canParse(origin) && isOurs(nameOf(new URL(origin).host)));
  return !isAsked || !isPageOfOurs || (origin === undefined && isPage(headers));
}

/** Whether an address to listen on can be reached from this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.|localhost$|::1$)/.test(host);
}

/** Whether an address to listen on stands for all that the machine has. */
export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLoopbackName(name: string): boolean {
  return (isIP(name) !== 0 && isLoopbackHost(name)) || /(^|\.)localhost\.?$/.test(name);
}

/** A browser says so of what a page of another site has it fetch, a picture's address for one. */
function isPage(headers: IncomingHttpHeaders): boolean {
  return /^(cross-site|same-site)$/.test(headers['sec-fetch-site']?.toString() ?? '');
}

/** The name in a Host header: without its port, and an IPv6 address without its brackets. */
function nameOf(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}
