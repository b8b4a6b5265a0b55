/** What the tests of a session share: six chunks of a stream, and a session that has begun to read it. */
import assert from 'node:assert/strict';
import { KinesisVideoError } from '../../src/kinesis-video';
import type { SessionOptions } from '../../src/session';
import type { HeldChunk } from '../../testing/scripted-service';
import { SessionRig, makeChunks } from '../../testing/session-rig';

export const CHUNKS = makeChunks(6);
export const NUMBERS = CHUNKS.map(({ FragmentNumber }) => FragmentNumber);
export const bytesOf = (chunks: readonly HeldChunk[]): Buffer =>
  Buffer.concat(chunks.map(({ bytes }) => bytes));
/** The selector that goes on after a chunk. */
export const after = (n: number): unknown => ({
  StartSelectorType: 'CONTINUATION_TOKEN',
  ContinuationToken: NUMBERS[n],
});

export function refusal(
  ErrorType: string,
  statusCode: number,
  more: { serverTime?: number } = {},
): KinesisVideoError {
  return new KinesisVideoError('GetMedia of stream "demo" was refused.', {
    ErrorType,
    RequestId: 'request-9',
    statusCode,
    operation: 'GetMedia',
    ...more,
  });
}

export async function startedRig(options: Partial<SessionOptions> = {}): Promise<SessionRig> {
  const rig = new SessionRig(options);
  await rig.start();
  return rig;
}

/** Refuses the session's call, and lets time pass until it makes the next one. */
export async function refuse(rig: SessionRig, error: KinesisVideoError): Promise<void> {
  rig.service.last.fail(error);
  await rig.settle();
  await rig.clock.advance(rig.clock.nextInMs ?? 0);
  await rig.settle();
}

export function stopRig(rig: SessionRig): void {
  rig.session.stop();
  assert.equal(rig.clock.pending, 0, 'no timer outlives the session');
}
