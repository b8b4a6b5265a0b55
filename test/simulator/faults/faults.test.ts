import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
  DescribeStreamCommand,
  GetDataEndpointCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis-video';
import { GetMediaCommand } from '@aws-sdk/client-kinesis-video-media';
import type { Fault, SimulatedStream } from '../../../src/simulator';
import { FaultSyntaxError, checkFault, parseFault } from '../../../src/simulator';
import { fetchOnce } from '../../../testing/fetch-once';
import type { Rig, mediaClient } from '../rig';
import { failure, fragmentNumbers, tagValues, tokens, withSimulator } from '../rig';

const EARLIEST = { StartSelectorType: 'EARLIEST' } as const;

/** Three retained fragments, their chunks as they would be sent `behind` ms late, and faults to come. */
async function withThree(
  faults: readonly Fault[],
  test: (rig: Rig, stream: SimulatedStream, numbers: string[]) => Promise<void>,
): Promise<void> {
  await withSimulator({ streams: [{ name: 'a', live: false }] }, async (rig) => {
    const stream = rig.simulator.streams.get('a');
    assert.ok(stream);
    stream.produce(3);
    for (const fault of faults) {
      rig.simulator.faults.add(fault);
    }
    await test(
      rig,
      stream,
      stream.fragments.map(({ FragmentNumber = '' }) => FragmentNumber),
    );
  });
}

/** Reads until the body ends or breaks. */
async function readToBreak(
  body: Readable,
): Promise<{ bytes: Buffer; error: NodeJS.ErrnoException | undefined }> {
  const parts: Buffer[] = [];
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
    }
  } catch (error) {
    return { bytes: Buffer.concat(parts), error: error as NodeJS.ErrnoException };
  }
  return { bytes: Buffer.concat(parts), error: undefined };
}

describe('simulator: faults before the head', () => {
  it('http-error: by type, status, body and header, for one call', async () => {
    await withThree(
      [
        {
          kind: 'http-error',
          operation: 'DescribeStream',
          ErrorType: 'ThrottlingException',
          statusCode: 400,
          message: 'Slow',
        },
      ],
      async ({ control, simulator }) => {
        await control.send(new ListStreamsCommand({}));
        const error = await failure(control.send(new DescribeStreamCommand({ StreamName: 'a' })));
        assert.deepEqual([error.name, error.statusCode, error.message], ['ThrottlingException', 400, 'Slow']);
        assert.equal(error.requestId, simulator.stats.requests.at(-1)?.requestId);
        assert.equal(simulator.stats.requests.at(-1)?.ErrorType, 'ThrottlingException');
        await control.send(new DescribeStreamCommand({ StreamName: 'a' }));
      },
    );
  });

  for (const [body, contentType, text] of [
    ['json', 'application/json', '{"Message":"m"}'],
    ['xml', 'application/xml', '<InternalFailure>\n  <Message>m</Message>\n</InternalFailure>\n'],
    ['html', 'text/html', /<h1>m<\/h1>/],
    ['empty', 'application/json', ''],
  ] as const) {
    it(`http-error: with ${body}`, async () => {
      await withThree(
        [{ kind: 'http-error', ErrorType: 'InternalFailure', statusCode: 500, message: 'm', body }],
        async ({ simulator }) => {
          const response = await fetchOnce(`${simulator.endpoint}/listStreams`, { method: 'POST' });
          assert.equal(response.status, 500);
          assert.equal(response.headers.get('content-type'), contentType);
          assert.equal(response.headers.get('x-amzn-errortype'), body === 'html' ? null : 'InternalFailure');
          const answer = await response.text();
          if (typeof text === 'string') {
            assert.equal(answer, text);
          } else {
            assert.match(answer, text);
          }
        },
      );
    });
  }

  it('meets the stream it names, after the calls it lets pass, as often as it was told', async () => {
    const fault: Fault = {
      kind: 'http-error',
      ErrorType: 'InternalFailure',
      statusCode: 500,
      stream: 'a',
      afterCalls: 1,
      times: 2,
    };
    await withThree([fault], async ({ control, simulator }) => {
      simulator.addStream({ name: 'b', source: 'none' });
      const describe = (StreamName: string) => control.send(new DescribeStreamCommand({ StreamName }));
      await describe('b');
      await describe('a');
      assert.equal((await failure(describe('a'))).statusCode, 500);
      await describe('b');
      assert.equal(simulator.faults.list()[0]?.left, 1);
      assert.equal((await failure(describe('a'))).statusCode, 500);
      await describe('a');
      assert.deepEqual(simulator.faults.list(), []);
    });
  });

  it('several faults befall successive calls, in their order', async () => {
    await withThree(
      [
        { kind: 'http-error', ErrorType: 'One', statusCode: 400 },
        { kind: 'expired-credentials' },
        { kind: 'http-error', ErrorType: 'Two', statusCode: 400 },
      ],
      async ({ control }) => {
        const names: string[] = [];
        for (let call = 0; call < 3; call++) {
          names.push((await failure(control.send(new ListStreamsCommand({})))).name);
        }
        assert.deepEqual(names, ['One', 'ExpiredTokenException', 'Two']);
      },
    );
  });

  it('reset: the connection breaks before the head', async () => {
    await withThree([{ kind: 'reset' }], async ({ control, simulator }) => {
      const error = await failure(control.send(new ListStreamsCommand({})));
      assert.match(error.message, /ECONNRESET|hang up/);
      const { statusCode, ErrorType } = simulator.stats.requests.at(-1) ?? {};
      assert.deepEqual([statusCode, ErrorType], [0, 'reset']);
      await control.send(new ListStreamsCommand({}));
    });
  });

  it('refuse-connection: the port is shut for a while', async () => {
    await withThree([{ kind: 'refuse-connection', forMs: 5000 }], async ({ control, clock }) => {
      assert.match((await failure(control.send(new ListStreamsCommand({})))).message, /ECONNRESET|hang up/);
      assert.match((await failure(control.send(new ListStreamsCommand({})))).message, /ECONNREFUSED/);
      await clock.advance(5000);
      await control.send(new ListStreamsCommand({}));
    });
  });

  it('slow-head: the head comes late', async () => {
    await withThree([{ kind: 'slow-head', delayMs: 5000 }], async ({ control, clock, simulator }) => {
      const call = control.send(new ListStreamsCommand({}));
      while (clock.pending === 0) {
        await clock.advance(0);
      }
      assert.equal(simulator.stats.requests.length, 0);
      await clock.advance(5000);
      await call;
    });
  });

  it('slow-head: a client that leaves meanwhile takes no connection', async () => {
    await withThree(
      [{ kind: 'slow-head', operation: 'GetMedia', delayMs: 5000 }],
      async ({ media, clock, simulator }) => {
        const client = await media('a');
        const abort = new AbortController();
        const call = failure(
          client.send(new GetMediaCommand({ StreamName: 'a', StartSelector: EARLIEST }), {
            abortSignal: abort.signal,
          }),
        );
        while (clock.pending === 0) {
          await clock.advance(0);
        }
        abort.abort();
        await call;
        // Another whole call on the same plane shows that the first one's end has been noticed.
        simulator.faults.add({ kind: 'early-end', afterBytes: 0 });
        await readToBreak(
          (await client.send(new GetMediaCommand({ StreamName: 'a', StartSelector: EARLIEST })))
            .Payload as Readable,
        );
        await clock.advance(5000);
        assert.equal(simulator.stats.streams['a']?.openConnections, 0);
      },
    );
  });

  it('moved-endpoint: refused until GetDataEndpoint is asked again, which names a new port', async () => {
    await withThree([{ kind: 'moved-endpoint' }], async ({ control, simulator, media, read }, _, numbers) => {
      const old = await media('a');
      const call = (client: ReturnType<typeof mediaClient>) =>
        client.send(new GetMediaCommand({ StreamName: 'a', StartSelector: EARLIEST }));
      for (let count = 0; count < 2; count++) {
        const error = await failure(call(old));
        assert.deepEqual([error.name, error.statusCode], ['InvalidEndpointException', 400]);
      }
      const { DataEndpoint } = await control.send(
        new GetDataEndpointCommand({ StreamName: 'a', APIName: 'GET_MEDIA' }),
      );
      assert.notEqual(DataEndpoint, simulator.dataEndpoint);
      assert.deepEqual(fragmentNumbers(await read('a', EARLIEST)), numbers);
    });
  });
});

describe('simulator: faults in the body', () => {
  it('cut: the connection breaks after so many bytes', async () => {
    await withThree([{ kind: 'cut', afterBytes: 30_000 }], async ({ open }) => {
      const { bytes, error } = await readToBreak(await open('a', EARLIEST));
      assert.equal(bytes.length, 30_000);
      assert.equal(error?.code, 'ECONNRESET');
    });
  });

  it('cut: or half-way into a chunk', async () => {
    await withThree([{ kind: 'cut', midChunk: 1 }], async ({ open }, _, numbers) => {
      const { bytes, error } = await readToBreak(await open('a', EARLIEST));
      assert.deepEqual(fragmentNumbers(bytes), numbers.slice(0, 2));
      assert.deepEqual(tokens(bytes), numbers.slice(0, 1));
      assert.equal(error?.code, 'ECONNRESET');
    });
  });

  it('stall: nothing more comes and nothing closes', async () => {
    await withThree([{ kind: 'stall', afterBytes: 5000 }], async ({ open, clock, simulator }) => {
      const body = await open('a', EARLIEST);
      let received = 0;
      body.on('data', (part: Buffer) => (received += part.length));
      while (received < 5000) {
        await once(body, 'data');
      }
      await clock.advance(3_600_000);
      assert.equal(received, 5000);
      assert.equal(simulator.stats.streams['a']?.openConnections, 1);
      body.destroy();
    });
  });

  it('early-end: a clean end after so many chunks or bytes', async () => {
    await withThree(
      [
        { kind: 'early-end', afterChunks: 2 },
        { kind: 'early-end', afterBytes: 1234 },
      ],
      async ({ open }, _, numbers) => {
        const first = await readToBreak(await open('a', EARLIEST));
        assert.equal(first.error, undefined);
        assert.deepEqual(tokens(first.bytes), numbers.slice(0, 2));
        const second = await readToBreak(await open('a', EARLIEST));
        assert.equal(second.error, undefined);
        assert.equal(second.bytes.length, 1234);
      },
    );
  });

  it('corrupt: only the bytes that were named, and only in this response', async () => {
    await withThree([{ kind: 'corrupt', offset: 5_000, length: 40 }], async ({ read }, stream) => {
      const spoilt = await read('a', EARLIEST);
      const sound = await read('a', EARLIEST);
      assert.notDeepEqual(spoilt.subarray(5_000, 5_040), sound.subarray(5_000, 5_040));
      assert.deepEqual(spoilt.subarray(0, 5_000), sound.subarray(0, 5_000));
      assert.deepEqual(spoilt.subarray(5_040, 15_000), sound.subarray(5_040, 15_000));
      assert.ok(sound.includes(stream.fragments[0]?.body ?? 'none'));
    });
  });

  it('garbage: noise or a web page between chunks, or nothing but a page', async () => {
    await withThree(
      [
        { kind: 'garbage', afterChunks: 1, bytes: 777 },
        { kind: 'garbage', afterChunks: 1, html: true },
        { kind: 'garbage', whole: true },
      ],
      async ({ read }, stream, numbers) => {
        const clean = stream.fragments.reduce(
          (sum, fragment) => sum + fragment.front.length + fragment.body.length,
          0,
        );
        const noisy = await read('a', EARLIEST);
        assert.deepEqual(tokens(noisy), numbers);
        const tails = noisy.length - clean - 777;
        assert.ok(tails > 500 && tails < 700);
        assert.match((await read('a', EARLIEST)).toString('latin1'), /<!DOCTYPE html>/);
        assert.match((await read('a', EARLIEST)).toString('latin1'), /^<!DOCTYPE html>[^\0]*<\/html>\n$/);
      },
    );
  });

  it('in-band-error: between chunks, or in the middle of one', async () => {
    await withThree(
      [
        { kind: 'in-band-error', ErrorId: 5000, afterChunks: 1 },
        { kind: 'in-band-error', ErrorId: 3002, ErrorCode: 'OOPS', mid: true, afterChunks: 1 },
      ],
      async ({ read }, _, numbers) => {
        const between = await read('a', EARLIEST);
        assert.deepEqual(tokens(between), numbers.slice(0, 1));
        assert.deepEqual(fragmentNumbers(between), numbers.slice(0, 1));
        assert.deepEqual(tagValues(between, 'AWS_KINESISVIDEO_ERROR_ID'), ['5000']);
        assert.deepEqual(tagValues(between, 'AWS_KINESISVIDEO_ERROR_CODE'), ['INTERNAL_ERROR']);
        const middle = await read('a', EARLIEST);
        assert.deepEqual(tokens(middle), numbers.slice(0, 1));
        assert.deepEqual(fragmentNumbers(middle), [...numbers.slice(0, 2), numbers[1]]);
        assert.deepEqual(tagValues(middle, 'AWS_KINESISVIDEO_ERROR_CODE'), ['OOPS']);
      },
    );
  });

  const chunkFaults: [
    Fault,
    (numbers: string[]) => [fragments: (string | undefined)[], tokens: (string | undefined)[]],
  ][] = [
    [
      { kind: 'duplicate-chunk', afterChunks: 1 },
      ([a, b, c]) => [
        [a, b, b, c],
        [a, b, b, c],
      ],
    ],
    [
      { kind: 'drop-chunk', afterChunks: 1 },
      ([a, , c]) => [
        [a, c],
        [a, c],
      ],
    ],
    [
      { kind: 'missing-tail' },
      ([a, b, c]) => [
        [a, b, c],
        [b, c],
      ],
    ],
    [
      { kind: 'clusterless-chunk', afterChunks: 2 },
      ([a, b, c]) => [
        [a, b, c],
        [a, b],
      ],
    ],
  ];
  for (const [fault, expected] of chunkFaults) {
    it(`${fault.kind}: in one response, and the next is whole`, async () => {
      await withThree([fault], async ({ read }, _, numbers) => {
        const body = await read('a', EARLIEST);
        assert.deepEqual([fragmentNumbers(body), tokens(body)], expected(numbers));
        const clusters = body.toString('latin1').split('\x1f\x43\xb6\x75').length - 1;
        assert.equal(clusters, fault.kind === 'clusterless-chunk' ? 2 : fragmentNumbers(body).length);
        assert.deepEqual(tokens(await read('a', EARLIEST)), numbers);
      });
    });
  }

  it('the same befall recorded chunks', async () => {
    await withThree([], async ({ read, simulator }) => {
      const recording = await read('a', EARLIEST);
      simulator.addStream({ name: 'r', source: { bytes: recording } });
      const numbers = fragmentNumbers(recording);
      for (const [fault, expected] of chunkFaults) {
        simulator.faults.add(fault);
        const body = await read('r', EARLIEST);
        assert.deepEqual([fragmentNumbers(body), tokens(body)], expected(numbers), fault.kind);
      }
      assert.deepEqual(await read('r', EARLIEST), recording);
    });
  });
});

describe('simulator: faults from outside', () => {
  it('reads JSON and the short form', () => {
    assert.deepEqual(parseFault('{"kind":"cut","afterBytes":5}'), { kind: 'cut', afterBytes: 5 });
    assert.deepEqual(parseFault('reset'), { kind: 'reset' });
    assert.deepEqual(parseFault('in-band-error:ErrorId=4500,mid=true,stream=a,times=always'), {
      kind: 'in-band-error',
      ErrorId: 4500,
      mid: true,
      stream: 'a',
      times: 'always',
    });
    assert.deepEqual(parseFault('clock-skew:offsetMs=-900000'), { kind: 'clock-skew', offsetMs: -900_000 });
  });

  for (const [text, message] of [
    ['nonsense', /Unknown kind.*Kinds: http-error/],
    ['cut:afterByte=5', /cut has no "afterByte". It has: .*afterBytes/],
    ['cut:afterBytes=-1', /-1 is no value for "afterBytes"/],
    ['cut:afterBytes', /should be key=value/],
    ['http-error:statusCode=400', /needs "ErrorType"/],
    ['http-error:ErrorType=A,statusCode=200', /200 is no value/],
    ['{"kind":', /Not JSON/],
    ['cut:times=0', /0 is no value for "times"/],
  ] as const) {
    it(`refuses ${text}`, () => {
      assert.throws(
        () => parseFault(text),
        (error: unknown) => error instanceof FaultSyntaxError && message.test(error.message),
      );
    });
  }

  it('refuses what is no object', () => {
    for (const value of [null, 5, 'cut', []]) {
      assert.throws(() => checkFault(value), FaultSyntaxError);
    }
  });

  it('takes, lists and clears faults over HTTP', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const at = `${simulator.endpoint}/simulator/faults`;
      const add = await fetchOnce(at, { method: 'POST', body: '{"kind":"cut","afterBytes":5}' });
      assert.equal(add.status, 201);
      const { id } = (await add.json()) as { id: string };
      const refused = await fetchOnce(at, { method: 'POST', body: '{"kind":"cut","nonsense":5}' });
      assert.equal(refused.status, 400);
      assert.equal((await fetchOnce(at, { method: 'POST', body: '{' })).status, 400);
      assert.deepEqual(await (await fetchOnce(at)).json(), {
        faults: [{ id, fault: { kind: 'cut', afterBytes: 5 }, left: 1 }],
      });
      await fetchOnce(`${at}/${id}`, { method: 'DELETE' });
      assert.deepEqual(simulator.faults.list(), []);
      simulator.faults.add({ kind: 'reset' });
      await fetchOnce(at, { method: 'DELETE' });
      assert.deepEqual(simulator.faults.list(), []);
    });
  });

  it('pauses and resumes a producer over HTTP, and shows the state of streams', async () => {
    await withSimulator({ streams: [{ name: 'a', prefillMs: 4000 }] }, async ({ simulator }) => {
      const at = `${simulator.endpoint}/simulator/streams`;
      const post = (name: string, body: unknown) =>
        fetchOnce(`${at}/${name}`, { method: 'POST', body: JSON.stringify(body) });
      assert.equal((await post('a', { producer: 'paused' })).status, 200);
      assert.equal(simulator.streams.get('a')?.producing, false);
      const { streams } = (await (await fetchOnce(at)).json()) as { streams: Record<string, unknown>[] };
      assert.equal(streams[0]?.['producer'], 'paused');
      assert.equal(streams[0]['fragments'], 2);
      await post('a', { producer: 'running' });
      assert.equal(simulator.streams.get('a')?.producing, true);
      assert.equal((await post('a', { producer: 'asleep' })).status, 400);
      assert.equal((await post('b', { producer: 'paused' })).status, 404);
      assert.equal((await fetchOnce(`${simulator.endpoint}/simulator/nonsense`)).status, 404);
    });
  });

  it('answers no web page', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const answer = await fetchOnce(`${simulator.endpoint}/simulator/faults`, {
        method: 'POST',
        headers: { Origin: 'http://example.com' },
        body: '{"kind":"reset"}',
      });
      assert.equal(answer.status, 403);
      assert.deepEqual(simulator.faults.list(), []);
    });
  });
});
