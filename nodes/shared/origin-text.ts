/** Where credentials came from, in words. */
import type { CredentialOrigin } from '../../src/kinesis-video';
import type { Words } from './words';

/** As it stands after “with” in a sentence. */
export function originText(origin: CredentialOrigin, words: Words): string {
  const { kind, profile = '', thingName, roleArn } = origin;
  const source =
    kind === 'iot' && thingName !== undefined
      ? words.text('origin.iotThing', { thingName })
      : words.text(`origin.${kind}`, { profile });
  return roleArn === undefined ? source : words.text('origin.role', { roleArn, source });
}
