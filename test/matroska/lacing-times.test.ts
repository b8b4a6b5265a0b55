import assert from 'node:assert/strict';
import {
  FIXED,
  ID,
  XIPH,
  block,
  chunk,
  element,
  float,
  simpleBlock,
  trackEntry,
  uint,
  type Part,
} from '../../testing/matroska-writer';
import { only, read } from './recorded';

/** Times of the frames, and what the chunk's length is. */
function timesOf(track: Buffer, ...blocks: readonly Buffer[]): { times: number[]; lengthMs: number } {
  const bytes = chunk({
    tracks: element(ID.Tracks, track),
    cluster: element(ID.Cluster, uint(ID.Timestamp, 0), ...blocks),
  });
  const [whole, sliced] = [bytes.length, 7].map((sliceBytes) => read(bytes, { frames: true, sliceBytes }));
  const withoutFrames = read(bytes);
  assert.ok(whole !== undefined && sliced !== undefined);
  const times = whole.frames.map(({ timecodeMs }) => Math.round(timecodeMs * 1_000) / 1_000);
  assert.deepEqual(sliced.frames, whole.frames);
  const { lengthMs } = only(whole.chunks);
  assert.equal(only(withoutFrames.chunks).lengthMs, lengthMs);
  return { times, lengthMs };
}

function sound(codecId: string, ...parts: readonly Part[]): Buffer {
  return trackEntry(1, uint(ID.TrackType, 2), element(ID.CodecID, codecId), ...parts);
}

function audio(rate: number, channels = 2, bitDepth?: number): Buffer {
  return element(
    ID.Audio,
    float(ID.SamplingFrequency, rate),
    uint(ID.Channels, channels),
    ...(bitDepth === undefined ? [] : [uint(ID.BitDepth, bitDepth)]),
  );
}

/** Two packets of equal size. */
function laced(time: number, first: readonly number[], second: readonly number[]): Buffer {
  return simpleBlock(1, time, FIXED, [1], first, second);
}

describe('laced frames without DefaultDuration', () => {
  it('of Opus are as far apart as their packets last', () => {
    // Fullband of 20 ms; two frames of 20 ms; three of 2.5 ms, as the second byte says.
    const block = simpleBlock(1, 100, XIPH, [2, 2, 2], [0xf8, 0], [0xf9, 0], [0xe3, 3]);
    const { times, lengthMs } = timesOf(sound('A_OPUS', audio(48_000)), block);
    assert.deepEqual(times, [100, 120, 160]);
    assert.equal(lengthMs, 68);
  });

  it('of AAC are 1024 samples apart, by the sampling frequency that its configuration tells', () => {
    assert.deepEqual(timesOf(sound('A_AAC', audio(16_000)), laced(0, [1], [2])), {
      times: [0, 64],
      lengthMs: 128,
    });
    // With spectral band replication the track may tell twice the rate that the frames count in.
    const heAac = sound('A_AAC', element(ID.CodecPrivate, [0x2b, 0x11, 0x88, 0]), audio(48_000));
    assert.deepEqual(timesOf(heAac, laced(0, [1], [2])).times, [0, 42.667]);
  });

  it('of MP3, AC-3 and PCM are as far apart as their codec says', () => {
    assert.deepEqual(timesOf(sound('A_MPEG/L3', audio(48_000)), laced(0, [1], [2])).times, [0, 24]);
    assert.deepEqual(timesOf(sound('A_MPEG/L3', audio(24_000)), laced(0, [1], [2])).times, [0, 24]);
    assert.deepEqual(timesOf(sound('A_AC3', audio(48_000)), laced(0, [1], [2])).times, [0, 32]);
    const samples = new Array<number>(320).fill(0);
    assert.deepEqual(
      timesOf(sound('A_PCM/INT/LIT', audio(8_000, 1, 16)), laced(0, samples, samples)).times,
      [0, 20],
    );
  });

  it('share the duration of their BlockGroup, where it has one', () => {
    const group = element(
      ID.BlockGroup,
      element(ID.Block, block(1, 0, FIXED, [1], [0xf8], [0xf8])),
      uint(ID.BlockDuration, 50),
    );
    assert.deepEqual(timesOf(sound('A_OPUS', audio(48_000)), group), { times: [0, 25], lengthMs: 50 });
    const without = element(ID.BlockGroup, element(ID.Block, block(1, 0, FIXED, [1], [0xf8], [0xf8])));
    assert.deepEqual(timesOf(sound('A_OPUS', audio(48_000)), without), { times: [0, 20], lengthMs: 40 });
  });

  it('share one time where nothing says how long they last', () => {
    assert.deepEqual(timesOf(sound('A_VORBIS', audio(48_000)), laced(7, [1], [2])).times, [7, 7]);
  });
});
