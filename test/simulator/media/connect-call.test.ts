import assert from 'node:assert/strict';
import { CONNECT_TRACKS, connectSamples, readRecording } from '../../../src/simulator';
import { demux } from '../../../src/simulator/media/demuxer';
import { tagValues, withSimulator } from '../rig';

describe('simulator: a call as Amazon Connect streams it', () => {
  it('has two tracks told apart by name, the agent’s with a gap where he is silent, in fragments that follow one another', async () => {
    await withSimulator(
      { streams: [{ name: 'call', profile: 'amazon-connect', live: false }] },
      async ({ simulator, read }) => {
        const stream = simulator.streams.get('call');
        stream?.produce(5);
        const chunks = readRecording(await read('call', { StartSelectorType: 'EARLIEST' })) ?? [];
        assert.equal(chunks.length, 5);
        const media = chunks.map(({ bytes }) => demux(bytes));
        for (const [index, name] of CONNECT_TRACKS.entries()) {
          const blocks = media.flatMap((chunk) => chunk.blocks.filter(({ track }) => track === index + 1));
          assert.ok(blocks.every(({ keyframe }) => !keyframe));
          // What is missing is silence, as those who fill gaps make it.
          const parts: Buffer[] = [];
          const gaps: number[] = [];
          let expectedMs = blocks[0]?.timeMs ?? 0;
          for (const block of blocks) {
            const missing = 16 * Math.round(block.timeMs - expectedMs);
            if (missing > 0) {
              parts.push(Buffer.alloc(missing));
              gaps.push(missing / 16);
            }
            parts.push(block.frame);
            expectedMs = block.timeMs + block.frame.length / 16;
          }
          assert.deepEqual(Buffer.concat(parts), connectSamples(name));
          assert.deepEqual(gaps, name === 'AUDIO_TO_CUSTOMER' ? [896] : []);
        }
        for (const { bytes, ProducerTimestamp } of chunks) {
          assert.equal(demux(bytes).blocks[0]?.timeMs, ProducerTimestamp, 'absolute time');
          const cluster = bytes.indexOf(Buffer.from('1f43b67501ffffffffffffff', 'hex'));
          assert.ok(cluster > 0, 'of unknown size');
          for (const part of [bytes.subarray(0, cluster), bytes.subarray(cluster)]) {
            assert.ok(part.includes('audio/L16;rate=8000;channels=1'));
            assert.ok(part.includes('ContactId'));
          }
          assert.deepEqual(
            demux(bytes).tracks.map(({ codecId }) => codecId),
            ['A_AAC', 'A_AAC'],
          );
        }
      },
    );
  });

  it('is produced as it is spoken', async () => {
    await withSimulator(
      { streams: [{ name: 'call', profile: 'amazon-connect' }] },
      async ({ simulator, clock }) => {
        await clock.advance(5000);
        const fragments = simulator.streams.get('call')?.fragments ?? [];
        assert.deepEqual(
          fragments.map(({ complete, durationMs }) => [complete, durationMs]),
          [
            [true, 2048],
            [true, 2048],
            [false, 2048],
          ],
        );
        const open = fragments[2];
        assert.ok(open !== undefined && open.available > 0 && open.available < open.body.length);
      },
    );
  });
});

describe('simulator: media as mkvmerge writes it', () => {
  it('has short sizes, and room left free in every header', async () => {
    await withSimulator(
      { streams: [{ name: 'a', profile: 'mkvmerge', live: false }] },
      async ({ simulator, read }) => {
        simulator.streams.get('a')?.produce(2);
        const body = await read('a', { StartSelectorType: 'EARLIEST' });
        for (const { bytes } of readRecording(body) ?? []) {
          assert.ok(bytes.indexOf(Buffer.alloc(4029)) > 0);
          const cluster = bytes.indexOf(Buffer.from('1f43b675', 'hex'));
          assert.equal(Math.clz32(bytes.readUInt8(cluster + 4)) - 23, 3, 'a size of three bytes');
        }
        assert.equal(tagValues(body, 'AWS_KINESISVIDEO_CONTINUATION_TOKEN').length, 2);
      },
    );
  });
});
