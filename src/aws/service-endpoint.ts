/** Endpoints of other services of AWS, found without their clients. */

/**
 * The STS that belongs to a control plane of Kinesis Video Streams: in its partition and region, and of its kind (FIPS,
 * dual-stack).
 *
 * @param controlPlane as the SDK has it for the region
 */
export function stsEndpoint(controlPlane: string, region: string): string {
  // In GovCloud the usual endpoint is the FIPS one.
  const name = region.startsWith('us-gov-') ? 'sts.' : 'sts$1.';
  return controlPlane.replace(/\/kinesisvideo(-fips)?\./, `/${name}`);
}

/** The Resource Groups Tagging API that belongs to it. Undefined for a FIPS endpoint: AWS lists none of that API. */
export function taggingEndpoint(controlPlane: string): string | undefined {
  return controlPlane.includes('/kinesisvideo.')
    ? controlPlane.replace('/kinesisvideo.', '/tagging.')
    : undefined;
}
