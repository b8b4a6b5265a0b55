/** What is stored of a stream's position: how it is written, and what is accepted when it is read. */
import { definedOnly } from '../../../src/defined-only';
import {
  FRAGMENT_NUMBER_PATTERN,
  isContinuationToken,
  type ConfigSettings,
  type StreamRef,
} from '../../../src/options';
import type { Position } from '../../../src/session';
import type { Statement } from '../../../src/statement';
import { nodeStatement } from '../node-statements';

/** Which stream a checkpoint belongs to. */
export interface CheckpointOwner {
  readonly stream: StreamRef;
  readonly account: Pick<ConfigSettings, 'region' | 'endpoint'>;
}

/** What a stored checkpoint says: a position, or why it has none. Neither where there is no checkpoint. */
export interface ReadResult {
  readonly position?: Position;
  readonly problem?: Statement;
  /** The problem is that it is another stream's. */
  readonly isForeign?: boolean;
}

/** The checkpoint as it is stored: the position, and whose it is. Must survive JSON. */
export function checkpointRecord({ stream, account }: CheckpointOwner, position: Position): object {
  const { StreamName, StreamARN } = stream;
  const { region, endpoint } = account;
  return definedOnly({ version: 1, StreamName, StreamARN, region, endpoint, ...position });
}

/**
 * Reads what a store gave back, which anyone may have edited. A position has several names of one place: one of them
 * that is unusable is left out, as long as another is there.
 */
export function readCheckpoint(value: unknown, owner: CheckpointOwner): ReadResult {
  if (value === undefined || value === null) {
    return {};
  }
  if (typeof value !== 'object') {
    return { problem: nodeStatement('checkpoint.notAnObject', {}) };
  }
  const record = value as Readonly<Record<string, unknown>>;
  if (record['version'] !== 1) {
    return { problem: nodeStatement('checkpoint.unknownVersion', {}) };
  }
  if (!belongsTo(record, owner)) {
    return { problem: nodeStatement('checkpoint.otherStream', {}), isForeign: true };
  }
  const { FragmentNumber, ContinuationToken, ServerTimestamp } = record;
  if (FragmentNumber === undefined && isTime(ServerTimestamp)) {
    // A session that began NOW has a time alone until its first chunk.
    return { position: { ServerTimestamp } };
  }
  if (typeof FragmentNumber !== 'string' || !FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    return { problem: nodeStatement('checkpoint.fragmentNumber', {}) };
  }
  return {
    position: {
      FragmentNumber,
      ...(isContinuationToken(ContinuationToken) ? { ContinuationToken } : {}),
      ...(isTime(ServerTimestamp) ? { ServerTimestamp } : {}),
    },
  };
}

function belongsTo(record: Readonly<Record<string, unknown>>, { stream, account }: CheckpointOwner): boolean {
  const { StreamName, StreamARN, region, endpoint } = record;
  return (
    StreamName === stream.StreamName &&
    (StreamARN === undefined || stream.StreamARN === undefined || StreamARN === stream.StreamARN) &&
    region === account.region &&
    endpoint === account.endpoint
  );
}

/** ms since the epoch. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
