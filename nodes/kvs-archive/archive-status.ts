/** The status under a kvs-archive node. */
import { LONGEST_STATUS } from '../shared/short-name';
import { Statuses, type ShownStatus } from '../shared/state-to-status';
import type { Words } from '../shared/words';
import { foremost, type Progress } from './request-progress';

/** What the node is doing. */
export interface ArchiveState {
  /** ErrorType of the last request that failed. */
  readonly failed?: string | undefined;
  readonly running: readonly Progress[];
  /** Number of requests that have not begun. */
  readonly waiting: number;
}

export function archiveStatus({ failed, running, waiting }: ArchiveState, words: Words): ShownStatus {
  const texts = new Statuses(words);
  if (running.length === 0) {
    return failed === undefined
      ? { fill: 'grey', shape: 'ring', text: words.own('kvs-archive.status.idle'), kvs: { state: 'idle' } }
      : texts.failed(failed);
  }
  const progress = foremost(running);
  const count = ` ${running.length}${waiting === 0 ? '' : ` +${waiting}`}`;
  switch (progress.state) {
    case 'retrying':
      return working(texts.retrying(progress.ErrorType));
    case 'holding':
    case 'waiting':
      return working(counted(texts[progress.state](), count));
    case 'working': {
      const text = words.own('kvs-archive.status.working');
      return counted({ fill: 'green', shape: 'dot', text, kvs: { state: 'working' } }, count);
    }
  }
}

/** A request that waits or retries is at work for a program: what for, the text and the colour say. */
function working(status: ShownStatus): ShownStatus {
  return { ...status, kvs: { ...status.kvs, state: 'working' } };
}

/** With the number of requests, where that fits. */
function counted(status: ShownStatus, count: string): ShownStatus {
  const text = `${status.text ?? ''}${count}`;
  return text.length <= LONGEST_STATUS ? { ...status, text } : status;
}
