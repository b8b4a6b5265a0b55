/** The status of kvs-convert: what it converts to, or why it cannot. */
import type { MediaFormat } from '../../src/convert';
import { LONGEST_STATUS, shortName } from '../shared/short-name';
import type { ShownStatus } from '../shared/state-to-status';
import type { Words } from '../shared/words';

export function idleStatus(words: Words): ShownStatus {
  return { fill: 'grey', shape: 'ring', text: words.text('status.idle'), kvs: { state: 'idle' } };
}

export function convertingStatus({ codecs, mimeType, width, height }: MediaFormat): ShownStatus {
  const what = codecs?.join(' ') ?? mimeType.replace(/;.*/, '');
  const size = width === undefined || height === undefined ? '' : `${width}x${height}`;
  const whole = `${what} ${size}`.trimEnd();
  return {
    ...{ fill: 'green', shape: 'dot' },
    text: whole.length <= LONGEST_STATUS ? whole : size || shortName(what, LONGEST_STATUS),
    kvs: { state: 'converting' },
  };
}
