import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { GetMediaCommand } from '@aws-sdk/client-kinesis-video-media';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis-video';
import type { Clock } from '../../../src/clock';
import type { ChunkSent, Fragment, Profile, SimulatedStream } from '../../../src/simulator';
import { SAMPLE_FILE, Simulator, decomposeFragmentNumber, readRecording } from '../../../src/simulator';
import { KEYFRAME, ID, chunk, element, simpleBlock, tags, uint } from '../../../testing/matroska-writer';
import { naiveChunks } from '../../../testing/naive-matroska';
import { VirtualClock } from '../../../testing/virtual-clock';
import type { Rig } from '../rig';
import {
  RECORDINGS,
  controlClient,
  failure,
  fragmentNumbers,
  haveRecordings,
  tagValues,
  tokens,
  withSimulator,
} from '../rig';
import { skip } from '../../../testing/skip';

const numberOf = (fragment: Fragment | undefined) => fragment?.FragmentNumber ?? 'none';

/** Ten fragments of the sample, made by hand, one every two seconds; nothing live. */
async function withTen(
  test: (rig: Rig, stream: SimulatedStream, numbers: string[]) => Promise<void>,
  options: Parameters<typeof withSimulator>[0] = {},
): Promise<void> {
  await withSimulator({ ...options, streams: [{ name: 'a', live: false }] }, async (rig) => {
    const stream = rig.simulator.streams.get('a');
    assert.ok(stream);
    for (let count = 0; count < 10; count++) {
      stream.produce();
      await rig.clock.advance(2000);
    }
    await test(rig, stream, stream.fragments.map(numberOf));
  });
}

describe('simulator: start selectors', () => {
  it('EARLIEST: all that is retained, then the end after 3 s without media', async () => {
    await withTen(async ({ read, clock }, _, numbers) => {
      const body = await read('a', { StartSelectorType: 'EARLIEST' });
      assert.deepEqual(fragmentNumbers(body), numbers);
      assert.deepEqual(tokens(body), numbers);
      assert.ok(clock.now() > 0);
    });
  });

  it('NOW: the newest fragment while media flows, nothing where none does', async () => {
    await withTen(async ({ read, clock }, stream, numbers) => {
      assert.deepEqual(fragmentNumbers(await read('a', { StartSelectorType: 'NOW' })), numbers.slice(-1));
      await clock.advance(10_000);
      assert.equal((await read('a', { StartSelectorType: 'NOW' })).length, 0);
      const [fresh] = stream.produce();
      assert.deepEqual(fragmentNumbers(await read('a', { StartSelectorType: 'NOW' })), [numberOf(fresh)]);
    });
  });

  it('FRAGMENT_NUMBER and CONTINUATION_TOKEN: after the one that is named', async () => {
    await withTen(async ({ read }, _, numbers) => {
      const [, , third = ''] = numbers;
      assert.deepEqual(
        fragmentNumbers(
          await read('a', { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: third }),
        ),
        numbers.slice(3),
      );
      assert.deepEqual(
        fragmentNumbers(
          await read('a', { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: third }),
        ),
        numbers.slice(3),
      );
    });
  });

  it('CONTINUATION_TOKEN: with the one that is named, where asked to', async () => {
    await withTen(
      async ({ read }, _, numbers) => {
        const body = await read('a', {
          StartSelectorType: 'CONTINUATION_TOKEN',
          ContinuationToken: numbers[2],
        });
        assert.deepEqual(fragmentNumbers(body), numbers.slice(2));
      },
      { tokensInclusive: true },
    );
  });

  for (const member of ['ServerTimestamp', 'ProducerTimestamp'] as const) {
    const StartSelectorType = member === 'ServerTimestamp' ? 'SERVER_TIMESTAMP' : 'PRODUCER_TIMESTAMP';
    it(`${StartSelectorType}: the fragment that contains the time, else the next`, async () => {
      await withTen(async ({ read }, stream, numbers) => {
        const begins = stream.fragments[4]?.[member] ?? 0;
        const from = async (ms: number) =>
          fragmentNumbers(await read('a', { StartSelectorType, StartTimestamp: new Date(ms) }));
        assert.deepEqual(await from(begins), numbers.slice(4));
        assert.deepEqual(await from(begins + 1999), numbers.slice(4));
        assert.deepEqual(await from(begins + 2000), numbers.slice(5));
        assert.deepEqual(await from(begins - 3_600_000), numbers);
        assert.deepEqual(await from(begins + 3_600_000), []);
      });
    });
  }

  for (const selector of [
    {
      StartSelectorType: 'FRAGMENT_NUMBER',
      AfterFragmentNumber: '91343852333181432392682062607743920146159169392',
    },
    { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: 'nobodys-token' },
  ] as const) {
    it(`${selector.StartSelectorType}: status 200 and in-band error 4000 for one that is not there`, async () => {
      await withTen(async ({ read }) => {
        const body = await read('a', selector);
        assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['4000']);
        assert.deepEqual(fragmentNumbers(body), []);
      });
    });

    it(`${selector.StartSelectorType}: InvalidArgumentException for one that is not there, where asked to`, async () => {
      await withTen(
        async ({ open }) => {
          const error = await failure(open('a', selector));
          assert.deepEqual([error.name, error.statusCode], ['InvalidArgumentException', 400]);
        },
        { unknownFragment: 'invalid-argument' },
      );
    });
  }

  for (const selector of [
    { StartSelectorType: 'FRAGMENT_NUMBER' },
    { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: '12a' },
    { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: 'a b' },
    { StartSelectorType: 'SERVER_TIMESTAMP' },
    { StartSelectorType: 'NONSENSE' as 'NOW' },
  ] as const) {
    it(`refuses ${JSON.stringify(selector)}`, async () => {
      await withTen(async ({ open }) => {
        assert.equal((await failure(open('a', selector))).name, 'InvalidArgumentException');
      });
    });
  }
});

describe('simulator: chunks', () => {
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

describe('simulator: live', () => {
  it('produces the history, then goes on in real time across the loop', async () => {
    await withSimulator(
      { streams: [{ name: 'a', prefillMs: 10_000 }] },
      async ({ simulator, open, clock }) => {
        const stream = simulator.streams.get('a');
        assert.equal(stream?.fragments.length, 5);
        const seen: string[] = [];
        simulator.on('chunkSent', ({ FragmentNumber = '' }) => seen.push(FragmentNumber));
        const body = await open('a', { StartSelectorType: 'NOW' });
        body.resume();
        await clock.advance(20_000);
        while (seen.length < 11) {
          await once(simulator, 'chunkSent');
        }
        assert.deepEqual(seen, stream.fragments.slice(4).map(numberOf));
        const times = stream.fragments.map(({ ProducerTimestamp = 0 }) => ProducerTimestamp);
        assert.deepEqual(
          times.slice(1).map((time, index) => time - (times[index] ?? 0)),
          Array.from({ length: times.length - 1 }, () => 2000),
        );
        body.destroy();
      },
    );
  });

  it('aws-sdk: bytes flow while the fragment is produced, closing tags come with its end', async () => {
    await withSimulator(
      { streams: [{ name: 'a', profile: 'aws-sdk' }] },
      async ({ simulator, open, clock }) => {
        const body = await open('a', { StartSelectorType: 'NOW' });
        let received = Buffer.alloc(0);
        body.on('data', (part: Buffer) => (received = Buffer.concat([received, part])));
        const until = async (done: () => boolean) => {
          while (!done()) {
            await once(body, 'data');
          }
        };
        await clock.advance(500);
        await until(() => received.includes(Buffer.from('1f43b675ff', 'hex')));
        const early = received.length;
        await clock.advance(1000);
        await until(() => received.length > early);
        assert.deepEqual(tokens(received), []);
        await clock.advance(500);
        await until(() => tokens(received).length === 1);
        assert.equal(tokens(received)[0], numberOf(simulator.streams.get('a')?.fragments[0]));
        body.destroy();
      },
    );
  });

  it('a frame made by hand is sent by itself', async () => {
    await withSimulator(
      { streams: [{ name: 'a', live: false, profile: 'aws-sdk' }] },
      async ({ simulator, open }) => {
        const stream = simulator.streams.get('a');
        assert.ok(stream);
        const body = await open('a', { StartSelectorType: 'NOW' });
        let received = 0;
        body.on('data', (part: Buffer) => (received += part.length));
        const fragment = stream.produceFrame();
        assert.ok(fragment && !fragment.complete);
        while (received < fragment.front.length + fragment.available) {
          await once(body, 'data');
        }
        assert.equal(received, fragment.front.length + fragment.available);
        const [same] = stream.produce();
        assert.equal(same, fragment);
        assert.ok(fragment.complete);
        body.destroy();
      },
    );
  });

  it('ends the response 3 s after the producer has gone silent, and begins a new session when it is back', async () => {
    await withSimulator({ streams: [{ name: 'a' }] }, async ({ simulator, open, clock }) => {
      const stream = simulator.streams.get('a');
      const body = await open('a', { StartSelectorType: 'NOW' });
      body.resume();
      const ended = once(body, 'end');
      await clock.advance(60_000);
      assert.equal(simulator.stats.streams['a']?.openConnections, 1);
      stream?.pauseProducer();
      const last = numberOf(stream?.fragments.at(-1));
      await clock.advance(3000);
      await ended;
      stream?.resumeProducer();
      await clock.advance(2000);
      const next = decomposeFragmentNumber(numberOf(stream?.fragments.at(-1))).sequence;
      assert.equal(next % 1000, 1);
      assert.ok(next > decomposeFragmentNumber(last).sequence);
    });
  });

  it('ends the response at its greatest age', async () => {
    await withSimulator({ streams: [{ name: 'a' }], maxSessionMs: 5000 }, async ({ open, clock }) => {
      const body = await open('a', { StartSelectorType: 'NOW' });
      body.resume();
      const ended = once(body, 'end');
      await clock.advance(5000);
      await ended;
    });
  });

  it('forgets what is older than its retention, and 5 minutes where that is 0', async () => {
    const streams = [
      { name: 'a', retentionMs: 60_000 },
      { name: 'b', retentionMs: 0 },
    ];
    await withSimulator({ streams }, async ({ simulator, read, clock }) => {
      await clock.advance(4000);
      const first = numberOf(simulator.streams.get('a')?.fragments[0]);
      await clock.advance(600_000);
      // Two seconds each, and one that ended just as long ago as is kept.
      assert.equal(simulator.streams.get('a')?.fragments.length, 32);
      assert.equal(simulator.streams.get('b')?.fragments.length, 152);
      const body = await read('a', { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: first });
      assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['4000']);
    });
  });

  it('starts anew rather than catching up after the machine has slept', async () => {
    const awake = new VirtualClock();
    let slept = 0;
    const clock: Clock = {
      now: () => awake.now() + slept,
      monotonic: () => awake.monotonic(),
      after: (ms, callback) => awake.after(ms, callback),
      random: () => 0.5,
    };
    await withSimulator({ streams: [{ name: 'a' }], clock }, async ({ simulator }) => {
      await awake.advance(4000);
      slept = 3_000_000;
      await awake.advance(4000);
      const fragments = simulator.streams.get('a')?.fragments ?? [];
      assert.ok(fragments.length >= 3 && fragments.length <= 5, `${fragments.length} fragments`);
      assert.ok((fragments.at(-1)?.ServerTimestamp ?? 0) > clock.now() - 3000);
    });
  });
});

describe('simulator: connections', () => {
  it('answers with the head at once, chunked, as video/webm', async () => {
    await withSimulator({ streams: [{ name: 'a', source: 'none' }] }, async ({ media }) => {
      const client = await media('a');
      let headers: Record<string, string> = {};
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          headers = (result.response as { headers: Record<string, string> }).headers;
          return result;
        },
        { step: 'deserialize', priority: 'low' },
      );
      const response = await client.send(
        new GetMediaCommand({ StreamName: 'a', StartSelector: { StartSelectorType: 'NOW' } }),
      );
      (response.Payload as unknown as { destroy(): void }).destroy();
      assert.equal(response.ContentType, 'video/webm');
      assert.equal(headers['transfer-encoding'], 'chunked');
      assert.match(headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/);
      assert.ok(Math.abs(Date.parse(headers['date'] ?? '') - Date.now()) < 60_000);
    });
  });

  it('finds a stream by ARN', async () => {
    await withSimulator({ streams: [{ name: 'a', live: false }] }, async ({ simulator, media }) => {
      simulator.streams.get('a')?.produce();
      const client = await media('a');
      const response = await client.send(
        new GetMediaCommand({
          StreamARN: simulator.streams.get('a')?.arn,
          StartSelector: { StartSelectorType: 'NOW' },
        }),
      );
      (response.Payload as unknown as { destroy(): void }).destroy();
      assert.equal(response.$metadata.httpStatusCode, 200);
    });
  });

  it('refuses the fourth connection, and takes one when another has closed', async () => {
    await withSimulator({ streams: [{ name: 'a' }] }, async ({ simulator, open }) => {
      const bodies = await Promise.all([1, 2, 3].map(() => open('a', { StartSelectorType: 'NOW' })));
      const refused = await failure(open('a', { StartSelectorType: 'NOW' }));
      assert.deepEqual([refused.name, refused.statusCode], ['ConnectionLimitExceededException', 400]);
      const closed = once(simulator, 'connection');
      bodies[0]?.destroy();
      await closed;
      bodies.push(await open('a', { StartSelectorType: 'NOW' }));
      assert.equal(simulator.stats.streams['a']?.openConnections, 3);
      assert.equal(simulator.stats.streams['a'].peakConnections, 3);
      for (const body of bodies) {
        body.destroy();
      }
    });
  });

  it('refuses the sixth call of a second, and keeps a record of all', async () => {
    const options = { streams: [{ name: 'a' }], callsPerSecond: 5, connectionsPerStream: 100 };
    await withSimulator(options, async ({ simulator, media, clock }) => {
      const client = await media('a');
      const call = async () => {
        const response = await client.send(
          new GetMediaCommand({ StreamName: 'a', StartSelector: { StartSelectorType: 'NOW' } }),
        );
        return response.Payload as Readable;
      };
      const bodies: Readable[] = [];
      for (let count = 0; count < 5; count++) {
        bodies.push(await call());
      }
      const refused = await failure(call());
      assert.deepEqual([refused.name, refused.statusCode], ['ClientLimitExceededException', 400]);
      const stats = simulator.stats.streams['a'];
      assert.equal(stats?.calls, 6);
      assert.equal(stats.busiestSecond, 6);
      const last = stats.requests.at(-1);
      assert.deepEqual(
        [last?.operation, last?.statusCode, last?.ErrorType, last?.requestId, last?.selector],
        ['GetMedia', 400, 'ClientLimitExceededException', refused.requestId, { StartSelectorType: 'NOW' }],
      );
      await clock.advance(1000);
      bodies.push(await call());
      for (const body of bodies) {
        body.destroy();
      }
    });
  });

  it('queues little for a client that does not read', async () => {
    await withSimulator(
      { streams: [{ name: 'a', live: false }], maxSessionMs: 1e9 },
      async ({ simulator, open }) => {
        const stream = simulator.streams.get('a');
        stream?.produce(600);
        let sent = 0;
        simulator.on('chunkSent', ({ bytes }) => (sent += bytes().length));
        const body = await open('a', { StartSelectorType: 'EARLIEST' });
        await once(body, 'readable');
        for (let turn = 0; turn < 50; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        const total = stream?.fragments.reduce((sum, fragment) => sum + fragment.body.length, 0) ?? 0;
        assert.ok(sent < total / 2, `${sent} of ${total} bytes went into buffers`);
        body.destroy();
      },
    );
  });

  it('answers Expect: 100-continue', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const call = request(`${simulator.endpoint}/listStreams`, {
        method: 'POST',
        headers: { Expect: '100-continue', 'Content-Length': '2' },
      });
      call.flushHeaders();
      await once(call, 'continue');
      call.end('{}');
      const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
      response.resume();
      assert.equal(response.statusCode, 403);
    });
  });

  it('speaks https on both planes where it is given a certificate', async function () {
    if (spawnSync('openssl', ['version']).status !== 0) {
      skip(this, 'no openssl');
    }
    const directory = mkdtempSync(path.join(tmpdir(), 'kvs-simulator-'));
    try {
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name));
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-subj',
          '/CN=localhost',
          '-days',
          '2',
          '-keyout',
          key ?? '',
          '-out',
          cert ?? '',
        ],
        { stdio: 'ignore' },
      );
      const tls = { key: readFileSync(key ?? ''), cert: readFileSync(cert ?? '') };
      const simulator = new Simulator({ tls });
      const { endpoint, dataEndpoint } = await simulator.start();
      assert.match(endpoint, /^https:/);
      assert.match(dataEndpoint, /^https:/);
      const client = controlClient(endpoint);
      assert.match((await failure(client.send(new ListStreamsCommand({})))).message, /self.signed/);
      client.destroy();
      await simulator.stop();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('leaves no timer and no connection behind when it is stopped', async () => {
    let clock: Rig['clock'] | undefined;
    let closed: Promise<unknown> | undefined;
    let stats: Simulator | undefined;
    await withSimulator(
      { streams: [{ name: 'a' }, { name: 'b', profile: 'aws-sdk', prefillMs: 5000 }] },
      async (rig) => {
        clock = rig.clock;
        stats = rig.simulator;
        const bodies = await Promise.all(
          ['a', 'b'].map((name) => rig.open(name, { StartSelectorType: 'EARLIEST' })),
        );
        closed = Promise.all(
          bodies.map((body) => {
            body.on('error', () => undefined);
            body.resume();
            return new Promise((resolve) => body.once('close', resolve));
          }),
        );
        rig.simulator.faults.add({ kind: 'slow-head', delayMs: 60_000 });
        rig.control.send(new ListStreamsCommand({})).catch(() => undefined);
        await rig.clock.advance(100);
      },
    );
    await closed;
    assert.equal(clock?.pending, 0);
    assert.equal(stats?.stats.streams['a']?.openConnections, 0);
    assert.equal(stats.stats.streams['b']?.openConnections, 0);
    const call = get(`${stats.endpoint}/`);
    const [error] = (await once(call, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('refuses a stream whose name is taken or malformed, and a file that is none', () => {
    const simulator = new Simulator();
    simulator.addStream({ name: 'a' });
    assert.throws(() => simulator.addStream({ name: 'a' }), /already/);
    assert.throws(() => simulator.addStream({ name: 'a b' }), /cannot be a stream's name/);
    const file = path.join(tmpdir(), `kvs-simulator-${process.pid}.mkv`);
    assert.throws(() => simulator.addStream({ name: 'b', source: { file } }), /ENOENT/);
    writeFileSync(file, 'nonsense');
    try {
      assert.throws(() => simulator.addStream({ name: 'b', source: { file } }), /neither Matroska nor WebM/);
    } finally {
      rmSync(file);
    }
  });
});
