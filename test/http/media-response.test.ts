import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ByteSink, MediaResponse } from '../../src/kinesis-video';
import { KinesisVideoError } from '../../src/kinesis-video';
import { describeTransports } from '../../testing/transports';
import type { Answer } from '../kinesis-video/stub-service';
import { STREAM, StubService, never, reply } from '../kinesis-video/stub-service';

/** Notes what a response says, and lets a test wait for it. */
class Notes implements ByteSink {
  readonly said: string[] = [];
  readonly failures: Error[] = [];
  length = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly on: Partial<ByteSink> = {}) {}

  bytes(slice: Buffer): void {
    this.length += slice.length;
    this.#note('bytes');
    this.on.bytes?.(slice);
  }
  ended(): void {
    this.#note('ended');
    this.on.ended?.();
  }
  failed(error: Error): void {
    this.failures.push(error);
    this.#note('failed');
    this.on.failed?.(error);
  }
  get terminal(): string[] {
    return this.said.filter((word) => word !== 'bytes');
  }
  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
  #note(word: string): void {
    this.said.push(word);
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }
}

describeTransports('MediaResponse', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
  });
  afterEach(() => stub.close());

  const open = async (answer: Answer): Promise<MediaResponse> => {
    stub.answers.set('/getMedia', answer);
    return stub.service().getMedia(STREAM, { StartSelectorType: 'NOW' }, never);
  };
  /** A response whose body the test writes. */
  const openLive = async (): Promise<{ media: MediaResponse; server: ServerResponse }> => {
    let server: ServerResponse | undefined;
    const media = await open((response) => {
      server = response;
      response.on('error', () => undefined);
      response.writeHead(200, { 'content-type': 'video/webm' }).flushHeaders();
    });
    assert.ok(server);
    return { media, server };
  };
  /** Until everything that is under way between two sockets of this process has come to rest. */
  const settle = async (rounds = 20): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it("has the RequestId and the service's time", async () => {
    const media = await open(
      reply(200, '', { 'x-amz-RequestId': 'doc-1', date: 'Tue, 03 Nov 2026 10:00:00 GMT' }),
    );
    assert.equal(media.RequestId, 'doc-1');
    assert.equal(media.serverTime, Date.UTC(2026, 10, 3, 10));
    media.close();
  });

  it('hands on all bytes, then says once that it ended', async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const media = await open(reply(200, body));
    const parts: Buffer[] = [];
    const notes = new Notes({ bytes: (slice) => parts.push(Buffer.from(slice)) });
    media.read(notes);
    await notes.until(() => notes.terminal.length > 0);
    assert.ok(Buffer.concat(parts).equals(body));
    await settle();
    assert.deepEqual(notes.terminal, ['ended']);
    media.close();
    media.close();
  });

  it('passes an encoded body as it is', async () => {
    const media = await open(reply(200, 'not gzip at all', { 'content-encoding': 'gzip' }));
    const parts: Buffer[] = [];
    const notes = new Notes({ bytes: (slice) => parts.push(Buffer.from(slice)) });
    media.read(notes);
    await notes.until(() => notes.terminal.length > 0);
    assert.equal(Buffer.concat(parts).toString(), 'not gzip at all');
  });

  it('loses nothing that came before it was read, nor while it was resumed too early', async () => {
    const { media, server } = await openLive();
    server.write('first');
    media.resume();
    await settle();
    const parts: Buffer[] = [];
    const notes = new Notes({ bytes: (slice) => parts.push(Buffer.from(slice)) });
    media.read(notes);
    server.end('last');
    await notes.until(() => notes.terminal.length > 0);
    assert.equal(Buffer.concat(parts).toString(), 'firstlast');
  });

  it('fails once when the connection breaks in the middle', async () => {
    const { media, server } = await openLive();
    const notes = new Notes();
    media.read(notes);
    server.write('half');
    await notes.until(() => notes.length === 4);
    server.destroy();
    await notes.until(() => notes.terminal.length > 0);
    await settle();
    assert.deepEqual(notes.terminal, ['failed']);
    const [error] = notes.failures;
    assert.ok(error instanceof KinesisVideoError);
    assert.equal(error.code, 'NetworkError');
    assert.equal(error.networkCode, 'ECONNRESET');
    assert.equal(error.operation, 'GetMedia');
    assert.equal(
      error.message,
      'GetMedia for stream "front-door" failed: the connection broke (ECONNRESET).',
    );
  });

  it('fails when it broke before it was read, after read has returned', async () => {
    const { media, server } = await openLive();
    server.destroy();
    await settle();
    const notes = new Notes();
    media.read(notes);
    assert.deepEqual(notes.said, []);
    await notes.until(() => notes.terminal.length > 0);
    assert.deepEqual(notes.said, ['failed']);
  });

  it('fails where the body is shorter than announced', async () => {
    const media = await open((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('short', () => response.destroy());
    });
    const notes = new Notes();
    media.read(notes);
    await notes.until(() => notes.terminal.length > 0);
    assert.deepEqual(notes.terminal, ['failed']);
  });

  it('fails where the framing of the body is broken', async () => {
    const { media, server } = await openLive();
    const notes = new Notes();
    media.read(notes);
    server.socket?.write('zz\r\nrubbish\r\n');
    await notes.until(() => notes.terminal.length > 0);
    assert.deepEqual(notes.terminal, ['failed']);
  });

  it('takes no more from the socket while paused, and goes on where it was', async () => {
    const { media, server } = await openLive();
    const notes = new Notes();
    media.read(notes);
    server.write('x');
    await notes.until(() => notes.length === 1);
    media.pause();
    const block = Buffer.alloc(1024 * 1024);
    let accepted = 0;
    // Until the sender is held back, and the system's buffers are full.
    const send = (): void => {
      server.write(block, () => {
        accepted += block.length;
        if (accepted < 256 * block.length) {
          send();
        }
      });
    };
    send();
    // The system's buffers may grow once more while nobody reads.
    let held: number;
    do {
      held = accepted;
      await settle(2000);
    } while (accepted > held);
    assert.ok(accepted < 256 * block.length, 'the sender is held back');
    assert.equal(notes.length, 1, 'nothing came while paused');
    media.resume();
    await notes.until(() => notes.length > held + block.length);
    media.close();
  });

  it('stays paused when it is read while paused', async () => {
    const media = await open(reply(200, 'body'));
    media.pause();
    const notes = new Notes();
    media.read(notes);
    await settle();
    assert.deepEqual(notes.said, []);
    media.resume();
    await notes.until(() => notes.terminal.length > 0);
    assert.deepEqual(notes.said, ['bytes', 'ended']);
  });

  it('hands on nothing more once it is paused or closed in the middle of a slice', async () => {
    for (const stop of ['pause', 'close'] as const) {
      const { media, server } = await openLive();
      const notes = new Notes({
        bytes: () => {
          media[stop]();
        },
      });
      media.read(notes);
      server.cork();
      server.write('a');
      server.write('b');
      server.write('c');
      server.uncork();
      await notes.until(() => notes.said.length > 0);
      await settle();
      assert.deepEqual(notes.said, ['bytes'], stop);
      media.close();
    }
  });

  for (const when of ['before read', 'while reading', 'in bytes', 'while paused'] as const) {
    it(`frees the service's socket at once when closed ${when}, and says nothing more`, async () => {
      const { media, server } = await openLive();
      const freed = once(server, 'close');
      const notes = new Notes({
        bytes: () => {
          if (when === 'in bytes') {
            media.close();
          }
        },
      });
      if (when !== 'before read') {
        media.read(notes);
        server.write('some');
        await notes.until(() => notes.length > 0);
      }
      const heard = notes.said.length;
      if (when === 'while paused') {
        media.pause();
      }
      media.close();
      media.close();
      await freed;
      if (when === 'before read') {
        media.read(notes);
      }
      media.resume();
      await settle();
      assert.equal(notes.said.length, heard);
    });
  }

  for (const ending of ['ended', 'failed'] as const) {
    it(`may be closed while it says that it ${ending}`, async () => {
      const { media, server } = await openLive();
      const close = () => {
        media.close();
      };
      const notes = new Notes({ ended: close, failed: close });
      media.read(notes);
      if (ending === 'ended') {
        server.end();
      } else {
        server.destroy();
      }
      await notes.until(() => notes.terminal.length > 0);
      await settle();
      assert.deepEqual(notes.terminal, [ending]);
    });
  }

  it('cannot be read twice', async () => {
    const media = await open(reply(200, ''));
    media.read(new Notes());
    assert.throws(() => {
      media.read(new Notes());
    });
    media.close();
  });

  it('is open 60 times at once without any waiting for another', async () => {
    stub.answers.set('/getMedia', (response) => {
      response.writeHead(200).flushHeaders();
    });
    const service = stub.service();
    const all = await Promise.all(
      Array.from({ length: 60 }, () => service.getMedia(STREAM, { StartSelectorType: 'NOW' }, never)),
    );
    assert.equal(stub.to('/getMedia').length, 60);
    assert.equal(stub.to('/getDataEndpoint').length, 1);
    for (const media of all) {
      media.close();
    }
  });

  it("leaves no socket open when the service object is closed, nor tells a closed response's reader", async () => {
    const { media, server } = await openLive();
    const notes = new Notes();
    media.read(notes);
    const freed = once(server, 'close');
    media.close();
    await stub.close();
    await freed;
    assert.equal(stub.openSockets, 0);
    assert.deepEqual(notes.said, []);
    await stub.listen();
  });
});
