import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Simulator } from '../../src/simulator';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { child, float, naiveChunks, string, unsigned, type NaiveChunk } from '../../testing/naive-matroska';
import { REPOSITORY, startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { skip } from '../../testing/skip';

const MEDIA = resolve(REPOSITORY, '..', 'shared', 'media');
const FILES = [
  'output_get_media',
  'output-get-media-equal-timecode',
  'kinesis_video_renderer_example_output',
  'test_mixed_tags',
  'empty-mkv-with-tags',
];

/** Tags that the service itself writes. */
const SERVICE_TAGS =
  /^AWS_KINESISVIDEO_(FRAGMENT_NUMBER|SERVER_TIMESTAMP|PRODUCER_TIMESTAMP|MILLIS_BEHIND_NOW|CONTINUATION_TOKEN)$/;

describe('the recordings of GetMedia, through the simulator and the packed package in a real Node-RED', function () {
  this.timeout(120_000);
  const simulator = new Simulator({ idleEndMs: 200 });
  const collector = new Collector();
  let nodeRed: RunningNodeRed | undefined;
  let packed = '';

  before(async function () {
    if (!existsSync(MEDIA)) {
      skip(this, 'no folder shared/media beside this checkout');
    }
    packed = mkdtempSync(join(tmpdir(), 'kvs-flow-packed-'));
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], {
      cwd: REPOSITORY,
    });
    const [tarball = ''] = execFileSync('ls', [packed], { encoding: 'utf8' }).trim().split('\n');
    for (const name of FILES) {
      simulator.addStream({ name, source: { file: join(MEDIA, `${name}.mkv`) } });
    }
    await simulator.start();
    await collector.start();
    nodeRed = await startNodeRed({
      tarball: join(packed, tarball),
      flows: [
        { id: 'tab', type: 'tab', label: 'recordings' },
        simulatorConfig(simulator.endpoint),
        ...FILES.map((name, i) =>
          mediaNode(`media${i}`, 'tab', { stream: name, startSelectorType: 'EARLIEST' }),
        ),
        ...collector.nodes('tab', ['media', 'errors']),
      ],
      credentials: { config: SIMULATOR_KEYS },
    });
  });

  after(async () => {
    await nodeRed?.stop();
    await collector.stop();
    await simulator.stop();
    if (packed !== '') {
      rmSync(packed, { recursive: true, force: true });
    }
  });

  for (const name of FILES) {
    it(`${name}: every whole chunk once, in order, byte for byte, with every field right`, async () => {
      const expected = naiveChunks(readFileSync(join(MEDIA, `${name}.mkv`))).filter(
        (chunk) => chunk.whole && chunk.hasCluster,
      );
      const got = (): typeof collector.messages =>
        collector.of('media').filter((message) => message.topic === name);
      await collector.until(`${expected.length} chunks of ${name}`, () => got().length >= expected.length);
      assert.equal(got().length, expected.length);
      for (const [i, message] of got().entries()) {
        const chunk = expected[i];
        assert.ok(chunk !== undefined && message.bytes !== undefined && message.kvs !== undefined);
        assert.ok(message.bytes.equals(chunk.bytes), `chunk ${i} differs from the recording`);
        const { RequestId, ...kvs } = message.kvs;
        assert.match(String(RequestId), /^[0-9a-f-]{36}$/);
        assert.deepEqual(kvs, expectedFields(name, chunk, i));
      }
    });
  }

  it('the recording that breaks off in mid-chunk: says after three tries that the chunk stays cut', async () => {
    const name = 'output-get-media-equal-timecode';
    const cut = (): unknown =>
      collector
        .of('errors')
        .map(({ topic, payload }) => ({ topic, ...(payload as Record<string, unknown>) }))
        .find((error) => error.topic === name);
    await collector.until('TruncatedChunk', () => cut() !== undefined, 30_000);
    const { message, ...error } = cut() as Record<string, unknown>;
    assert.match(String(message), /output-get-media-equal-timecode/);
    assert.match(String(error['RequestId']), /^[0-9a-f-]{36}$/);
    assert.deepEqual(error, {
      topic: name,
      ErrorType: 'TruncatedChunk',
      RequestId: error['RequestId'],
      operation: 'GetMedia',
      statusCode: null,
      FragmentNumber: '91343852338381422498915671433912930725530893291',
      retryable: true,
      action: 'skip',
      attempt: 1,
    });
  });

  it('the recording without media: no message, and no error', () => {
    const name = 'empty-mkv-with-tags';
    assert.deepEqual(
      collector.messages.filter((message) => message.topic === name),
      [],
    );
  });
});

/** The contract's fields of a chunk message, from the bytes as the naive parser sees them. */
function expectedFields(name: string, chunk: NaiveChunk, sequence: number): Record<string, unknown> {
  const one = (tags: ReadonlyMap<string, readonly string[]>, tag: string): string =>
    tags.get(`AWS_KINESISVIDEO_${tag}`)?.[0] ?? '';
  const times = chunk.frames.map((frame) => frame.timecode);
  const durations = new Map(
    chunk.tracks.map((track) => [
      unsigned(child(track, 0xd7)),
      (unsigned(child(track, 0x23e383)) ?? 0) / 1e6,
    ]),
  );
  const ends = chunk.frames.map((frame) => frame.timecode + (durations.get(frame.track) ?? 0));
  return {
    StreamName: name,
    FragmentNumber: one(chunk.front, 'FRAGMENT_NUMBER'),
    ServerTimestamp: Number(one(chunk.front, 'SERVER_TIMESTAMP').replace('.', '')),
    ProducerTimestamp: Number(one(chunk.front, 'PRODUCER_TIMESTAMP').replace('.', '')),
    FragmentLengthInMilliseconds: Math.round(Math.max(...ends) - Math.min(...times)),
    FragmentSizeInBytes: chunk.bytes.length,
    ContinuationToken: one(chunk.tail, 'CONTINUATION_TOKEN'),
    MillisBehindNow: Number(one(chunk.tail, 'MILLIS_BEHIND_NOW')),
    tags: Object.fromEntries(
      [...chunk.front, ...chunk.tail]
        .filter(([tag]) => !SERVICE_TAGS.test(tag))
        .map(([tag, values]) => [tag, values.length === 1 ? values[0] : values]),
    ),
    tracks: chunk.tracks.map(expectedTrack),
    frames: chunk.frames.length,
    sequence,
  };
}

function expectedTrack(track: NaiveChunk['tracks'][number]): Record<string, unknown> {
  const video = child(track, 0xe0);
  const audio = child(track, 0xe1);
  const duration = unsigned(child(track, 0x23e383));
  const types = new Map([
    [1, 'video'],
    [2, 'audio'],
    [17, 'subtitle'],
  ]);
  const fields: Record<string, unknown> = {
    number: unsigned(child(track, 0xd7)),
    type: types.get(unsigned(child(track, 0x83)) ?? 0) ?? 'other',
    name: string(child(track, 0x536e)),
    codecId: string(child(track, 0x86)),
    codecPrivate: child(track, 0x63a2)?.data.toJSON(),
    width: unsigned(child(video, 0xb0)),
    height: unsigned(child(video, 0xba)),
    samplingFrequency: float(child(audio, 0xb5)),
    channels: unsigned(child(audio, 0x9f)),
    bitDepth: unsigned(child(audio, 0x6264)),
    defaultDurationMs: duration === undefined ? undefined : duration / 1e6,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
