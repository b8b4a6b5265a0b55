import assert from 'node:assert/strict';
import type { ErrorPayload } from '../../../nodes/shared/error-output';
import { once } from 'node:events';
import { createServer, get, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { RecordReader, recordHead, type PreviewRecord, type Received } from '../../../nodes/preview/records';
import type { PreviewSession, PreviewSessionEvents } from '../../../nodes/preview/preview-session';
import type { MediaObserver } from '../../../nodes/shared/media-observer';
import { Preview, type PreviewSubject } from '../../../nodes/preview/preview';
import { GONE_AFTER_MS, MOST_WAITING_BYTES } from '../../../nodes/preview/viewer';
import { Mp4Converter } from '../../../src/convert';
import { ChunkReader, type Chunk } from '../../../src/matroska';
import { EventLoopTurn } from '../../../src/event-loop-turn';
import { LoopTurns } from '../../../testing/loop-turns';
import { makeChunks } from '../../../testing/session-rig';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';

const CHUNKS = wholeChunks(6);
const LARGEST_PIECE = Math.max(...CHUNKS.map(({ data }) => data.length)) + 64 * 1024;

function wholeChunks(count: number): Chunk[] {
  const found: Chunk[] = [];
  const reader = new ChunkReader({
    chunk: (chunk) => found.push(chunk),
    truncated: unexpected,
    inBandError: unexpected,
    malformed: unexpected,
    tooLarge: unexpected,
  });
  for (const { bytes } of makeChunks(count)) {
    reader.write(bytes);
  }
  return found;
}

function unexpected(): never {
  throw new Error('The chunks are whole.');
}

function chunk(index: number): Chunk {
  const found = CHUNKS[index % CHUNKS.length];
  assert.ok(found !== undefined);
  return found;
}

function errorPayload(message: string): ErrorPayload {
  return {
    ErrorType: 'MalformedMedia',
    RequestId: null,
    message,
    operation: 'GetMedia',
    statusCode: null,
    retryable: true,
    action: 'skip',
    attempt: 1,
  };
}

class Subject implements PreviewSubject {
  readonly stream = { StreamName: 'door' };
  readonly words = english;
  state: PreviewSubject['state'] = { name: 'paused' };
  isLive = true;
  readonly observers = new Set<MediaObserver>();
  readonly sessions = new Set<PreviewSessionEvents>();
  begun = 0;

  observe(observer: MediaObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  openSession(events: PreviewSessionEvents): PreviewSession {
    this.begun += 1;
    this.sessions.add(events);
    return { state: { name: 'idle' }, stop: () => this.sessions.delete(events) };
  }

  send(...chunks: readonly Chunk[]): void {
    for (const one of chunks) {
      for (const observer of this.observers) {
        observer.chunk(one);
      }
    }
  }
}

/** A preview behind a real HTTP server. */
class Rig {
  readonly clock = new VirtualClock();
  readonly subject = new Subject();
  readonly responses: ServerResponse[] = [];
  readonly lookers: Looker[] = [];
  ended = 0;
  turn: EventLoopTurn | undefined;
  #preview: Preview | undefined;
  readonly #server: Server = createServer((request, response) => {
    this.responses.push(response);
    this.preview.add(response, request.url === '/sound');
    response.flushHeaders();
  });

  get preview(): Preview {
    return (this.#preview ??= new Preview(
      this.subject,
      (events) => this.subject.openSession(events),
      this.clock,
      () => {
        this.ended += 1;
      },
      this.turn,
    ));
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    for (const { response } of this.lookers) {
      response.destroy();
    }
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async look(path = '/'): Promise<Looker> {
    const { port } = this.#server.address() as AddressInfo;
    const [response] = (await once(get({ port, path, agent: false }), 'response')) as [IncomingMessage];
    const looker = new Looker(response);
    this.lookers.push(looker);
    return looker;
  }

  async left(looker: Looker): Promise<void> {
    const closed = once(this.responses.at(-1) ?? assert.fail(), 'close');
    looker.response.destroy();
    await closed;
  }
}

/** One who reads records when asked to, and nothing else. */
class Looker {
  readonly #reader = new RecordReader();
  readonly #found: Received[] = [];

  constructor(readonly response: IncomingMessage) {
    response.on('error', () => undefined);
  }

  async next<Type extends PreviewRecord['type']>(
    type: Type,
  ): Promise<{ record: Extract<PreviewRecord, { type: Type }>; data: Uint8Array }> {
    for (;;) {
      const received = this.#found.shift();
      if (received === undefined) {
        this.#found.push(...this.#reader.read(await this.#piece()));
      } else if (received.record.type === type) {
        return received as never;
      }
    }
  }

  async #piece(): Promise<Buffer> {
    for (;;) {
      const piece = this.response.read() as Buffer | null;
      if (piece !== null) {
        return piece;
      }
      assert.ok(!this.response.readableEnded, 'The preview has ended.');
      await once(this.response, 'readable');
    }
  }
}

describe('the records of a preview', () => {
  it('come out as they went in, however the line cuts them', () => {
    const plain = { noNullPrototype: true };
    const record = fc.oneof(
      fc.record({ type: fc.constant('problem' as const), message: fc.string({ unit: 'grapheme' }) }, plain),
      fc.record(
        {
          type: fc.constant('media' as const),
          startMs: fc.nat(),
          durationMs: fc.nat(),
          bytes: fc.nat({ max: 300 }),
        },
        plain,
      ),
    );
    fc.assert(
      fc.property(fc.array(record), fc.array(fc.integer({ min: 1, max: 200 })), (records, cuts) => {
        const media = (one: PreviewRecord): Buffer => Buffer.alloc('bytes' in one ? one.bytes : 0, 7);
        let rest = Buffer.concat(records.flatMap((one) => [recordHead(one), media(one)]));
        const reader = new RecordReader();
        const found: Received[] = [];
        for (const cut of cuts) {
          found.push(...reader.read(rest.subarray(0, cut)));
          rest = rest.subarray(cut);
        }
        found.push(...reader.read(rest));
        assert.deepEqual(
          found.map(({ record: one }) => one),
          records,
        );
        assert.ok(found.every(({ record: one, data }) => media(one).equals(data)));
      }),
    );
  });

  it('are told from anything else', () => {
    assert.throws(() => new RecordReader().read(Buffer.from('<!doctype html>')), /no preview/);
  });
});

describe('a preview', () => {
  let rig = new Rig();

  beforeEach(async () => {
    rig = new Rig();
    await rig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('hands on what a live node reads, as MP4 with the picture alone, or with sound', async () => {
    const looker = await rig.look();
    const listener = await rig.look('/sound');
    rig.subject.send(chunk(0), chunk(1));
    const { record, data } = await looker.next('init');
    assert.match(record.mimeType, /^video\/mp4; codecs="avc1\.[0-9a-f]{6}"$/);
    assert.deepEqual([record.width, record.height], [640, 360]);
    assert.equal(Buffer.from(data).toString('latin1', 4, 8), 'ftyp');
    const first = await looker.next('media');
    const second = await looker.next('media');
    assert.equal(Buffer.from(first.data).toString('latin1', 4, 8), 'moof');
    assert.equal(first.record.MillisBehindNow, chunk(0).MillisBehindNow);
    assert.equal(second.record.startMs, first.record.startMs + first.record.durationMs);
    assert.match((await listener.next('init')).record.mimeType, /avc1.*mp4a/);
    assert.equal(rig.subject.begun, 0);
  });

  it('shows the last chunk at once to whoever comes second', async () => {
    const first = await rig.look();
    rig.subject.send(chunk(0), chunk(1));
    await first.next('media');
    const second = await rig.look();
    await second.next('init');
    assert.ok((await second.next('media')).record.startMs > 0);
  });

  it('reads the stream once for all where the node does not, and no longer than someone looks', async () => {
    rig.subject.isLive = false;
    const first = await rig.look();
    await rig.look();
    assert.equal((await first.next('state')).record.source, 'own');
    assert.equal(rig.subject.begun, 1);
    for (const events of rig.subject.sessions) {
      events.chunk(chunk(0));
    }
    await first.next('media');
    rig.subject.send(chunk(1));
    const leaving = rig.responses.map((response) => once(response, 'close'));
    await rig.stop();
    await Promise.all(leaving);
    assert.deepEqual([rig.subject.sessions.size, rig.subject.observers.size], [0, 0]);
    assert.deepEqual([rig.clock.pending, rig.ended], [0, 1]);
    await rig.start();
  });

  it('goes on by itself, with a new file, when the node stops', async () => {
    const looker = await rig.look();
    rig.subject.send(chunk(0));
    await looker.next('media');
    rig.subject.isLive = false;
    await rig.clock.advance(2_000);
    assert.equal(rig.subject.begun, 1);
    for (const events of rig.subject.sessions) {
      events.chunk(chunk(1));
    }
    await looker.next('init');
    assert.equal((await looker.next('media')).record.startMs, 0);
  });

  it('goes on by itself when the flow holds the node back', async () => {
    await rig.look();
    rig.subject.state = { name: 'draining' };
    rig.subject.send(chunk(0));
    await rig.clock.advance(2_000);
    assert.equal(rig.subject.begun, 0);
    await rig.clock.advance(2_000);
    assert.equal(rig.subject.begun, 1);
  });

  it('ends when the node is no more', async () => {
    const looker = await rig.look();
    looker.response.resume();
    for (const observer of rig.subject.observers) {
      observer.closed();
    }
    await once(looker.response, 'end');
    assert.deepEqual([rig.subject.observers.size, rig.clock.pending, rig.ended], [0, 0, 1]);
  });

  it('says what it cannot show, also to whoever comes later', async () => {
    const first = await rig.look();
    rig.subject.send({ ...chunk(0), data: Buffer.from('no media') });
    const { message } = (await first.next('problem')).record;
    assert.match(message, /^no EBML header \(at byte 0/);
    assert.equal((await (await rig.look()).next('problem')).record.message, message);
  });

  it('leaves out whole chunks for a slow line, and goes on with a key frame', async () => {
    const looker = await rig.look();
    const response = rig.responses[0] ?? assert.fail();
    let most = 0;
    for (let i = 0; i < 600; i += 1) {
      rig.subject.send(chunk(i));
      most = Math.max(most, response.writableLength);
      // Lets the line take what it will.
      await new Promise(setImmediate);
    }
    assert.ok(most > MOST_WAITING_BYTES, `only ${most} bytes waited: the line was not slow`);
    assert.ok(most <= MOST_WAITING_BYTES + LARGEST_PIECE, `${most} bytes waited`);
    response.once('drain', () => {
      rig.subject.send(chunk(600));
    });
    let end: number | undefined;
    let { record } = await looker.next('media');
    while (end === undefined || record.startMs === end) {
      end = record.startMs + record.durationMs;
      ({ record } = await looker.next('media'));
    }
    assert.ok(record.startMs > end);
  });

  it('holds little for a slow line of what is told again and again, and tells the last of it', async () => {
    const looker = await rig.look();
    const response = rig.responses[0] ?? assert.fail();
    let most = 0;
    for (let i = 1; i <= 600; i += 1) {
      for (const observer of rig.subject.observers) {
        observer.error(errorPayload(`${i} ${'x'.repeat(32 * 1024)}`));
      }
      most = Math.max(most, response.writableLength);
      await new Promise(setImmediate);
    }
    assert.ok(most > MOST_WAITING_BYTES, `only ${most} bytes waited: the line was not slow`);
    assert.ok(most <= MOST_WAITING_BYTES + LARGEST_PIECE, `${most} bytes waited`);
    let { message } = (await looker.next('problem')).record;
    while (!message.startsWith('600 ')) {
      ({ message } = (await looker.next('problem')).record);
    }
  });

  it('lets go of a viewer whose line has taken nothing for a minute', async () => {
    await rig.look();
    const response = rig.responses[0] ?? assert.fail();
    for (let i = 0; response.writableLength < MOST_WAITING_BYTES && i < 1_000; i += 1) {
      rig.subject.send(chunk(i));
      await new Promise(setImmediate);
    }
    const closed = once(response, 'close');
    await rig.clock.advance(GONE_AFTER_MS + 4_000);
    await closed;
    assert.deepEqual([rig.subject.observers.size, rig.clock.pending, rig.ended], [0, 0, 1]);
  });

  it('leaves the flow its turn while a chunk takes long, and the flow may write into the chunk', async () => {
    const turns = new LoopTurns();
    let now = 0;
    // Each look at the clock is 4 ms later: a turn has room for three steps.
    rig.turn = new EventLoopTurn(turns.add, () => (now += 4));
    const looker = await rig.look();
    const long = smallChunk({
      ...{ number: 1, at: 0, tracks: [videoEntry(AVCC)] },
      blocks: pictures(19_000).map((one, i) => ({ ...one, time: i })),
    });
    const expected = new Mp4Converter(['video']).convert(Buffer.from(long)).media;
    rig.subject.send({ ...chunk(0), data: long });
    long.fill(0);
    const count = turns.passAll();
    assert.ok(count > 10, `${count} turns`);
    assert.deepEqual(Buffer.from((await looker.next('init')).data), expected[0]?.data);
    assert.deepEqual(Buffer.from((await looker.next('media')).data), expected[1]?.data);
  });

  it('leaves out the oldest chunks where they come faster than they can be converted', async () => {
    const turns = new LoopTurns();
    rig.turn = new EventLoopTurn(turns.add);
    rig.turn.spend(1_000, 0);
    const looker = await rig.look();
    const media = chunk(0).data;
    const padded = (index: number): Chunk => ({
      ...chunk(index),
      MillisBehindNow: index,
      data: Buffer.concat([media, Buffer.alloc(5 * 1024 * 1024)]),
    });
    rig.subject.send(padded(1), padded(2), padded(3), padded(4), padded(5));
    turns.passAll();
    assert.equal((await looker.next('media')).record.MillisBehindNow, 3);
  });

  it('is over at once for one who left before it began', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.destroy();
    rig.preview.add(response, false);
    assert.deepEqual([rig.subject.observers.size, rig.clock.pending, rig.ended], [0, 0, 1]);
  });

  it('does the node no harm when the line of a viewer breaks', async () => {
    const looker = await rig.look();
    rig.subject.send(chunk(0));
    await looker.next('media');
    await rig.left(looker);
    rig.subject.send(chunk(1));
    assert.equal(rig.ended, 1);
  });
});
