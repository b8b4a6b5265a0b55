/** Requests as plain objects: what the signer signs and the transports send. */
import type { HttpRequest } from '@smithy/types';
import { definedOnly } from '../defined-only';

export type { HttpRequest };

/**
 * Builds a request to `url`, with its host header.
 *
 * @param content `path` instead of the URL's own
 */
export function createRequest(
  url: URL,
  content: {
    readonly method: 'GET' | 'POST';
    readonly path?: string;
    readonly headers: Record<string, string | undefined>;
    readonly body?: string;
  },
): HttpRequest {
  return {
    method: content.method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: content.path ?? url.pathname,
    query: {},
    headers: { host: url.host, ...definedOnly(content.headers) },
    ...definedOnly({ port: url.port === '' ? undefined : Number(url.port), body: content.body }),
  };
}

/** The host of a request as `net.connect` takes it: without the brackets of an IPv6 address. */
export function hostOf({ hostname }: Pick<HttpRequest, 'hostname'>): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The path of a request with its query, as the request line has it. */
export function pathOf({ path, query = {} }: Pick<HttpRequest, 'path' | 'query'>): string {
  const pairs = Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) =>
      value === null ? [escaped(name)] : [value].flat().map((each) => `${escaped(name)}=${escaped(each)}`),
    );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** By RFC 3986, as AWS signs it. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
