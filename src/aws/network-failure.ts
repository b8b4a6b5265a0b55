/** A call that failed on its way to the service or back: at the network, at TLS or at a proxy. */
import type { ProxyFailure } from '../http';
import { KNOWN_REGIONS } from '../options';
import { callStatement, describeCall, type FailureContext } from './error-response';
import { KinesisVideoError } from './errors';
import type { ServiceOperation } from './operations';
import { redact } from './redact';
import { awsStatement, type NetworkKey } from './aws-statements';

type Reason = readonly [key: NetworkKey, words: string];

const BROKEN: Reason = ['broken', 'the connection broke'];
const OTHER_HOST: Reason = ['certificateHost', 'a certificate for another host name came from the server'];
const UNTRUSTED: Reason = [
  'certificateUntrusted',
  'a certificate that no trusted CA has signed came from the server',
];

const REASONS: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: ['refused', 'the connection was refused'],
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  ENOTFOUND: ['hostUnknown', 'the host name is not known'],
  EAI_AGAIN: ['lookupFailed', 'the host name could not be looked up'],
  ETIMEDOUT: ['timeout', 'no answer came in time'],
  EHOSTUNREACH: ['hostUnreachable', 'the host cannot be reached'],
  ENETUNREACH: ['networkUnreachable', 'the network cannot be reached'],
  EMFILE: ['processDescriptors', 'Node.js has no file descriptors left'],
  ENFILE: ['machineDescriptors', 'this machine has no file descriptors left'],
  CERT_HAS_EXPIRED: ['certificateExpired', 'an expired certificate came from the server'],
  CERT_NOT_YET_VALID: ['certificateNotYetValid', 'a certificate that is not valid yet came from the server'],
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_HOST,
  HOSTNAME_MISMATCH: OTHER_HOST,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_PROXY_INVALID_CONFIG: ['proxyAddress', 'its address is not one of an HTTP proxy'],
};

/** The failure that Node.js calls by the code, as an error. */
export function networkError(
  networkCode: string,
  operation: ServiceOperation,
  context: FailureContext = {},
  more: {
    readonly cause?: Error;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly RequestId?: string | null;
  } = {},
): KinesisVideoError {
  const [key, words] = reasonOf(networkCode);
  // The host may be one that an answer named, and so may be anything.
  const { host: named = '', port, cause, RequestId } = more;
  const host = redact(named, context.secrets) === named ? withPort(named, port) : '';
  const { region = '' } = context;
  const isRegionUnknown = isUnknownRegion(networkCode, named, region);
  const mayNotExist = isRegionUnknown ? `the region "${region}" may not exist, for ` : '';
  const where = host === '' ? '' : ` at ${host}`;
  return new KinesisVideoError(
    `${describeCall(operation, context.stream)} failed: ${mayNotExist}${words}${where} (${networkCode}).`,
    {
      ...{ ErrorType: 'NetworkError', operation, networkCode, cause, RequestId },
      statements: [
        callStatement(operation, context.stream),
        awsStatement(`network.${key}`, {}),
        host === ''
          ? awsStatement('network.code', { networkCode })
          : awsStatement('network.hostAndCode', { host, networkCode }),
        ...(isRegionUnknown ? [awsStatement('network.region', { region })] : []),
      ],
    },
  );
}

function withPort(host: string, port: number | undefined): string {
  if (host === '' || port === undefined) {
    return host;
  }
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** AWS has a host for each of its regions; this one has none, and the region is on no list. */
function isUnknownRegion(networkCode: string, host: string, region: string): boolean {
  return (
    /^(ENOTFOUND|EAI_\w+)$/.test(networkCode) &&
    region !== '' &&
    host.includes(`.${region}.`) &&
    !KNOWN_REGIONS.includes(region)
  );
}

/** A proxy that refuses says so by an HTTP status, which is not the service's and so not the error's. */
export function proxyError(
  { code: networkCode, proxyHost, proxyStatus }: ProxyFailure,
  operation: ServiceOperation,
  { stream }: FailureContext,
  cause: Error,
): KinesisVideoError {
  const [key, words] = reasonOf(networkCode);
  const refused = proxyStatus === undefined ? words : `it answered HTTP ${proxyStatus}`;
  const asks = proxyStatus === 407 ? ', so it asks for a user name and password, or for others' : '';
  const proxy = proxyHost === undefined ? 'the proxy' : `the proxy ${proxyHost}`;
  return new KinesisVideoError(
    `${describeCall(operation, stream)} failed: ${proxy} let nothing through: ${refused}${asks} (${networkCode}).`,
    {
      ...{ ErrorType: 'NetworkError', operation, networkCode, cause },
      statements: [
        callStatement(operation, stream),
        proxyHost === undefined
          ? awsStatement('network.unnamedProxy', {})
          : awsStatement('network.proxy', { proxyHost }),
        proxyStatus === undefined
          ? awsStatement(`network.${key}`, {})
          : awsStatement('network.proxyAnswered', { proxyStatus }),
        ...(proxyStatus === 407 ? [awsStatement('network.proxyPassword', {})] : []),
        awsStatement('network.code', { networkCode }),
      ],
    },
  );
}

function reasonOf(networkCode: string): Reason {
  return (
    REASONS[networkCode] ??
    (/CERT|TLS|SSL|EPROTO|UNABLE_TO|MISMATCH/.test(networkCode)
      ? ['tls', 'TLS failed']
      : ['failed', 'the network failed'])
  );
}
