import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import {
  GetMediaForFragmentListCommand,
  ListFragmentsCommand,
  type Fragment as ListedFragment,
  type ListFragmentsCommandInput,
} from '@aws-sdk/client-kinesis-video-archived-media';
import { fetchOnce } from '../../../testing/fetch-once';
import { readRecording, type Fault } from '../../../src/simulator';
import type { Fragment } from '../../../src/simulator';
import {
  collect,
  failure,
  fragmentNumbers,
  tagValues,
  tokens,
  withSimulator,
  type Rig,
  type RigOptions,
} from '../rig';

const NAME = 'cam';
const MINUTE = 60_000;

/** A rig with a minute of media, all of it settled. */
async function withMinute(
  options: RigOptions,
  test: (rig: Rig, stored: readonly Fragment[]) => Promise<void>,
): Promise<void> {
  const streams = options.streams ?? [{ name: NAME, live: false, prefillMs: MINUTE }];
  await withSimulator({ ...options, streams }, async (rig) => {
    await rig.clock.advance(2000);
    await test(rig, rig.simulator.streams.get(NAME)?.fragments ?? []);
  });
}

type Selector = 'PRODUCER_TIMESTAMP' | 'SERVER_TIMESTAMP';

function forged(place: string): string {
  return Buffer.from(place).toString('base64');
}

function withMember(token: string, member: string): string {
  return Buffer.from(token, 'base64')
    .toString('utf8')
    .replace(/(?<="member":)"\w+"/, JSON.stringify(member));
}

function selector(from: number, to: number, FragmentSelectorType: Selector = 'PRODUCER_TIMESTAMP') {
  return {
    FragmentSelectorType,
    TimestampRange: { StartTimestamp: new Date(from), EndTimestamp: new Date(to) },
  };
}

/** All pages of a list. */
async function list(rig: Rig, input: ListFragmentsCommandInput): Promise<ListedFragment[]> {
  const client = await rig.archived(NAME, 'LIST_FRAGMENTS');
  const all: ListedFragment[] = [];
  let NextToken: string | undefined;
  do {
    const { MaxResults = 100, FragmentSelector } = input;
    const page = await client.send(
      new ListFragmentsCommand({
        StreamName: NAME,
        MaxResults,
        ...(NextToken === undefined ? { FragmentSelector } : { NextToken }),
      }),
    );
    all.push(...(page.Fragments ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return all;
}

async function fetchList(rig: Rig, Fragments: string[]): Promise<Buffer> {
  const client = await rig.archived(NAME, 'GET_MEDIA_FOR_FRAGMENT_LIST');
  const { Payload } = await client.send(new GetMediaForFragmentListCommand({ StreamName: NAME, Fragments }));
  return collect(Payload as Readable);
}

const numberOf = (fragment: { readonly FragmentNumber?: string | undefined } | undefined) =>
  fragment?.FragmentNumber ?? '';
const sorted = (list: readonly ListedFragment[]) => list.map(numberOf).sort();
const now = (rig: Rig) => rig.clock.now();

describe('the simulator: archived media', () => {
  it('refuses an operation at a port of another API as the service does', async () => {
    await withMinute({}, async ({ simulator }) => {
      const { endpoint, dataEndpoint, archiveEndpoint } = simulator;
      for (const [url, path] of [
        [endpoint, '/getMedia'],
        [endpoint, '/listFragments'],
        [dataEndpoint, '/listFragments'],
        [dataEndpoint, '/getMediaForFragmentList'],
        [archiveEndpoint, '/getMedia'],
        [archiveEndpoint, '/putMedia'],
      ]) {
        const response = await fetchOnce(`${url}${path}`, { method: 'POST', body: '{}' });
        assert.equal(response.status, 403, `${url}${path}`);
        assert.match(await response.text(), /<AccessDeniedException>\n {2}<Message>Unable to determine/);
        assert.equal(response.headers.get('x-amzn-errortype'), null);
      }
    });
  });

  describe('ListFragments', () => {
    for (const type of ['PRODUCER_TIMESTAMP', 'SERVER_TIMESTAMP'] as const) {
      it(`lists the fragments that begin within the range, both bounds included, by ${type}`, async () => {
        await withMinute({}, async (rig, stored) => {
          const member = type === 'PRODUCER_TIMESTAMP' ? 'ProducerTimestamp' : 'ServerTimestamp';
          const from = stored[3]?.[member] ?? 0;
          const to = stored[8]?.[member] ?? 0;
          const listed = async (a: number, b: number) =>
            sorted(await list(rig, { FragmentSelector: selector(a, b, type) }));
          assert.deepEqual(await listed(from, to), stored.slice(3, 9).map(numberOf));
          assert.deepEqual(await listed(from + 1, to - 1), stored.slice(4, 8).map(numberOf));
          assert.deepEqual(await listed(from + 1, from + 2), [], 'what only contains the start is left out');
        });
      });
    }

    it('tells of each fragment its size, its times, and the time from its first frame to its last', async () => {
      const streams = [{ name: NAME, live: false, prefillMs: MINUTE, tags: [['a', 'b']] as const }];
      await withMinute({ streams }, async (rig, stored) => {
        const all = await list(rig, { FragmentSelector: selector(0, now(rig)) });
        const body = await fetchList(rig, all.map(numberOf));
        const chunks = new Map((readRecording(body) ?? []).map((chunk) => [chunk.FragmentNumber, chunk]));
        assert.equal(all.length, stored.length);
        for (const fragment of stored) {
          const told = all.find(({ FragmentNumber }) => FragmentNumber === fragment.FragmentNumber);
          const chunk = chunks.get(numberOf(fragment));
          assert.equal(told?.ProducerTimestamp?.getTime(), fragment.ProducerTimestamp);
          assert.equal(told?.ServerTimestamp?.getTime(), fragment.ServerTimestamp);
          const added = (chunk?.bytes.length ?? 0) - (told?.FragmentSizeInBytes ?? 0);
          assert.ok(added > 150 && added < 300, `the service adds its tags: ${added} bytes`);
          const length = told?.FragmentLengthInMilliseconds ?? 0;
          assert.ok(length > 0 && length < fragment.durationMs, `${length} of ${fragment.durationMs}`);
        }
      });
    });

    it('has no order, within a page and across pages, and names each fragment once', async () => {
      await withMinute({}, async (rig, stored) => {
        const all = (await list(rig, { FragmentSelector: selector(0, now(rig)), MaxResults: 7 })).map(
          numberOf,
        );
        assert.deepEqual([...all].sort(), stored.map(numberOf));
        assert.notDeepEqual(all, [...all].sort());
        assert.notDeepEqual(all.slice(0, 7).sort(), stored.slice(0, 7).map(numberOf));
        const again = await list(rig, { FragmentSelector: selector(0, now(rig)), MaxResults: 7 });
        assert.notDeepEqual(again.map(numberOf), all);
      });
    });

    it('keeps a list as it was when its first page was asked for', async () => {
      await withMinute({ mediaDelayMs: 0 }, async (rig, stored) => {
        const before = stored.map(numberOf);
        const client = await rig.archived(NAME, 'LIST_FRAGMENTS');
        const first = await client.send(
          new ListFragmentsCommand({
            StreamName: NAME,
            MaxResults: 5,
            FragmentSelector: selector(0, now(rig) + MINUTE),
          }),
        );
        rig.simulator.streams.get(NAME)?.produce(3);
        await rig.clock.advance(5000);
        const { NextToken } = first;
        const rest = await client.send(
          new ListFragmentsCommand({ StreamName: NAME, MaxResults: 1000, ...(NextToken && { NextToken }) }),
        );
        assert.deepEqual(sorted([...(first.Fragments ?? []), ...(rest.Fragments ?? [])]), before);
        assert.equal(rest.NextToken, undefined);
      });
    });

    it('lists a new fragment only after a delay of up to a second, which is its own', async () => {
      await withMinute({ listDelayMs: 1000 }, async (rig) => {
        const begin = now(rig);
        rig.simulator.streams.get(NAME)?.produce(40);
        const counts: number[] = [];
        for (const ms of [0, 250, 250, 250, 250]) {
          await rig.clock.advance(ms);
          const found = await list(rig, {
            FragmentSelector: selector(begin, now(rig), 'SERVER_TIMESTAMP'),
          });
          counts.push(found.length);
        }
        assert.ok(counts[0] === 0 && counts[4] === 40, counts.join());
        assert.ok(new Set(counts).size >= 4, counts.join());
      });
    });

    it('takes either a selector or a token, and a token of its own list alone', async () => {
      const streams = [NAME, 'other'].map((name) => ({ name, live: false, prefillMs: MINUTE }));
      await withMinute({ streams }, async (rig) => {
        const client = await rig.archived(NAME, 'LIST_FRAGMENTS');
        const FragmentSelector = selector(0, now(rig));
        const send = (input: ListFragmentsCommandInput) => client.send(new ListFragmentsCommand(input));
        const { NextToken = '' } = await send({ StreamName: NAME, MaxResults: 1, FragmentSelector });
        assert.match(NextToken, /^[a-zA-Z0-9+/]+={0,2}$/);
        for (const [input, message] of [
          [{ StreamName: NAME, NextToken, FragmentSelector }, /must not be given together/],
          [{ StreamName: NAME }, /FragmentSelector must not be null/],
          [{ StreamName: NAME, NextToken: 'AAAA' }, /NextToken is not valid/],
          [{ StreamName: NAME, NextToken: forged('null') }, /NextToken is not valid/],
          [
            { StreamName: NAME, NextToken: forged(withMember(NextToken, 'toString')) },
            /NextToken is not valid/,
          ],
          [{ StreamName: 'other', NextToken }, /NextToken is not valid/],
          [{ StreamName: NAME, FragmentSelector, MaxResults: 0 }, /MaxResults/],
          [{ StreamName: NAME, FragmentSelector, MaxResults: 1001 }, /MaxResults/],
          [{ StreamName: NAME, FragmentSelector: selector(2000, 1000) }, /must not be after/],
        ] as const) {
          const { name, statusCode, message: said } = await failure(send(input));
          assert.deepEqual([name, statusCode], ['InvalidArgumentException', 400]);
          assert.match(said, message);
        }
        assert.equal(
          (await failure(send({ StreamName: 'none', FragmentSelector }))).name,
          'ResourceNotFoundException',
        );
      });
    });

    it('refuses a range that ends before what is retained, in the service’s words', async () => {
      const streams = [
        { name: NAME, live: false, prefillMs: MINUTE },
        { name: 'nothing', live: false, prefillMs: MINUTE, retentionMs: 0 },
      ];
      await withMinute({ streams }, async (rig) => {
        const end = now(rig) - 61 * MINUTE;
        for (const [StreamName, to] of [
          [NAME, end],
          ['nothing', now(rig)],
        ] as const) {
          const client = await rig.archived(StreamName, 'LIST_FRAGMENTS');
          const call = client.send(
            new ListFragmentsCommand({ StreamName, FragmentSelector: selector(end - 1, to) }),
          );
          const { name, statusCode, message } = await failure(call);
          assert.deepEqual([name, statusCode], ['InvalidArgumentException', 400]);
          assert.equal(message, `End timestamp ${to} is outside of the stream retention period.`);
          const { $response } = (await call.catch((error: unknown) => error)) as {
            $response?: { headers: Record<string, string> };
          };
          assert.equal(
            $response?.headers['x-amzn-errortype'],
            'InvalidArgumentException:https://kinesisvideo.amazonaws.com/doc/2017-09-30/',
          );
        }
      });
    });

    it('costs as many points as it asks for results, 10,000 a second for each stream', async () => {
      await withMinute({}, async (rig) => {
        const client = await rig.archived(NAME, 'LIST_FRAGMENTS');
        const ask = (MaxResults: number) =>
          client.send(
            new ListFragmentsCommand({
              StreamName: NAME,
              MaxResults,
              FragmentSelector: selector(0, now(rig)),
            }),
          );
        for (let call = 0; call < 10; call++) {
          await ask(1000);
        }
        const { name, statusCode } = await failure(ask(1));
        assert.deepEqual([name, statusCode], ['ClientLimitExceededException', 400]);
        await rig.clock.advance(100);
        await ask(1000);
      });
    });
  });

  describe('GetMediaForFragmentList', () => {
    for (const profile of ['ffmpeg', 'aws-sdk', 'amazon-connect'] as const) {
      it(`sends the chunks asked for, in that order, without the closing tags of a live response (${profile})`, async () => {
        const streams = [{ name: NAME, live: false, prefillMs: MINUTE, profile }];
        await withMinute({ streams }, async (rig, stored) => {
          const wanted = [stored[5], stored[1], stored[9]];
          const body = await fetchList(rig, wanted.map(numberOf));
          assert.deepEqual(fragmentNumbers(body), wanted.map(numberOf));
          assert.deepEqual(tokens(body), []);
          assert.deepEqual(
            body,
            Buffer.concat(
              wanted.map((fragment) => {
                const live = fragment?.chunk() ?? Buffer.alloc(0);
                return live.subarray(
                  0,
                  live.length - (fragment?.tail(0).length ?? 0) + (fragment?.trailer.length ?? 0),
                );
              }),
            ),
          );
        });
      });
    }

    it('answers 200 with an error in the body for a fragment that it does not find, and continues', async () => {
      await withMinute({}, async (rig, stored) => {
        const [first = '', second = ''] = stored.map(numberOf);
        const unknown = String(BigInt(first) - (5n << 92n));
        const body = await fetchList(rig, [first, unknown, second]);
        assert.deepEqual(fragmentNumbers(body), [first, unknown, second]);
        assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['3000']);
        assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_CODE'), ['FRAGMENT_NOT_FOUND']);
        const chunks = readRecording(body) ?? [];
        assert.equal(chunks.at(1)?.FragmentNumber, unknown);
        assert.equal(
          chunks.at(1)?.bytes.includes(Buffer.from('1f43b675', 'hex')),
          false,
          'it has no Cluster',
        );
      });
    });

    it('does not find a new fragment for up to a second, even one that is listed already', async () => {
      await withMinute({ listDelayMs: 0, mediaDelayMs: 1000 }, async (rig) => {
        const numbers = (rig.simulator.streams.get(NAME)?.produce(40) ?? []).map(numberOf);
        const missing = async () =>
          tagValues(await fetchList(rig, numbers), 'AWS_KINESISVIDEO_ERROR_ID').length;
        const [atOnce, later] = [await missing(), await rig.clock.advance(500).then(missing)];
        await rig.clock.advance(500);
        assert.equal(atOnce, 40);
        assert.ok(later > 0 && later < 40, String(later));
        assert.equal(await missing(), 0);
      });
    });

    it('refuses numbers of another stream, no numbers, and more than a thousand', async () => {
      const streams = [NAME, 'other'].map((name) => ({ name, live: false, prefillMs: MINUTE }));
      await withMinute({ streams }, async (rig, stored) => {
        const foreign = numberOf(rig.simulator.streams.get('other')?.fragments[2]);
        const own = numberOf(stored[0]);
        for (const [numbers, name, message] of [
          [
            [own, foreign, '17'],
            'InvalidArgumentException',
            `Fragment numbers are invalid : [${foreign}, 17]`,
          ],
          [[], 'InvalidArgumentException', 'Fragments must have at least 1 fragment number.'],
          [['x'], 'InvalidArgumentException', 'Fragments must be numbers of 1 to 128 digits.'],
          [
            Array.from({ length: 1001 }, () => own),
            'FragmentLimitExceededException',
            'Fragments must have at most 1000 fragment numbers.',
          ],
        ] as const) {
          const error = await failure(fetchList(rig, [...numbers]));
          assert.deepEqual([error.name, error.statusCode, error.message], [name, 400, message]);
        }
      });
    });

    it('serves five at a time for each stream, and counts them apart from those of GetMedia', async () => {
      const streams = [{ name: NAME, live: false, prefillMs: 30 * MINUTE }];
      await withMinute({ streams, getMediaBytesPerSecond: 1000 }, async (rig, stored) => {
        const client = await rig.archived(NAME, 'GET_MEDIA_FOR_FRAGMENT_LIST');
        const ask = () =>
          client.send(
            new GetMediaForFragmentListCommand({
              StreamName: NAME,
              Fragments: stored.slice(0, 50).map(numberOf),
            }),
          );
        const open: Readable[] = [];
        for (let count = 0; count < 5; count++) {
          open.push((await ask()).Payload as Readable);
        }
        const { name, statusCode } = await failure(ask());
        assert.deepEqual([name, statusCode], ['ClientLimitExceededException', 400]);
        const stats = () => rig.simulator.stats.streams[NAME];
        assert.deepEqual([stats()?.openListConnections, stats()?.openConnections], [5, 0]);
        const closed = new Promise<void>((resolve) => {
          rig.simulator.on('connection', ({ open: left }) => {
            if (left === 0) {
              resolve();
            }
          });
        });
        for (const body of open) {
          body.destroy();
        }
        await closed;
        assert.deepEqual([stats()?.openListConnections, stats()?.peakListConnections], [0, 5]);
      });
    });

    it('costs a point for each number, 500 a second for each stream', async () => {
      const streams = [{ name: NAME, live: false, prefillMs: MINUTE }];
      await withMinute({ streams }, async (rig, stored) => {
        const numbers = Array.from({ length: 500 }, () => numberOf(stored[0]));
        await fetchList(rig, numbers);
        const { name, statusCode } = await failure(fetchList(rig, numbers.slice(0, 10)));
        assert.deepEqual([name, statusCode], ['ClientLimitExceededException', 400]);
        await rig.clock.advance(20);
        await fetchList(rig, numbers.slice(0, 10));
        await rig.clock.advance(1000);
        await fetchList(rig, [...numbers, ...numbers]);
      });
    });

    const operation = 'GetMediaForFragmentList';
    const FAULTS: readonly [Fault, (body: Buffer, whole: Buffer, numbers: string[]) => void][] = [
      [
        { kind: 'early-end', midChunk: 1 },
        (body, whole) => {
          assert.ok(body.length < whole.length && whole.subarray(0, body.length).equals(body));
        },
      ],
      [
        { kind: 'early-end', afterBytes: 1234, operation },
        (body, whole) => {
          assert.deepEqual(body, whole.subarray(0, 1234));
        },
      ],
      [
        { kind: 'duplicate-chunk', afterChunks: 1 },
        (body, _, [a, b = '', c]) => {
          assert.deepEqual(fragmentNumbers(body), [a, b, b, c]);
        },
      ],
      [
        { kind: 'drop-chunk', afterChunks: 1 },
        (body, _, [a, , c]) => {
          assert.deepEqual(fragmentNumbers(body), [a, c]);
        },
      ],
      [
        { kind: 'reordered-chunks' },
        (body, whole, numbers) => {
          assert.equal(body.length, whole.length);
          assert.notDeepEqual(fragmentNumbers(body), numbers);
          assert.deepEqual(fragmentNumbers(body).sort(), [...numbers].sort());
        },
      ],
      [
        { kind: 'in-band-error', ErrorId: 5000, afterChunks: 1, mid: true },
        (body) => {
          assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['5000']);
        },
      ],
    ];
    for (const [fault, check] of FAULTS) {
      it(`can go wrong: ${JSON.stringify(fault)}`, async () => {
        await withMinute({}, async (rig, stored) => {
          const numbers = stored.slice(4, 7).map(numberOf);
          const whole = await fetchList(rig, numbers);
          rig.simulator.faults.add(fault);
          check(await fetchList(rig, numbers), whole, numbers);
          assert.deepEqual(await fetchList(rig, numbers), whole, 'once');
        });
      });
    }

    it('can break off in the middle of a chunk', async () => {
      await withMinute({}, async (rig, stored) => {
        rig.simulator.faults.add({ kind: 'cut', midChunk: 1 });
        assert.match(
          (await failure(fetchList(rig, stored.slice(0, 3).map(numberOf)))).message,
          /aborted|terminated/,
        );
        rig.simulator.faults.add({ kind: 'reset', operation });
        assert.match((await failure(fetchList(rig, stored.slice(0, 3).map(numberOf)))).name, /Error/);
      });
    });

    it('leaves faults of GetMedia to GetMedia, where they say so', async () => {
      await withMinute({}, async (rig, stored) => {
        rig.simulator.faults.add({ kind: 'early-end', afterBytes: 10, operation: 'GetMedia' });
        assert.deepEqual(fragmentNumbers(await fetchList(rig, [numberOf(stored[0])])), [numberOf(stored[0])]);
        assert.equal(rig.simulator.faults.list().length, 1);
      });
    });

    it('moves apart from GetMedia', async () => {
      await withMinute({}, async (rig, stored) => {
        const client = await rig.archived(NAME, 'GET_MEDIA_FOR_FRAGMENT_LIST');
        const ask = (to: typeof client) =>
          to.send(new GetMediaForFragmentListCommand({ StreamName: NAME, Fragments: [numberOf(stored[0])] }));
        rig.simulator.faults.add({ kind: 'moved-endpoint', operation });
        assert.equal((await failure(ask(client))).name, 'InvalidEndpointException');
        await ask(await rig.archived(NAME, 'GET_MEDIA_FOR_FRAGMENT_LIST'));
        assert.equal(
          (await (await rig.media(NAME)).config.endpoint?.())?.port,
          Number(new URL(rig.simulator.dataEndpoint).port),
        );
      });
    });
  });
});
