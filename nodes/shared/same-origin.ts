/**
 * Keeps the pages of other web sites out of this package's admin requests.
 *
 * Node-RED 4 lets every web site call its admin API and read the answers: `Access-Control-Allow-Origin: *`, and any
 * header that a site asks leave for is granted. Browsers send `Sec-Fetch-Site` to https and localhost alone, and the
 * `X-Forwarded-Host` of a proxy may as well be written by a site. So a request must carry a key which only a page of
 * Node-RED's own address can read, whatever name, path or proxy it was loaded through. `Origin` and `Sec-Fetch-Site`
 * are checked as well. A name that an attacker points at Node-RED (DNS rebinding) is an address of Node-RED's own to
 * a browser: `adminAuth` keeps that out, since its token belongs to the name that the user logged in at.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { NodeAPI } from 'node-red';
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from './page-key';
import { refused, type Answer } from './admin-answer';

interface PageRequest {
  readonly headers: IncomingHttpHeaders;
  is(type: string): string | false | null;
}

interface PageResponse {
  set(name: string, value: string): unknown;
  removeHeader(name: string): void;
  status(code: number): { json(body: object): unknown };
}

/** Bytes; Node-RED itself takes megabytes. A list of 1,000 streams by ARN has about 100 kB. */
const LARGEST_BODY = 256 * 1024;

const KEY = randomBytes(24).toString('base64url');

/** Answers `{key}` at `PAGE_KEY_PATH`, to pages of Node-RED's own address. */
export function registerPageKey({ httpAdmin }: NodeAPI): void {
  httpAdmin.get(`/${PAGE_KEY_PATH}`, (request, response) => {
    keepToSameOrigin(response);
    if (isForeign(request.headers)) {
      refuse(response, FOREIGN);
    } else {
      response.json({ key: KEY });
    }
  });
}

/** Express middleware: refuses what does not come, as JSON and with the key, from a page of Node-RED's own address. */
export function sameOriginOnly(request: PageRequest, response: PageResponse, next: () => void): void {
  keepToSameOrigin(response);
  if (isForeign(request.headers)) {
    refuse(response, FOREIGN);
  } else if (request.headers[PAGE_KEY_HEADER.toLowerCase()] !== KEY) {
    refuse(response, NO_KEY);
  } else if (request.is('application/json') !== 'application/json') {
    refuse(response, NO_JSON);
  } else if (!isShort(request.headers)) {
    refuse(response, TOO_LONG);
  } else {
    next();
  }
}

/** What is compressed, or sent in pieces, does not say how long it is. No page of this package sends such a body. */
function isShort({
  'content-length': length,
  'content-encoding': encoding = 'identity',
}: IncomingHttpHeaders): boolean {
  return Number(length ?? NaN) <= LARGEST_BODY && encoding === 'identity';
}

/** Takes back what Node-RED 4 allows to all, so that no page of another address can read or embed the answer. */
function keepToSameOrigin(response: PageResponse): void {
  response.removeHeader('Access-Control-Allow-Origin');
  response.set('Cross-Origin-Resource-Policy', 'same-origin');
  response.set('X-Content-Type-Options', 'nosniff');
  response.set('Cache-Control', 'no-store');
}

/**
 * Whether a browser says that the request comes from a page of another address. Where it sends `Sec-Fetch-Site`, which
 * no page can write, that decides; else its `Origin` must be an address that the request went to. Programs other than
 * browsers send neither.
 */
function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site !== undefined || origin === undefined) {
    return site !== undefined && site !== 'same-origin';
  }
  const forwarded = [headers['x-forwarded-host'] ?? []].flat().join(',').split(',');
  return ![headers.host ?? '', ...forwarded].some((host) => isAt(origin, host.trim().toLowerCase()));
}

/** Proxies often pass a name on without its port, and one that ends TLS changes the scheme. */
function isAt(origin: string, host: string): boolean {
  if (host === '' || !URL.canParse(origin)) {
    return false;
  }
  const { protocol, host: asked, hostname } = new URL(origin);
  const standardPort = protocol === 'https:' ? ':443' : ':80';
  return host === asked || host === hostname || host === `${asked}${standardPort}`;
}

const FOREIGN = refused(
  403,
  'ForeignPage',
  'The request comes from a page of another address.',
  'Where a proxy stands in front of Node-RED, it must pass on the Host header, or X-Forwarded-Host.',
);
const NO_KEY = refused(
  403,
  'ForeignPage',
  'The request lacks the key of a page of this Node-RED.',
  'Reload the page.',
);
const NO_JSON = refused(415, 'InvalidInput', 'The request is not JSON.');
const TOO_LONG = refused(413, 'InvalidInput', 'The request is too long.');

function refuse(response: PageResponse, { status, body }: Answer): void {
  response.status(status).json(body);
}
