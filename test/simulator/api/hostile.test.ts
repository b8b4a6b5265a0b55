import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { limitMemory } from '../../../src/simulator/streams/memory-limit';
import { printable } from '../../../src/printable';
import { cluster, block, header, second } from '../matroska';
import { TestProducer } from '../producer';
import { KEYS, controlClient, failure, withSimulator, type Rig } from '../rig';
import type { Readable } from 'node:stream';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis-video';
import {
  GetMediaForFragmentListCommand,
  ListFragmentsCommand,
} from '@aws-sdk/client-kinesis-video-archived-media';

type Headers = Readonly<Record<string, string>>;

/** Sends a request with headers as they are given, Host too. */
async function ask(url: string, method: string, headers: Headers, body = ''): Promise<[number, string]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, resolve);
    // The answer to what is refused unread comes before all of it is sent.
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') {
        reject(error);
      }
    });
    asked.end(body);
  });
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += part;
  }
  return [response.statusCode ?? 0, text];
}

const FOREIGN: readonly Headers[] = [
  { Origin: 'http://attacker.example' },
  { Origin: 'null' },
  { Origin: 'http://localhost.attacker.example' },
  { Origin: 'http://127.0.0.1.attacker.example' },
  { Host: 'attacker.example' },
  { Host: 'attacker.example:4567' },
  { Host: '127.0.0.1.attacker.example' },
  { Host: 'localhost@attacker.example' },
  { Host: '192.168.0.7:4567' },
  { 'Sec-Fetch-Site': 'cross-site' },
];
const OURS: readonly Headers[] = [
  {},
  { Host: 'localhost' },
  { Host: 'LocalHost:1' },
  { Host: 'kvs.localhost:4567' },
  { Host: '127.0.0.2:4567' },
  { Host: '[::1]:4567' },
  { 'Sec-Fetch-Site': 'none' },
];

describe('simulator: other sites', () => {
  it('refuses their pages and their names, on all ports, before it reads anything, and counts them', async () => {
    await withSimulator({ streams: [{ name: 'door' }] }, async ({ simulator }) => {
      const asked = [
        [`${simulator.endpoint}/listStreams`, 'POST'],
        [`${simulator.endpoint}/simulator/requests`, 'GET'],
        [`${simulator.endpoint}/simulator/faults`, 'DELETE'],
        [`${simulator.endpoint}/streams/yard`, 'PUT'],
        [`${simulator.dataEndpoint}/getMedia`, 'POST'],
        [`${simulator.dataEndpoint}/putMedia`, 'POST'],
      ] as const;
      for (const headers of FOREIGN) {
        for (const [url, method] of asked) {
          const [statusCode, text] = await ask(url, method, headers);
          assert.equal(statusCode, 403, JSON.stringify(headers));
          assert.match(text, /web page of another site/, JSON.stringify(headers));
        }
      }
      assert.equal(simulator.stats.refused, FOREIGN.length * asked.length);
      assert.deepEqual(simulator.stats.requests, []);
      assert.equal(simulator.streams.size, 1);
    });
  });

  it('answers to the names of this machine', async () => {
    await withSimulator({}, async ({ simulator }) => {
      for (const headers of OURS) {
        const [statusCode] = await ask(`${simulator.endpoint}/simulator/faults`, 'GET', headers);
        assert.equal(statusCode, 200, JSON.stringify(headers));
      }
    });
  });

  it('answers a signed call from a page of this machine, but nothing that is not signed', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const headers = { Origin: 'http://localhost:3000' };
      const [, text] = await ask(`${simulator.endpoint}/listStreams`, 'POST', headers);
      assert.match(text, /MissingAuthenticationToken|authentication/i);
      assert.equal((await ask(`${simulator.endpoint}/simulator/faults`, 'GET', headers))[0], 403);
    });
  });

  it('answers to any name where it listens on all addresses, but its own API to none but this machine’s', async () => {
    await withSimulator({ host: '0.0.0.0' }, async ({ simulator }) => {
      const headers = { Host: 'simulator.house:4567' };
      const [, text] = await ask(`${simulator.endpoint}/listStreams`, 'POST', headers);
      assert.match(text, /authentication/i);
      assert.equal((await ask(`${simulator.endpoint}/simulator/faults`, 'GET', headers))[0], 403);
      assert.equal((await ask(`${simulator.endpoint}/listStreams`, 'POST', FOREIGN[0] ?? {}))[0], 403);
    });
  });
});

describe('simulator: what callers send', () => {
  it('keeps nothing large of a call, refused or not', async () => {
    await withSimulator({ streams: [{ name: 'door', source: 'none' }] }, async (rig) => {
      const { simulator } = rig;
      const filler = 'x'.repeat(900_000);
      const signed = await rig.media('door');
      const before = simulator.stats.refused;
      const count = 20;
      for (let call = 0; call < count; call++) {
        const body = JSON.stringify({ StreamName: `${String(call)}${filler}` });
        await ask(`${simulator.dataEndpoint}/getMedia`, 'POST', {}, body);
      }
      signed.middlewareStack.add(
        (next) => (args) => {
          const { request: sent } = args as { request: { body: string; headers: Record<string, string> } };
          sent.body = sent.body.replace('{"', `{"Filler":"${filler}","`);
          sent.headers['content-length'] = String(sent.body.length);
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      await failure(rig.open('nowhere', { StartSelectorType: 'NOW' }));
      const archived = await rig.archived('door', 'LIST_FRAGMENTS');
      archived.middlewareStack.add(
        (next) => (args) => {
          const { request: sent } = args as { request: { body: string; headers: Record<string, string> } };
          sent.body = sent.body.replace('"TimestampRange"', `"Filler":"${filler}","TimestampRange"`);
          sent.headers['content-length'] = String(sent.body.length);
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      const TimestampRange = { StartTimestamp: new Date(), EndTimestamp: new Date() };
      const FragmentSelector = { FragmentSelectorType: 'SERVER_TIMESTAMP' as const, TimestampRange };
      await archived.send(new ListFragmentsCommand({ StreamName: 'door', FragmentSelector }));
      assert.ok(simulator.stats.refused >= before + count);
      const kept = JSON.stringify(simulator.stats).length;
      assert.ok(kept < 20_000, `${String(kept)} characters are kept`);
    });
  });

  it('reads no body that is larger than any request', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const [statusCode, text] = await ask(
        `${simulator.endpoint}/listStreams`,
        'POST',
        {},
        'x'.repeat(2_000_000),
      );
      assert.deepEqual([statusCode, text.includes('too large')], [413, true], text);
    });
  });

  it('takes what is no percent-encoding for a name that no stream has', async () => {
    await withSimulator({}, async ({ simulator }) => {
      for (const method of ['POST', 'DELETE']) {
        const [statusCode, text] = await ask(`${simulator.endpoint}/simulator/streams/%zz`, method, {});
        assert.deepEqual([statusCode, /no stream ."%zz/.test(text)], [404, true], text);
      }
    });
  });

  it('shows names in the log as text that a terminal does not obey', async () => {
    const lines: string[] = [];
    await withSimulator({ log: (line) => lines.push(line) }, async ({ simulator }) => {
      const name = 'a\u001b]0;owned\u0007\u202etxt\u009b2J\r\n2026 forged';
      await ask(`${simulator.dataEndpoint}/getMedia`, 'POST', {}, JSON.stringify({ StreamName: name }));
      await ask(`${simulator.endpoint}/streams/${encodeURIComponent(name)}`, 'PUT', {});
    });
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(line, /^[\x20-\x7e]+$/);
      assert.ok(line.includes('\\u001b]0;owned\\u0007\\u202etxt\\u009b2J\\u000d\\u000a2026 forged'));
    }
  });

  it('escapes what is not seen, and leaves what is', () => {
    assert.equal(printable('Tür–Kamera 門 "1"'), 'Tür–Kamera 門 "1"');
    assert.equal(
      printable('\u200b\u2066\u{e0041}\u2028\ud800'),
      '\\u200b\\u2066\\udb40\\udc41\\u2028\\ud800',
    );
    assert.equal(JSON.parse(printable(JSON.stringify('\u202e\u{e0041}\u009b'))), '\u202e\u{e0041}\u009b');
    assert.equal(printable('abc', 2), 'ab…');
  });
});

describe('simulator: memory of what is still coming in', () => {
  const pushUrl = ({ simulator }: Rig, name: string) => `${simulator.endpoint}/streams/${name}`;
  const big = (bytes: number) => block(1, 0, true, Buffer.alloc(bytes));

  it('counts open fragments as what they take, blocks that are not whole, and tags', async () => {
    await withSimulator({ mostBytes: 3_000_000 }, async (rig) => {
      const whole = new TestProducer(pushUrl(rig, 'whole'));
      await whole.finish(Buffer.concat([header(), second(0)]));
      const open = new TestProducer(pushUrl(rig, 'open'));
      await open.send(Buffer.concat([header(), cluster(0, [big(1_000_000)], false)]));
      await open.until('BUFFERING');
      const stream = rig.simulator.streams.get('open');
      assert.ok((stream?.ownedBytes ?? 0) >= 1_000_000);
      // Half a block, in another stream: with the open fragment it is too much.
      const half = new TestProducer(pushUrl(rig, 'half'));
      await half.send(Buffer.concat([header(), cluster(0, [big(4_000_000)], false).subarray(0, 2_500_000)]));
      await half.closed;
      assert.match(half.body, /as much unfinished media as it can/);
      assert.equal(rig.simulator.streams.get('whole')?.fragments.length, 0, 'what is whole goes first');
      assert.equal(stream?.fragments.length, 1, 'the other producer is not disturbed');
      open.abort();
      await open.closed;
    });
  });

  it('counts a fragment that it has forgotten for as long as a reader is sent it', async () => {
    await withSimulator(
      { mostBytes: 3_000_000, getMediaBytesPerSecond: 1000, mediaDelayMs: 0 },
      async (rig) => {
        const whole = new TestProducer(pushUrl(rig, 'whole'));
        await whole.finish(Buffer.concat([header(), cluster(0, [big(1_000_000)])]));
        const stream = rig.simulator.streams.get('whole');
        const Fragments = [stream?.fragments[0]?.FragmentNumber ?? ''];
        const client = await rig.archived('whole', 'GET_MEDIA_FOR_FRAGMENT_LIST');
        const { Payload } = await client.send(
          new GetMediaForFragmentListCommand({ StreamName: 'whole', Fragments }),
        );
        stream?.forget();
        const half = new TestProducer(pushUrl(rig, 'half'));
        await half.send(
          Buffer.concat([header(), cluster(0, [big(4_000_000)], false).subarray(0, 2_500_000)]),
        );
        await half.closed;
        assert.match(half.body, /as much unfinished media as it can/);
        (Payload as Readable).destroy();
      },
    );
  });

  it('gives back what a fragment took while it grew', async () => {
    await withSimulator({}, async (rig) => {
      const producer = new TestProducer(pushUrl(rig, 'camera'));
      await producer.finish(Buffer.concat([header(), second(0), second(1000), second(2000)]));
      const stream = rig.simulator.streams.get('camera');
      assert.ok(stream !== undefined);
      const bodies = stream.fragments.reduce((sum, { body }) => sum + body.length, 0);
      assert.equal(stream.ownedBytes, bodies + header().length);
      assert.equal(limitMemory([stream], 0), true);
      assert.equal(stream.ownedBytes, 0);
    });
  });
});

describe('simulator: signed calls', () => {
  it('are answered as before', async () => {
    await withSimulator({ streams: [{ name: 'door', source: 'none' }] }, async ({ simulator }) => {
      const client = controlClient(simulator.endpoint.replace('127.0.0.1', 'localhost'), KEYS);
      const { StreamInfoList } = await client.send(new ListStreamsCommand({}));
      assert.equal(StreamInfoList?.[0]?.StreamName, 'door');
      client.destroy();
    });
  });
});
