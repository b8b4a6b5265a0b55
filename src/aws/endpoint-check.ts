/** Whether calls with the account's signature may go to an endpoint that was answered. */
import { endpointProblem, isLoopback } from '../options';
import type { Statement } from '../statement';
import { redact } from './redact';
import { awsStatement } from './aws-statements';

/** Where calls to a region may be sent. */
export interface EndpointOwner {
  readonly region: string;
  /** Host of the endpoint that was asked: the region's, or one that the settings or the environment name. */
  readonly askedHost: string;
}

/**
 * The domains of AWS by region: the usual one and the one for dual-stack endpoints, as the SDK has them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 */
const PARTITIONS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^cn-/, ['amazonaws.com.cn', 'api.amazonwebservices.com.cn']],
  [/^eusc-/, ['amazonaws.eu', 'api.amazonwebservices.eu']],
  [/^us-iso-/, ['c2s.ic.gov', 'api.aws.ic.gov']],
  [/^us-isob-/, ['sc2s.sgov.gov', 'api.aws.scloud']],
  [/^us-isof-/, ['csp.hci.ic.gov', 'api.aws.hci.ic.gov']],
  [/^eu-isoe-/, ['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk']],
  [/^/, ['amazonaws.com', 'api.aws']],
];

/**
 * The endpoint that GetDataEndpoint answered; or why no signed call may be sent there, in words that follow the name of
 * the call. An answer can be anyone's, of a proxy say, and must not lead calls with the
 * account's signature and session token to any host: only to Kinesis Video Streams' own in the region, or to the host
 * that was asked and those below it.
 *
 * @param secrets values to cut out of a host that is named
 */
export function checkDataEndpoint(
  answered: string | undefined,
  { region, askedHost }: EndpointOwner,
  secrets: readonly string[],
): { readonly endpoint: string } | { readonly problem: string; readonly statement: Statement } {
  if (answered === undefined || answered === '') {
    return { problem: 'got an answer without an endpoint', statement: awsStatement('endpoint.missing', {}) };
  }
  if (endpointProblem(answered) !== undefined) {
    return {
      problem: 'got an endpoint that is not an https address',
      statement: awsStatement('endpoint.malformed', {}),
    };
  }
  const host = normalized(new URL(answered).hostname);
  const asked = normalized(askedHost);
  const isOwn = host === asked || host.endsWith(`.${asked}`) || (isLoopback(host) && isLoopback(asked));
  if (isOwn || isOfRegion(host, region)) {
    return { endpoint: answered };
  }
  const isSafe = redact(host, secrets) === host;
  const named = isSafe ? ` ${host}` : '';
  return {
    problem: `got an endpoint at a host${named} that belongs neither to ${region} nor to the endpoint ${asked}, so nothing was sent there`,
    statement: isSafe
      ? awsStatement('endpoint.foreign', { host, region, asked })
      : awsStatement('endpoint.foreignUnnamed', { region, asked }),
  };
}

/** A host of Kinesis Video Streams in the region: with or without FIPS or dual-stack, or of a VPC endpoint. */
function isOfRegion(host: string, region: string): boolean {
  const domains = PARTITIONS.find(([regions]) => regions.test(region))?.[1] ?? [];
  return domains
    .flatMap((domain) => [`${region}.${domain}`, `${region}.vpce.${domain}`])
    .flatMap((place) => [`kinesisvideo.${place}`, `kinesisvideo-fips.${place}`])
    .some((own) => host === own || host.endsWith(`.${own}`));
}

function normalized(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
