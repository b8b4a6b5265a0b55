/** Whether this machine is an EC2 instance, whose metadata service gives credentials. */
import { readFileSync } from 'node:fs';

/** What the hardware says of itself, also inside containers: Nitro instances the first, Xen instances the second. */
const HARDWARE: readonly (readonly [path: string, own: RegExp])[] = [
  ['/sys/devices/virtual/dmi/id/sys_vendor', /^Amazon EC2/],
  ['/sys/hypervisor/uuid', /^ec2/i],
];

/** On other machines, silence at the address of the metadata service is the rule, and no failure. */
export function isInstanceExpected(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (
    (environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '') !== '' ||
    HARDWARE.some(([path, own]) => own.test(read(path)))
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Other systems have no such file.
    return '';
  }
}
