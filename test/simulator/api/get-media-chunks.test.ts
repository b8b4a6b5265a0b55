import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChunkSent, Profile } from '../../../src/simulator';
import { SAMPLE_FILE, decomposeFragmentNumber, readRecording } from '../../../src/simulator';
import { KEYFRAME, ID, chunk, element, simpleBlock, tags, uint } from '../../../testing/matroska-writer';
import { naiveChunks } from '../../../testing/naive-matroska';
import { skip } from '../../../testing/skip';
import { RECORDINGS, fragmentNumbers, haveRecordings, tagValues, withSimulator } from '../rig';
import { numberOf, withTen } from './ten-fragments';

describe('simulator: chunks of GetMedia', () => {
  for (const profile of ['ffmpeg', 'aws-sdk', 'mkvmerge', 'amazon-connect'] as const) {
    it(`sends ${profile} chunks exactly as they are retained, and tells when`, async () => {
      await withSimulator({ streams: [{ name: 'a', live: false, profile }] }, async ({ simulator, read }) => {
        simulator.streams.get('a')?.produce(4);
        const sent: ChunkSent[] = [];
        simulator.on('chunkSent', (chunk) => sent.push(chunk));
        const body = await read('a', { StartSelectorType: 'EARLIEST' });
        assert.deepEqual(Buffer.concat(sent.map((chunk) => chunk.bytes())), body);
        assert.deepEqual(
          sent.map(({ FragmentNumber }) => FragmentNumber),
          fragmentNumbers(body),
        );
      });
    });
  }

  it('numbers and stamps fragments as the service does', async () => {
    await withTen(async ({ read, clock }, stream) => {
      const body = await read('a', { StartSelectorType: 'EARLIEST' });
      const chunks = readRecording(body) ?? [];
      const first = decomposeFragmentNumber(chunks[0]?.FragmentNumber ?? '0').sequence;
      for (const [index, chunk] of chunks.entries()) {
        const number = chunk.FragmentNumber ?? '0';
        assert.match(number, /^9134385\d{40}$/);
        assert.deepEqual(decomposeFragmentNumber(number), {
          sequence: first + index,
          serverTimestamp: chunk.ServerTimestamp,
        });
        assert.equal(chunk.ProducerTimestamp, stream.fragments[index]?.ProducerTimestamp);
      }
      assert.ok((chunks[9]?.ServerTimestamp ?? 0) <= clock.now());
    });
  });

  it('says how far behind now a chunk was sent', async () => {
    await withTen(async ({ open, clock }) => {
      const opened = clock.now();
      const body = await open('a', { StartSelectorType: 'EARLIEST' });
      const parts: Buffer[] = [];
      body.on('data', (part: Buffer) => parts.push(part));
      while (!body.readableEnded) {
        // How soon the network takes a chunk is not the clock's matter.
        await clock.advance(1000);
      }
      const whole = Buffer.concat(parts);
      const behind = tagValues(whole, 'AWS_KINESISVIDEO_MILLIS_BEHIND_NOW').map(Number);
      const servers = tagValues(whole, 'AWS_KINESISVIDEO_SERVER_TIMESTAMP').map((text) =>
        Math.round(Number(text) * 1000),
      );
      for (const [index, ms] of behind.entries()) {
        const at = (servers[index] ?? 0) + ms;
        assert.ok(at >= opened && at <= clock.now());
      }
    });
  });

  it('ffmpeg: known cluster size, session-relative time, the same header in every chunk', async () => {
    await withSimulator({ streams: [{ name: 'a', live: false }] }, async ({ simulator, read }) => {
      simulator.streams.get('a')?.produce(2);
      const [first, second] = readRecording(await read('a', { StartSelectorType: 'EARLIEST' })) ?? [];
      const cluster = first?.bytes.indexOf(Buffer.from('1f43b67501', 'hex')) ?? -1;
      assert.ok(first !== undefined && cluster > 0);
      const size = Number(first.bytes.readBigUInt64BE(cluster + 4) & 0xffffffffffffffn);
      const tail = first.bytes.indexOf('AWS_KINESISVIDEO_MILLIS_BEHIND_NOW');
      assert.equal(first.bytes.readUInt32BE(cluster + 12 + size), 0x1254c367, 'the tail follows the cluster');
      assert.ok(tail > cluster + 12 + size);
      assert.equal(first.bytes.toString('hex', cluster + 12, cluster + 15), 'e78100', 'time 0');
      const header = (bytes: Buffer) =>
        bytes.subarray(0, bytes.indexOf('AWS_KINESISVIDEO_FRAGMENT_NUMBER') - 26);
      assert.ok(second !== undefined);
      assert.deepEqual(header(second.bytes), header(first.bytes));
      assert.ok(second.bytes.includes(Buffer.from('e78207d0', 'hex')), 'time 2000');
    });
  });

  it('aws-sdk: unknown cluster size, absolute time, NUL-padded strings, tags after the cluster', async () => {
    const stream = {
      name: 'a',
      live: false,
      profile: 'aws-sdk' as Profile,
      tags: [['door', 'open']] as const,
    };
    await withSimulator({ streams: [stream] }, async ({ simulator, read }) => {
      simulator.streams.get('a')?.produce(2);
      const [first, second] = readRecording(await read('a', { StartSelectorType: 'EARLIEST' })) ?? [];
      assert.ok(first !== undefined && second !== undefined);
      const cluster = second.bytes.indexOf(Buffer.from('1f43b675ffe788', 'hex'));
      assert.ok(cluster > 0);
      assert.equal(Number(second.bytes.readBigUInt64BE(cluster + 7)), second.ProducerTimestamp);
      assert.ok(second.bytes.includes('Kinesis Video SDK\0'));
      assert.ok(second.bytes.includes('V_MPEG4/ISO/AVC\0\0\0'));
      assert.ok(second.bytes.indexOf('door') > cluster, 'after the cluster');
      assert.ok(second.bytes.indexOf('door') < second.bytes.indexOf('MILLIS_BEHIND_NOW'));
      assert.ok(
        first.bytes.indexOf('door') < first.bytes.indexOf('Kinesis Video SDK'),
        'and first of all in a session',
      );
    });
  });

  for (const name of [
    'output_get_media.mkv',
    'output-get-media-equal-timecode.mkv',
    'kinesis_video_renderer_example_output.mkv',
    'empty-mkv-with-tags.mkv',
    'test_mixed_tags.mkv',
  ]) {
    it(`serves ${name} byte for byte, whatever its age`, async function () {
      if (!haveRecordings) {
        skip(this, 'no folder shared/media beside this checkout');
      }
      const file = path.join(RECORDINGS, name);
      const bytes = readFileSync(file);
      await withSimulator({ streams: [{ name: 'a', source: { file } }] }, async ({ read }) => {
        assert.deepEqual(await read('a', { StartSelectorType: 'EARLIEST' }), bytes);
        const [first, ...rest] = readRecording(bytes) ?? [];
        assert.deepEqual(
          await read('a', {
            StartSelectorType: 'FRAGMENT_NUMBER',
            AfterFragmentNumber: first?.FragmentNumber,
          }),
          Buffer.concat(rest.map((chunk) => chunk.bytes)),
        );
      });
    });
  }

  it('takes media by program: files are cut and numbered, recordings kept', async () => {
    await withSimulator({ streams: [{ name: 'a', source: 'none' }] }, async ({ simulator, read }) => {
      const stream = simulator.streams.get('a');
      const pushed = stream?.ingest(readFileSync(SAMPLE_FILE)) ?? [];
      assert.equal(pushed.length, 6);
      const body = await read('a', { StartSelectorType: 'EARLIEST' });
      assert.deepEqual(fragmentNumbers(body), pushed.map(numberOf));
      stream?.forget();
      assert.equal(stream?.ingest(body).length, 6);
      assert.deepEqual(await read('a', { StartSelectorType: 'EARLIEST' }), body);
    });
  });

  it('replays a recording as live media, at its pace, with times and numbers of now', async () => {
    const times = [10_000, 12_000, 14_500, 900_000];
    const chunks = times.map((ms, i) =>
      chunk({
        number: String(100 + i),
        front: tags(
          ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', String(100 + i)],
          ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', '1519423069.070'],
          ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', (ms / 1_000).toFixed(3)],
        ),
        cluster: element(
          ID.Cluster,
          uint(ID.Timestamp, 77),
          simpleBlock(1, 0, KEYFRAME, `key frame ${i}`),
          simpleBlock(1, 1_000, 0, `another ${i}`),
        ),
      }),
    );
    const empty = chunk({ number: '99', cluster: Buffer.alloc(0) });
    const source = { bytes: Buffer.concat([empty, ...chunks]) };
    const streams = [{ name: 'a', source, replay: true, live: false }];
    await withSimulator({ streams }, async ({ simulator, clock, read }) => {
      const began = clock.now();
      simulator.streams.get('a')?.produce(5);
      const found = naiveChunks(await read('a', { StartSelectorType: 'EARLIEST' }));
      const starts = found.map(({ front }) =>
        Math.round(Number(front.get('AWS_KINESISVIDEO_PRODUCER_TIMESTAMP')?.[0]) * 1_000 - began),
      );
      // An outage is not waited for, and after the end it begins again; what follows comes after a chunk's length.
      assert.deepEqual(starts, [0, 2_000, 4_500, 6_500, 8_500]);
      for (const [i, { front, bytes }] of found.entries()) {
        assert.deepEqual(
          front.get('AWS_KINESISVIDEO_FRAGMENT_NUMBER')?.map(({ length }) => length > 40),
          [true],
        );
        assert.ok(bytes.includes(`key frame ${i % 4}`) && bytes.includes(`another ${i % 4}`));
      }
    });
  });

  it('can be read by ffprobe', async function () {
    if (spawnSync('ffprobe', ['-version']).status !== 0) {
      skip(this, 'no ffprobe');
    }
    for (const profile of ['ffmpeg', 'aws-sdk', 'mkvmerge'] as const) {
      await withSimulator({ streams: [{ name: 'a', live: false, profile }] }, async ({ simulator, read }) => {
        simulator.streams.get('a')?.produce(8);
        const input = await read('a', { StartSelectorType: 'EARLIEST' });
        const out = execFileSync(
          'ffprobe',
          [
            '-v',
            'fatal',
            '-count_frames',
            '-show_entries',
            'stream=codec_name,nb_read_frames',
            '-of',
            'csv=p=0',
            '-',
          ],
          { input, encoding: 'utf8' },
        );
        const [video = '', audio = ''] = out.trim().split('\n');
        assert.equal(video, 'h264,400');
        assert.match(audio, /^aac,7[45]\d$/);
      });
    }
  });
});
