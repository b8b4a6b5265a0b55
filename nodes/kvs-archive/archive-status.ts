/** The status under a kvs-archive node. */
import { LONGEST_STATUS } from '../shared/short-name';
import { StatusTexts, type ShownStatus } from '../shared/status-text';
import type { Words } from '../shared/words';

/** What the node is doing. */
export interface ArchiveState {
  readonly state: 'idle' | 'working' | 'failed';
  /** ErrorType of the last request that failed. */
  readonly ErrorType?: string | undefined;
  readonly running: number;
  readonly waiting: number;
}

export function archiveStatus(
  { state, ErrorType = '', running, waiting }: ArchiveState,
  words: Words,
): ShownStatus {
  switch (state) {
    case 'working': {
      const more = waiting === 0 ? '' : ` +${waiting}`;
      const text = `${words.own('kvs-archive.status.working')} ${running}${more}`;
      return { fill: 'green', shape: 'dot', text: text.slice(0, LONGEST_STATUS), kvs: { state } };
    }
    case 'failed':
      return new StatusTexts(words).failed(ErrorType);
    case 'idle':
      return { fill: 'grey', shape: 'ring', text: words.own('kvs-archive.status.idle'), kvs: { state } };
  }
}
