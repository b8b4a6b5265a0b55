import assert from 'node:assert/strict';
import type { SessionOptions } from '../../src/session';
import { SessionRig } from '../../testing/session-rig';
import { CHUNKS, NUMBERS, bytesOf, startedRig, stopRig } from './started-rig';

describe('a session frame by frame', () => {
  let rig: SessionRig;
  const started = async (options?: Partial<SessionOptions>) => (rig = await startedRig(options));
  afterEach(() => {
    stopRig(rig);
  });

  it('sends no frame of a chunk twice when the chunk is fetched again', async () => {
    const { service, clock } = await started({ emit: 'frame' });
    const whole = new SessionRig({ emit: 'frame' });
    await whole.start();
    const uncut = whole.service.last.open();
    await whole.settle();
    uncut.push(bytesOf(CHUNKS.slice(0, 2)));

    const bytes = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
    for (const part of [0.3, 0.7]) {
      const response = service.last.open();
      await rig.settle();
      response.push(bytes.subarray(0, Math.floor(bytes.length * part)));
      response.breakOff();
      await rig.settle();
      await clock.advance(30_000);
      await rig.settle();
    }
    const response = service.last.open();
    await rig.settle();
    response.push(bytesOf(CHUNKS.slice(0, 2)));
    await rig.settle();
    assert.deepEqual(rig.frames, whole.frames);
    assert.ok(rig.frames.length > 50);
    whole.session.stop();
  });

  it('sends what had to wait as it came, though the slice has been overwritten', async () => {
    const { service } = await started({ emit: 'frame', maxInFlight: 2 });
    const whole = new SessionRig({ emit: 'frame' });
    await whole.start();
    for (const { last } of [service, whole.service]) {
      const response = last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
    }
    await whole.settle();
    await rig.acknowledgeAll();
    assert.deepEqual(rig.frames, whole.frames);
    whole.session.stop();
  });

  it('keeps the order when a chunk comes late that was left out before', async () => {
    const { service, clock } = await started({ emit: 'frame' });
    const later = CHUNKS[1]?.bytes ?? Buffer.alloc(0);
    const response = service.last.open();
    await rig.settle();
    response.push(later.subarray(0, Math.floor(later.length / 2)));
    response.breakOff();
    const begun = rig.frames.length;
    assert.ok(begun > 0);
    await clock.advance(30_000);
    await rig.settle();
    const again = service.last.open();
    await rig.settle();
    again.push(bytesOf(CHUNKS.slice(0, 2)));
    assert.ok(rig.frames.length > begun);
    assert.deepEqual(
      rig.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
      rig.frames.map((_, index) => [NUMBERS[1], index]),
    );
  });

  it('moves the checkpoint after a chunk that was sent in part and is gone', async () => {
    const { service, clock } = await started({ emit: 'frame', maxInFlight: 1_000 });
    const gone = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
    const response = service.last.open();
    await rig.settle();
    response.push(gone.subarray(0, Math.floor(gone.length / 2)));
    response.breakOff();
    await clock.advance(30_000);
    await rig.settle();
    const again = service.last.open();
    await rig.settle();
    again.push(bytesOf(CHUNKS.slice(1, 2)));
    rig.session.acknowledge(NUMBERS[1] ?? '');
    assert.deepEqual(rig.checkpoints, [], 'frames of the first chunk are out');
    rig.session.acknowledge(NUMBERS[0] ?? '');
    assert.deepEqual(
      rig.checkpoints.map(({ FragmentNumber }) => FragmentNumber),
      [NUMBERS[1]],
    );
  });

  it('sends only the tracks that were asked for', async () => {
    const { service } = await started({ emit: 'frame', tracks: ['audio'] });
    const response = service.last.open();
    await rig.settle();
    response.push(bytesOf(CHUNKS.slice(0, 1)));
    const indices = rig.frames.map(({ index }) => index);
    assert.ok(indices.length > 0);
    assert.ok(
      indices.some((index, i) => index !== i),
      'indices count over all tracks',
    );
  });
});
