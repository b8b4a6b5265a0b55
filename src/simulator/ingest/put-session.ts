/**
 * One producer's connection: reads its media no faster than the service does, and answers with acknowledgements.
 * However it ends, the fragment under way is either whole or taken back, and no timer or socket stays.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock';
import { Pace, type SimulatedStream } from '../streams';
import { acknowledgementLine, errorAcknowledgement, type Acknowledgement } from './acknowledgement';
import { ClusterFragmenter } from './cluster-fragmenter';
import { FragmentWriter } from './fragment-writer';
import { IngestError } from './ingest-error';
import { KeyFrameFragmenter } from './key-frame-fragmenter';
import { MatroskaSplitter } from './matroska-splitter';
import type { TimeSettings } from './producer-time';

/**
 * `clusters`: one Cluster is one fragment and passes through byte for byte, as the service has it; what the service
 * refuses is refused. `key-frames`: whatever the Clusters, a fragment begins at a key frame of the first video track
 * (without video: every two seconds), in a Cluster of its own; a new session begins where the service would refuse.
 */
export type CutAt = 'clusters' | 'key-frames';

export interface PutSessionOptions {
  readonly stream: SimulatedStream;
  readonly media: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly cutAt: CutAt;
  readonly time: TimeSettings;
  readonly bytesPerSecond: number;
  readonly fragmentsPerSecond: number;
  /** False: only errors are acknowledged. */
  readonly acknowledgements: boolean;
  /** Errors come with words for a person. */
  readonly inWords: boolean;
  /** A connection is closed at this age. */
  readonly maxSessionMs: number;
  /** The stream has not been deleted. */
  readonly isActive: () => boolean;
  /** Writes the response's head; called before its first byte. */
  readonly writeHead: () => void;
  /** Answers media that was refused before the head was written; if it is absent, the error is acknowledged like any other. */
  readonly refuse?: (error: IngestError) => void;
  /** Makes room for what was taken in; false if there is none. */
  readonly hasRoom: () => boolean;
  /** The connection is over, for whatever reason. */
  readonly onEnd: (error: IngestError | undefined) => void;
}

/** Without a byte for this long, the service closes the connection; until then it says now and then that it is idle. */
const SILENT_MS = 30_000;
const IDLE_EVERY_MS = 10_000;
/** A producer that reads none of its acknowledgements is not read from either. */
const MOST_UNREAD = 256 * 1024;

export class PutSession {
  readonly #options: PutSessionOptions;
  readonly #writer: FragmentWriter;
  readonly #fragmenter: ClusterFragmenter | KeyFrameFragmenter;
  readonly #splitter: MatroskaSplitter;
  readonly #bytes: Pace;
  readonly #fragments: Pace;
  readonly #startedAt: number;
  #lastDataAt: number;
  /** How long the fragments begun in what was read last have to wait, ms. */
  #fragmentWait = 0;
  #cancelIdle: () => void = () => undefined;
  #cancelPace: () => void = () => undefined;
  #ended = false;

  constructor(options: PutSessionOptions) {
    this.#options = options;
    const { stream, clock, cutAt, time } = options;
    this.#startedAt = clock.monotonic();
    this.#lastDataAt = this.#startedAt;
    this.#bytes = new Pace(options.bytesPerSecond);
    this.#fragments = new Pace(options.fragmentsPerSecond);
    this.#writer = new FragmentWriter({
      ...{ stream, clock, time },
      acknowledge: (acknowledgement) => {
        this.#acknowledge(acknowledgement);
      },
      onBegin: () => {
        this.#fragmentWait = this.#fragments.take(1, clock.monotonic());
      },
    });
    this.#fragmenter =
      cutAt === 'clusters' ? new ClusterFragmenter(this.#writer) : new KeyFrameFragmenter(this.#writer);
    this.#splitter = new MatroskaSplitter(this.#fragmenter);
  }

  /** Bytes of an element that is not whole yet, and of what was held back for the first fragment. */
  get heldBytes(): number {
    return this.#splitter.pending + this.#fragmenter.heldBytes;
  }

  /** @param headAtOnce before anything is known of the media, as the service does it */
  start({ headAtOnce = false } = {}): void {
    const { media, response } = this.#options;
    if (headAtOnce) {
      this.#head();
    }
    media.on('data', (bytes: Buffer) => {
      this.#read(bytes);
    });
    media.on('end', () => {
      this.#finish();
    });
    // Its 'close' follows.
    media.on('error', () => undefined);
    media.on('close', () => {
      this.stop();
    });
    response.on('close', () => {
      this.stop();
    });
    this.#watch();
  }

  /** The producer is gone, or has to go: its unfinished fragment is lost. Does nothing once the session is over. */
  stop(error?: IngestError): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#cancelIdle();
    this.#cancelPace();
    this.#writer.abandon();
    this.#options.onEnd(error);
  }

  #read(bytes: Buffer): void {
    if (this.#ended) {
      return;
    }
    const { stream, media, clock, response, isActive, hasRoom } = this.#options;
    this.#lastDataAt = clock.monotonic();
    this.#fragmentWait = 0;
    this.#guard(() => {
      if (!isActive()) {
        throw new IngestError(4008, 'The stream does not exist any more.');
      }
      this.#splitter.push(bytes);
      if (!hasRoom()) {
        throw new IngestError(5000, 'The simulator holds as much unfinished media as it can.');
      }
      if (this.#splitter.pending === 0) {
        this.#writer.rest();
      }
    });
    stream.changed();
    const wait = Math.max(this.#fragmentWait, this.#bytes.take(bytes.length, clock.monotonic()));
    const unread = response.writableLength > MOST_UNREAD;
    if (wait === 0 && !unread) {
      return;
    }
    media.pause();
    const resume = () => {
      this.#lastDataAt = clock.monotonic();
      media.resume();
    };
    if (unread) {
      response.once('drain', resume);
    } else {
      this.#cancelPace = clock.after(wait, resume);
    }
  }

  #finish(): void {
    if (this.#ended) {
      return;
    }
    this.#guard(() => {
      this.#splitter.end();
      this.#writer.finish();
      this.#options.stream.changed();
      this.#head();
      this.#options.response.end();
      this.stop();
    });
  }

  /** Runs what may find the media to be wrong. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.fail(
        error instanceof IngestError ? error : new IngestError(5000, `The simulator failed: ${reason}`),
      );
    }
  }

  /** Tells the producer why, and ends the response. */
  fail(error: IngestError): void {
    if (this.#ended) {
      return;
    }
    const { response, refuse, inWords } = this.#options;
    // The error does not concern a fragment that was complete before it.
    this.#writer.rest();
    const { about } = this.#writer;
    this.stop(error);
    if (!response.headersSent && refuse !== undefined) {
      refuse(error);
    } else {
      this.#head();
      response.end(acknowledgementLine(errorAcknowledgement(error, about, inWords)));
    }
  }

  #watch(): void {
    const { clock, maxSessionMs, media } = this.#options;
    this.#cancelIdle = clock.after(IDLE_EVERY_MS, () => {
      const now = clock.monotonic();
      const silent = media.isPaused() ? 0 : now - this.#lastDataAt;
      if (now - this.#startedAt >= maxSessionMs) {
        this.fail(new IngestError(4003, 'The connection has reached its maximum age.'));
      } else if (silent >= SILENT_MS) {
        this.fail(new IngestError(4000, `Nothing was sent for ${SILENT_MS / 1000} s.`));
      } else {
        if (silent >= IDLE_EVERY_MS) {
          this.#acknowledge({ EventType: 'IDLE' });
        }
        this.#watch();
      }
    });
  }

  #acknowledge(acknowledgement: Acknowledgement): void {
    if (!this.#ended) {
      this.#head();
      if (this.#options.acknowledgements) {
        this.#options.response.write(acknowledgementLine(acknowledgement));
      }
    }
  }

  #head(): void {
    if (!this.#options.response.headersSent) {
      this.#options.writeHead();
    }
  }
}
