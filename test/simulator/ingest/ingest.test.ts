import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetDataEndpointCommand,
} from '@aws-sdk/client-kinesis-video';
import type { StartSelector } from '@aws-sdk/client-kinesis-video-media';
import { readRecording } from '../../../src/simulator';
import { limitMemory } from '../../../src/simulator/streams/memory-limit';
import { block, cluster, customTags, header, second, track } from '../matroska';
import { TestProducer, signedHeaders, type Ack } from '../producer';
import type { Rig, RigOptions } from '../rig';
import { failure, fragmentNumbers, tagValues, tokens, withSimulator } from '../rig';

const FIRST: StartSelector = { StartSelectorType: 'EARLIEST' };
const START = 1_600_000_000;
const RELATIVE = {
  'x-amzn-fragment-timecode-type': 'RELATIVE',
  'x-amzn-producer-start-timestamp': String(START),
};

const pushUrl = ({ simulator }: Rig, name = 'camera') => `${simulator.endpoint}/streams/${name}`;

/** PutMedia, signed, to a stream of its own. */
async function putMedia(
  rig: Rig,
  headers: Record<string, string> = RELATIVE,
  name = 'camera',
  signing: Parameters<typeof signedHeaders>[2] = {},
): Promise<TestProducer> {
  const url = rig.simulator.dataEndpoint;
  const all = { 'x-amzn-stream-name': name, ...headers };
  return new TestProducer(`${url}/putMedia`, await signedHeaders(url, all, signing), 'POST');
}

const withCamera = (test: (rig: Rig) => Promise<void>, options: RigOptions = {}) =>
  withSimulator({ streams: [{ name: 'camera', source: 'none' }], ...options }, test);

/** Waits until as many fragments are retained, whole or not. */
async function held(rig: Rig, count: number, name = 'camera'): Promise<void> {
  while ((rig.simulator.streams.get(name)?.fragments.length ?? 0) !== count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const numbersOf = (acks: readonly Ack[]) => acks.map(({ FragmentNumber = '' }) => FragmentNumber);

describe('simulator: PutMedia', () => {
  it('one Cluster is one fragment: acknowledged, numbered, and served byte for byte behind the header', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const clusters = [second(0, 'a'), second(1000, 'b', false), second(2000, 'c')];
      await producer.finish(Buffer.concat([header(), ...clusters]));
      assert.equal(producer.statusCode, 200);
      assert.ok(producer.headers['x-amzn-requestid']);
      assert.deepEqual(
        producer.acks.map(({ EventType, FragmentTimecode }) => [EventType, FragmentTimecode]),
        [0, 1000, 2000].flatMap((ms) => [
          ['BUFFERING', ms],
          ['RECEIVED', ms],
          ['PERSISTED', ms],
        ]),
      );
      const body = await rig.read('camera', FIRST);
      assert.deepEqual(fragmentNumbers(body), numbersOf(producer.of('PERSISTED')));
      assert.deepEqual(tokens(body), fragmentNumbers(body));
      const chunks = readRecording(body) ?? [];
      for (const [index, sent] of clusters.entries()) {
        const chunk = chunks[index];
        assert.ok(chunk);
        assert.ok(chunk.bytes.subarray(0, header().length).equals(header()));
        assert.ok(chunk.bytes.includes(sent));
        assert.equal(chunk.ProducerTimestamp, START * 1000 + index * 1000);
        assert.equal(
          chunk.ServerTimestamp,
          rig.simulator.streams.get('camera')?.fragments[index]?.ServerTimestamp,
        );
      }
    });
  });

  it('takes an absolute timecode for the producer time, and no start with it', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, { 'x-amzn-fragment-timecode-type': 'ABSOLUTE' });
      await producer.finish(Buffer.concat([header(), second(START * 1000 + 7)]));
      assert.deepEqual(tagValues(await rig.read('camera', FIRST), 'AWS_KINESISVIDEO_PRODUCER_TIMESTAMP'), [
        `${START}.007`,
      ]);
    });
  });

  it('counts ticks by the scale of the header', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const blocks = [block(1, 0, true), block(1, 4, false)];
      await producer.finish(Buffer.concat([header([track(1)], 10_000_000), cluster(150, blocks)]));
      assert.equal(producer.acks[0]?.FragmentTimecode, 1500);
      const [chunk] = readRecording(await rig.read('camera', FIRST)) ?? [];
      assert.equal(chunk?.ProducerTimestamp, START * 1000 + 1500);
      assert.equal(rig.simulator.streams.get('camera')?.fragments[0]?.durationMs, 80);
    });
  });

  it('leaves tags behind a Cluster with its fragment, and lets nobody write the tags of the service', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const false_ = customTags('AWS_KINESISVIDEO_FRAGMENT_NUMBER', '1');
      await producer.finish(
        Buffer.concat([
          header([track(1)], 1_000_000, customTags('title', 'home'), false_),
          ...[second(0, 'a', false), customTags('door', 'open'), false_, second(1000, 'b', false)],
        ]),
      );
      const chunks = (readRecording(await rig.read('camera', FIRST)) ?? []).map(({ bytes }) => bytes);
      assert.deepEqual(
        chunks.map((bytes) => [
          bytes.includes('home'),
          bytes.includes('open'),
          fragmentNumbers(bytes).length,
        ]),
        [
          [true, true, 1],
          [true, false, 1],
        ],
      );
    });
  });

  it('sends what has come in to those who read live, long before the fragment is whole', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(header());
      await producer.send(cluster(0, [block(1, 0, true, 'first picture')], false));
      await producer.until('BUFFERING');
      const body = await rig.open('camera', { StartSelectorType: 'NOW' });
      let seen = Buffer.alloc(0);
      body.on('data', (part: Buffer) => (seen = Buffer.concat([seen, part])));
      const reads = async (what: string) => {
        while (!seen.includes(what)) {
          await once(body, 'data');
        }
      };
      await reads('first picture');
      await producer.send(block(1, 40, false, 'second picture'));
      await reads('second picture');
      assert.deepEqual(tokens(seen), [], 'it is still open');
      await producer.finish();
      await reads('AWS_KINESISVIDEO_CONTINUATION_TOKEN');
      body.destroy();
    });
  });

  it('answers every start selector from what was ingested', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      const numbers: string[] = [];
      for (let index = 0; index < 5; index++) {
        await producer.send(Buffer.concat([index === 0 ? header() : Buffer.alloc(0), second(index * 1000)]));
        await producer.until('PERSISTED', index + 1);
        await rig.clock.advance(1000);
      }
      await producer.finish();
      numbers.push(...numbersOf(producer.of('PERSISTED')));
      const from = async (selector: StartSelector) => fragmentNumbers(await rig.read('camera', selector));
      const server = rig.simulator.streams.get('camera')?.fragments[2]?.ServerTimestamp ?? 0;
      assert.deepEqual(await from({ StartSelectorType: 'NOW' }), numbers.slice(4));
      assert.deepEqual(await from(FIRST), numbers);
      const third = numbers[2] ?? '';
      for (const selector of [
        { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: third },
        { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: third },
        { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: new Date(server + 1000) },
        { StartSelectorType: 'PRODUCER_TIMESTAMP', StartTimestamp: new Date(START * 1000 + 3500) },
      ] as const) {
        assert.deepEqual(await from(selector), numbers.slice(3), selector.StartSelectorType);
      }
    });
  });

  it('loses the fragment under way with its producer: readers see silence, then the end; the next numbers are higher', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0), second(1000).subarray(0, 300)]));
      await producer.until('PERSISTED');
      await held(rig, 2);
      const reading = rig.read('camera', FIRST);
      producer.abort();
      await held(rig, 1);
      const body = await reading;
      const [first = ''] = numbersOf(producer.of('PERSISTED'));
      assert.deepEqual(tokens(body), [first], 'the second was cut off');
      const again = await putMedia(rig);
      await again.finish(Buffer.concat([header(), second(0)]));
      const [next = ''] = numbersOf(again.of('PERSISTED'));
      assert.ok(BigInt(next) > BigInt(first));
      assert.deepEqual(fragmentNumbers(await rig.read('camera', FIRST)), [first, next]);
    });
  });

  it('ends the response that was cut off although the producer is back at once', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), cluster(0, [block(1, 0, true, 'lost')], false)]));
      await producer.until('BUFFERING');
      const reading = await rig.open('camera', { StartSelectorType: 'NOW' });
      await once(reading, 'data');
      producer.abort();
      await held(rig, 0);
      const again = await putMedia(rig);
      await again.send(Buffer.concat([header(), second(0)]));
      await again.until('PERSISTED');
      const rest: Buffer[] = [];
      reading.on('data', (part: Buffer) => rest.push(part));
      const ended = once(reading, 'end');
      for (let seconds = 0; seconds < 4; seconds++) {
        await again.send(second(1000 + seconds * 1000));
        await again.until('PERSISTED', 2 + seconds);
        await rig.clock.advance(1000);
      }
      await ended;
      assert.equal(fragmentNumbers(Buffer.concat(rest)).length, 0, 'nothing more came in it');
      assert.equal((await rig.read('camera', FIRST)).length > 0, true);
    });
  });

  it('forgets what is older than the retention, and keeps five minutes where there is none', async () => {
    for (const [retentionMs, minutes, acknowledged] of [
      [120_000, 2, 'PERSISTED'],
      [0, 5, 'RECEIVED'],
    ] as const) {
      await withCamera(
        async (rig) => {
          for (let minute = 0; minute < 8; minute++) {
            const producer = await putMedia(rig);
            await producer.finish(Buffer.concat([header(), second(0)]));
            assert.equal(producer.acks.at(-1)?.EventType, acknowledged);
            await rig.clock.advance(59_500);
          }
          assert.equal(rig.simulator.streams.get('camera')?.fragments.length, minutes);
        },
        { streams: [{ name: 'camera', source: 'none', retentionMs }] },
      );
    }
  });

  const refusals: [what: string, media: Buffer, ErrorId: number, ErrorCode: string, whole: number][] = [
    ['bytes that are no Matroska', Buffer.from('<html>'), 4006, 'INVALID_MKV_DATA', 0],
    [
      'rubbish between Clusters',
      Buffer.concat([header(), second(0), Buffer.alloc(20)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'an end in mid-Cluster',
      Buffer.concat([header(), second(0), second(1000).subarray(0, 99)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'a second Segment',
      Buffer.concat([header(), second(0), header(), second(1000)]),
      4006,
      'INVALID_MKV_DATA',
      1,
    ],
    [
      'Clusters out of order',
      Buffer.concat([header(), second(1000), second(0)]),
      4004,
      'FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS',
      1,
    ],
    [
      'a block of no track',
      Buffer.concat([header(), cluster(0, [block(3, 0, true)])]),
      4010,
      'TRACK_NUMBER_MISMATCH',
      0,
    ],
    [
      'four tracks',
      Buffer.concat([header([1, 2, 3, 4].map((number) => track(number))), second(0)]),
      4012,
      'MORE_THAN_ALLOWED_TRACKS_FOUND',
      0,
    ],
    [
      'a fragment of 21 s',
      Buffer.concat([header(), cluster(0, [block(1, 0, true), block(1, 21_000, false)])]),
      4002,
      'MAX_FRAGMENT_DURATION_REACHED',
      0,
    ],
    [
      'a time beyond dates',
      Buffer.concat([header(), second(2 ** 50)]),
      4007,
      'INVALID_PRODUCER_TIMESTAMP',
      0,
    ],
    [
      'more tags than a fragment may have',
      Buffer.concat([
        header(),
        second(0, 'a', false),
        customTags('a', 'x'.repeat(200_000)),
        customTags('a', 'x'.repeat(200_000)),
      ]),
      4009,
      'FRAGMENT_METADATA_LIMIT_REACHED',
      0,
    ],
  ];
  for (const [what, media, ErrorId, ErrorCode, whole] of refusals) {
    it(`acknowledges ${what} with error ${ErrorId}`, async () => {
      await withCamera(async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(media);
        await producer.finish();
        assert.equal(producer.statusCode, 200);
        const last = producer.acks.at(-1);
        assert.deepEqual([last?.EventType, last?.ErrorId, last?.ErrorCode], ['ERROR', ErrorId, ErrorCode]);
        assert.equal(rig.simulator.streams.get('camera')?.fragments.length, whole);
        assert.equal(producer.of('PERSISTED').length, whole);
        assert.equal(rig.simulator.stats.streams['camera']?.requests.at(-1)?.ErrorType, ErrorCode);
        // The one connection is free again.
        await (await putMedia(rig)).finish(Buffer.concat([header(), second(0)]));
        assert.equal(rig.simulator.streams.get('camera')?.fragments.length, whole + 1);
      });
    });
  }

  it('refuses a fragment of more than 50 MB while it comes, and holds none of it', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(header());
        await producer.send(cluster(0, [], false));
        const large = block(1, 0, true, Buffer.alloc(10_000_000));
        for (let count = 0; count < 6; count++) {
          await producer.send(large);
        }
        await producer.until('ERROR');
        assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'MAX_FRAGMENT_SIZE_REACHED');
        assert.equal(rig.simulator.streams.get('camera')?.ownedBytes, 0);
        producer.abort();
      },
      { putMediaBytesPerSecond: Infinity },
    );
  });

  it('says that it is idle, and gives up after 30 s of silence', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0)]));
      await producer.until('PERSISTED');
      await rig.clock.advance(10_000);
      await producer.until('IDLE');
      await rig.clock.advance(20_000);
      await producer.until('ERROR');
      assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'STREAM_READ_ERROR');
      await producer.closed;
    });
  });

  it('closes a connection at its maximum age', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(Buffer.concat([header(), second(0)]));
        await producer.until('PERSISTED');
        await rig.clock.advance(10_000);
        await producer.until('ERROR');
        assert.equal(producer.of('ERROR')[0]?.ErrorId, 4003);
        producer.abort();
      },
      { maxSessionMs: 10_000 },
    );
  });

  it('ends for a stream that is deleted', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig);
      await producer.send(Buffer.concat([header(), second(0)]));
      await producer.until('PERSISTED');
      rig.simulator.removeStream('camera');
      await producer.send(second(1000));
      await producer.until('ERROR');
      assert.equal(producer.of('ERROR')[0]?.ErrorCode, 'STREAM_NOT_ACTIVE');
      producer.abort();
    });
  });

  it('keeps acknowledgements to itself where none are wanted', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, { ...RELATIVE, 'x-amzn-fragment-acknowledgment-required': '0' });
      await producer.finish(Buffer.concat([header(), second(0)]));
      assert.equal(producer.statusCode, 200);
      assert.deepEqual(producer.acks, []);
    });
  });

  it('reads no faster than the service', async () => {
    await withCamera(
      async (rig) => {
        const producer = await putMedia(rig);
        await producer.send(Buffer.concat([header(), second(0)]));
        await producer.until('PERSISTED');
        await producer.send(second(1000));
        await producer.until('PERSISTED', 2);
        await producer.send(second(2000));
        // Two a second: the third has to wait for time to pass.
        for (let turn = 0; turn < 50; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal(producer.of('BUFFERING').length, 2);
        await rig.clock.advance(1000);
        await producer.until('PERSISTED', 3);
        const finished = producer.finish();
        await rig.clock.advance(1000);
        await finished;
      },
      { putMediaFragmentsPerSecond: 1 },
    );
  });
});

describe('simulator: who may put', () => {
  it('checks signatures: the body signed as empty, or said not to be signed', async () => {
    await withCamera(async (rig) => {
      for (const signing of [{}, { payload: 'UNSIGNED-PAYLOAD' }]) {
        const producer = await putMedia(rig, RELATIVE, 'camera', signing);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.equal(producer.statusCode, 200);
      }
      for (const [signing, type] of [
        [{ secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
        [{ payload: 'a'.repeat(64) }, 'InvalidSignatureException'],
      ] as const) {
        const producer = await putMedia(rig, RELATIVE, 'camera', signing);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.deepEqual([producer.statusCode, producer.headers['x-amzn-errortype']], [403, type]);
      }
      const unsigned = new TestProducer(`${rig.simulator.dataEndpoint}/putMedia`, RELATIVE, 'POST');
      await unsigned.finish();
      assert.equal(unsigned.headers['x-amzn-errortype'], 'MissingAuthenticationTokenException');
      assert.equal(rig.simulator.streams.get('camera')?.fragments.length, 2);
    });
  });

  for (const [what, name, headers, statusCode, type] of [
    ['a stream that is not there', 'nobody', RELATIVE, 404, 'ResourceNotFoundException'],
    ['no timecode type', 'camera', {}, 400, 'InvalidArgumentException'],
    [
      'an unknown timecode type',
      'camera',
      { ...RELATIVE, 'x-amzn-fragment-timecode-type': 'SOME' },
      400,
      'InvalidArgumentException',
    ],
    [
      'relative times with no start',
      'camera',
      { 'x-amzn-fragment-timecode-type': 'RELATIVE' },
      400,
      'InvalidArgumentException',
    ],
    [
      'a start that is no time',
      'camera',
      { ...RELATIVE, 'x-amzn-producer-start-timestamp': 'now' },
      400,
      'InvalidArgumentException',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await withCamera(async (rig) => {
        const producer = await putMedia(rig, headers, name);
        await producer.finish(Buffer.concat([header(), second(0)]));
        assert.deepEqual([producer.statusCode, producer.headers['x-amzn-errortype']], [statusCode, type]);
      });
    });
  }

  it('takes one producer for each stream, its next session while the last one ends, and five calls a second', async () => {
    await withCamera(
      async (rig) => {
        const first = await putMedia(rig);
        await first.send(Buffer.concat([header(), second(0)]));
        await first.until('PERSISTED');
        const next = await putMedia(rig);
        await next.send(Buffer.concat([header(), second(0)]));
        await next.until('PERSISTED');
        const third = await putMedia(rig);
        await third.finish(header());
        assert.equal(third.headers['x-amzn-errortype'], 'ConnectionLimitExceededException');
        for (let call = 0; call < 2; call++) {
          await (await putMedia(rig)).finish(header());
        }
        const sixth = await putMedia(rig);
        await sixth.finish(header());
        assert.equal(sixth.headers['x-amzn-errortype'], 'ClientLimitExceededException');
        await first.finish(second(1000));
        await next.finish(second(1000));
        const persisted = [first, next].map((producer) => producer.of('PERSISTED').length);
        assert.deepEqual(persisted, [2, 2], 'they were not disturbed');
      },
      { callsPerSecond: 5 },
    );
  });

  it('cuts off a refused producer that goes on sending, once it can have read the answer', async () => {
    await withCamera(async (rig) => {
      const producer = await putMedia(rig, {});
      await producer.send(header());
      await producer.closed;
      assert.equal(producer.statusCode, 400);
    });
  });

  it('meets faults as any other call does', async () => {
    await withCamera(async (rig) => {
      rig.simulator.faults.add({
        ...{ kind: 'http-error', operation: 'PutMedia', ErrorType: 'InternalFailure', statusCode: 500 },
      });
      const refused = await putMedia(rig);
      await refused.finish(Buffer.concat([header(), second(0)]));
      assert.deepEqual([refused.statusCode, refused.headers['x-amzn-errortype']], [500, 'InternalFailure']);
      rig.simulator.faults.add({ kind: 'reset', operation: 'PutMedia' });
      const reset = await putMedia(rig);
      await reset.closed;
      assert.equal(reset.statusCode, undefined);
      const taken = await putMedia(rig);
      await taken.finish(Buffer.concat([header(), second(0)]));
      assert.equal(taken.of('PERSISTED').length, 1);
    });
  });

  it('creates streams for those who ask, and tells where to put', async () => {
    await withSimulator({}, async (rig) => {
      const create = (DataRetentionInHours: number) =>
        rig.control.send(
          new CreateStreamCommand({ StreamName: 'new', DataRetentionInHours, MediaType: 'video/h264' }),
        );
      const { StreamARN } = await create(2);
      const { StreamInfo } = await rig.control.send(new DescribeStreamCommand({ StreamName: 'new' }));
      assert.deepEqual(
        [StreamInfo?.StreamARN, StreamInfo?.DataRetentionInHours, StreamInfo?.MediaType],
        [StreamARN, 2, 'video/h264'],
      );
      assert.equal((await failure(create(2))).name, 'ResourceInUseException');
      const { DataEndpoint } = await rig.control.send(
        new GetDataEndpointCommand({ StreamName: 'new', APIName: 'PUT_MEDIA' }),
      );
      assert.equal(DataEndpoint, rig.simulator.dataEndpoint);
      await (await putMedia(rig, RELATIVE, 'new')).finish(Buffer.concat([header(), second(0)]));
      assert.equal(fragmentNumbers(await rig.read('new', FIRST)).length, 1);
    });
  });
});

describe('simulator: pushing without a signature', () => {
  it('makes the stream, begins fragments at key frames whatever the Clusters, and loses no block', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      const media = [
        cluster(0, [block(2, 5, true, 'a0'), block(1, 20, true, 'v0'), block(1, 60, false, 'v1')]),
        cluster(500, [block(1, 0, false, 'v2'), block(2, 10, true, 'a1'), block(1, 520, true, 'v3')], false),
        cluster(1400, [block(1, 0, false, 'v4'), block(1, 100, true, 'v5')]),
      ];
      await producer.finish(Buffer.concat([header([track(1), track(2, 'audio')]), ...media]));
      assert.equal(producer.statusCode, 200);
      const chunks = readRecording(await rig.read('camera', FIRST)) ?? [];
      const seen = chunks.map(({ bytes }) =>
        ['a0', 'v0', 'v1', 'v2', 'a1', 'v3', 'v4', 'v5'].filter((name) => bytes.includes(name)).join(' '),
      );
      assert.deepEqual(seen, ['a0 v0 v1 v2 a1', 'v3 v4 v5']);
      assert.deepEqual(
        producer.of('BUFFERING').map(({ FragmentTimecode }) => FragmentTimecode),
        [5, 1020],
      );
      assert.equal((chunks[1]?.ProducerTimestamp ?? 0) - (chunks[0]?.ProducerTimestamp ?? 0), 1015);
      assert.ok(chunks[1]?.bytes.includes(block(1, 380, false, 'v4')), 'times count from the new Cluster');
    });
  });

  it('cuts at Clusters where asked to', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(`${pushUrl(rig)}?cut=clusters`);
      await producer.finish(
        Buffer.concat([header(), cluster(0, [block(1, 0, true)]), cluster(40, [block(1, 0, false)])]),
      );
      assert.equal(producer.of('PERSISTED').length, 2);
    });
  });

  it('cuts sound every two seconds, and pictures that are all key frames no closer than half a second', async () => {
    await withSimulator({}, async (rig) => {
      const blocks = (ms: number) => Array.from({ length: 100 }, (_, index) => block(1, index * ms, true));
      const sound = new TestProducer(pushUrl(rig, 'sound'));
      await sound.finish(Buffer.concat([header([track(1, 'audio')]), cluster(0, blocks(50))]));
      assert.deepEqual(
        sound.of('RECEIVED').map(({ FragmentTimecode }) => FragmentTimecode),
        [0, 2000, 4000],
      );
      const pictures = new TestProducer(pushUrl(rig, 'pictures'));
      await pictures.finish(Buffer.concat([header(), cluster(0, blocks(20))]));
      assert.deepEqual(
        pictures.of('RECEIVED').map(({ FragmentTimecode }) => FragmentTimecode),
        [0, 500, 1000, 1500],
      );
    });
  });

  it('takes when it came for when it was recorded, dates for dates, and the headers of PutMedia for what they say', async () => {
    await withSimulator({}, async (rig) => {
      const producerTime = async (name: string, ticks: number, headers = {}) => {
        await new TestProducer(pushUrl(rig, name), headers).finish(Buffer.concat([header(), second(ticks)]));
        return rig.simulator.streams.get(name)?.fragments[0]?.ProducerTimestamp;
      };
      assert.equal(await producerTime('a', 123_000), Math.round(rig.clock.now()));
      assert.equal(await producerTime('b', START * 1000), START * 1000);
      assert.equal(await producerTime('c', 3000, RELATIVE), START * 1000 + 3000);
      assert.equal(await producerTime('d', 3000, { 'x-amzn-fragment-timecode-type': 'ABSOLUTE' }), 3000);
    });
  });

  it('takes several Segments, and times that begin anew, for the next session of the same camera', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(
        Buffer.concat([
          header(),
          second(0),
          second(1000),
          header([track(1), track(2, 'audio')]),
          second(0),
          header(),
          second(1000),
          second(0),
        ]),
      );
      const fragments = rig.simulator.streams.get('camera')?.fragments ?? [];
      assert.equal(fragments.length, 5);
      const times = fragments.map(
        ({ ProducerTimestamp = 0 }) => ProducerTimestamp - (fragments[0]?.ProducerTimestamp ?? 0),
      );
      assert.deepEqual(times, [0, 1000, 2000, 3000, 4000]);
    });
  });

  it('takes a recorded response for what it is', async () => {
    await withSimulator({ streams: [{ name: 'a', live: false }] }, async (rig) => {
      rig.simulator.streams.get('a')?.produce(4);
      const recorded = await rig.read('a', FIRST);
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(recorded);
      const body = await rig.read('camera', FIRST);
      assert.deepEqual(fragmentNumbers(body), numbersOf(producer.of('PERSISTED')));
      assert.equal(fragmentNumbers(body).length, 4);
      const sequence = numbersOf(producer.of('PERSISTED')).map((number) => (BigInt(number) >> 92n) & 0xffffn);
      assert.deepEqual(
        sequence.map((value) => value - (sequence[0] ?? 0n)),
        [0n, 1n, 2n, 3n],
      );
    });
  });

  for (const [what, media, pattern] of [
    ['MP4', Buffer.from('0000001c667479706d703432', 'hex'), /MP4.*ffmpeg/],
    ['a web page', Buffer.from('<!DOCTYPE html>'), /neither Matroska nor WebM/],
    [
      'five tracks',
      Buffer.concat([header([1, 2, 3, 4, 5].map((number) => track(number))), second(0)]),
      /-map 0:v:0/,
    ],
  ] as const) {
    it(`answers ${what} with status 400 in words, and leaves no stream behind`, async () => {
      await withSimulator({}, async (rig) => {
        const producer = new TestProducer(pushUrl(rig));
        await producer.finish(media);
        assert.equal(producer.statusCode, 400);
        assert.match(producer.body, pattern);
        assert.equal(rig.simulator.streams.size, 0);
      });
    });
  }

  it('says in words what went wrong later', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(Buffer.concat([header(), second(0), Buffer.from('rubbish')]));
      assert.equal(producer.statusCode, 200);
      assert.match(producer.of('ERROR')[0]?.Message ?? '', /element/);
    });
  });

  it('leaves a stream to its own producer until that is paused', async () => {
    await withSimulator({ streams: [{ name: 'demo' }] }, async (rig) => {
      const refused = new TestProducer(pushUrl(rig, 'demo'));
      await refused.finish(header());
      assert.equal(refused.statusCode, 400);
      assert.match(refused.body, /"producer\\":\\"paused\\"/);
      rig.simulator.streams.get('demo')?.pauseProducer();
      const taken = new TestProducer(pushUrl(rig, 'demo'));
      await taken.finish(Buffer.concat([header(), second(0)]));
      assert.equal(taken.of('PERSISTED').length, 1);
    });
  });

  it('answers no web page, no bad name and no other method', async () => {
    await withSimulator({}, async (rig) => {
      for (const [url, headers, method, statusCode] of [
        [pushUrl(rig), { Origin: 'http://example.org' }, 'PUT', 403],
        [pushUrl(rig, 'a%20b'), {}, 'PUT', 400],
        [pushUrl(rig, '%zz'), {}, 'PUT', 400],
        [pushUrl(rig, ''), {}, 'PUT', 400],
        [`${pushUrl(rig)}?cut=never`, {}, 'PUT', 400],
        [pushUrl(rig), {}, 'DELETE', 405],
      ] as const) {
        const producer = new TestProducer(url, headers, method);
        await producer.finish(header());
        assert.equal(producer.statusCode, statusCode, url);
      }
      assert.equal(rig.simulator.streams.size, 0);
    });
  });

  it('is off where other machines can reach the simulator', async () => {
    await withSimulator({ host: '0.0.0.0' }, async (rig) => {
      const producer = new TestProducer(pushUrl(rig));
      await producer.finish(header());
      assert.equal(producer.statusCode, 403);
      assert.match(producer.body, /loopback.*PutMedia/);
    });
  });

  it('leaves neither timer nor connection, however a producer ends', async () => {
    await withSimulator({}, async (rig) => {
      const before = rig.clock.pending;
      const good = Buffer.concat([header(), second(0)]);
      for (let round = 0; round < 20; round++) {
        await new TestProducer(pushUrl(rig)).finish(good);
        await new TestProducer(pushUrl(rig)).finish(Buffer.from('rubbish, of no use'));
        const leaving = new TestProducer(pushUrl(rig));
        await leaving.send(Buffer.concat([header(), cluster(0, [block(1, 0, true)], false)]));
        await leaving.until('BUFFERING');
        leaving.abort();
        await held(rig, round + 1);
      }
      assert.equal(rig.clock.pending, before);
      await new Promise<void>((resolve) => {
        request(`${rig.simulator.endpoint}/simulator/streams`, (response) => {
          response.resume().on('end', resolve);
        }).end();
      });
    });
  });
});

describe('simulator: memory', () => {
  it('forgets the oldest that was pushed, of whichever stream, and never what is still coming in', async () => {
    await withSimulator({}, async (rig) => {
      const size = second(0).length + header().length;
      for (const name of ['a', 'b', 'a', 'b', 'c']) {
        await new TestProducer(pushUrl(rig, name)).finish(Buffer.concat([header(), second(0)]));
        await rig.clock.advance(1000);
      }
      const open = new TestProducer(pushUrl(rig, 'd'));
      await open.send(Buffer.concat([header(), cluster(0, [block(1, 0, true)], false)]));
      await open.until('BUFFERING');
      const streams = [...rig.simulator.streams.values()];
      const counts = () => streams.map(({ name, fragments }) => `${name}${fragments.length}`).join(' ');
      // It takes more than has come in, as it grows.
      const growing = streams.at(-1)?.ownedBytes ?? 0;
      assert.equal(limitMemory(streams, growing + 4 * size), true);
      assert.equal(counts(), 'a1 b2 c1 d1');
      assert.equal(limitMemory(streams, growing + 2 * size, 2 * size), true);
      assert.equal(counts(), 'a0 b0 c0 d1');
      assert.equal(limitMemory(streams, growing - 1), false);
      assert.equal(counts(), 'a0 b0 c0 d1');
      open.abort();
    });
  });
});

describe('simulator: the pace of GetMedia', () => {
  it('sends a second’s worth at once and the rest at the rate of the service', async () => {
    await withCamera(
      async (rig) => {
        const producer = new TestProducer(pushUrl(rig));
        await producer.finish(
          Buffer.concat([
            header(),
            cluster(
              0,
              Array.from({ length: 30 }, (_, index) =>
                block(1, index * 40, index === 0, Buffer.alloc(10_000)),
              ),
            ),
          ]),
        );
        const body = await rig.open('camera', FIRST);
        let length = 0;
        body.on('data', (part: Buffer) => (length += part.length));
        const ended = once(body, 'end');
        for (let turn = 0; turn < 100; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.ok(length < 200_000, `${length} bytes came at once`);
        for (let seconds = 0; seconds < 8; seconds++) {
          await rig.clock.advance(1000);
        }
        await ended;
        assert.ok(length > 300_000);
      },
      { getMediaBytesPerSecond: 100_000 },
    );
  });
});
