import assert from 'node:assert/strict';
import { foremost, RequestProgress, type Progress } from '../../../nodes/kvs-archive/request-progress';
import { KinesisVideoError, type ArchiveService } from '../../../src/kinesis-video';
import { VirtualClock } from '../../../testing/virtual-clock';

const STREAM = { StreamName: 'hall' };
const LIST = { MaxResults: 1, NextToken: 'x' };

describe('what a request of kvs-archive waits for', () => {
  const clock = new VirtualClock();
  const signal = new AbortController().signal;

  it('works, then waits for media while its range may still get some, then works again', async () => {
    const progress = new RequestProgress(clock, clock.now() + 60_000, 0);
    assert.deepEqual(progress.now, { state: 'working' });
    await clock.advance(3_000);
    assert.deepEqual(progress.now, { state: 'waiting' });
    progress.sent('1', false);
    assert.deepEqual(progress.now, { state: 'working' });
    await clock.advance(60_000);
    assert.deepEqual(progress.now, { state: 'working' }, 'nothing can arrive any more');
  });

  it('waits for acknowledgements when as many as allowed are missing, or all has been read', () => {
    const progress = new RequestProgress(clock, 0, 2);
    progress.sent('1', false);
    assert.deepEqual(progress.now, { state: 'working' });
    progress.sent('2', false);
    assert.deepEqual(progress.now, { state: 'holding' });
    progress.acknowledged('1');
    assert.deepEqual(progress.now, { state: 'working' });
    progress.acknowledged('2');
    progress.sent('3', true);
    assert.deepEqual(progress.now, { state: 'holding' });
    progress.acknowledged('3');
    assert.deepEqual(progress.now, { state: 'working' });
  });

  it('retries from a failed call until one succeeds', async () => {
    let fails = true;
    const failure = new KinesisVideoError('away', { operation: 'ListFragments', ErrorType: 'NetworkError' });
    const progress = new RequestProgress(clock, 0, 0);
    const service = progress.observe({
      clockOffsetMs: 0,
      listFragments: () => (fails ? Promise.reject(failure) : Promise.resolve({ fragments: [] })),
    } as unknown as ArchiveService);
    await assert.rejects(service.listFragments(STREAM, LIST, signal), failure);
    assert.deepEqual(progress.now, { state: 'retrying', ErrorType: 'NetworkError' });
    fails = false;
    await service.listFragments(STREAM, LIST, signal);
    assert.deepEqual(progress.now, { state: 'working' });
  });

  it('of several requests, shows first what a person should see first', () => {
    const [working, waiting, holding]: Progress[] = [
      { state: 'working' },
      { state: 'waiting' },
      { state: 'holding' },
    ];
    const retrying: Progress = { state: 'retrying', ErrorType: 'NetworkError' };
    assert.deepEqual(foremost([]), working);
    assert.ok(working && waiting && holding);
    assert.deepEqual(foremost([working, waiting]), waiting);
    assert.deepEqual(foremost([waiting, holding, working]), holding);
    assert.deepEqual(foremost([holding, retrying, waiting]), retrying);
  });
});
