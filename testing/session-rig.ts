/** A session with a scripted service and a virtual clock, and a record of what it reports. */
import type { Clock } from '../src/clock';
import {
  CallLimiter,
  Session,
  type ErrorReport,
  type Position,
  type SessionEnd,
  type SessionOptions,
} from '../src/session';
import { EventLoopTurn } from '../src/event-loop-turn';
import { Simulator } from '../src/simulator';
import { ScriptedService, type HeldChunk } from './scripted-service';
import { VirtualClock, settle } from './virtual-clock';

/** Real chunks, as the simulator makes them, a second of server time apart. */
export function makeChunks(count: number, profile: 'ffmpeg' | 'aws-sdk' = 'aws-sdk'): HeldChunk[] {
  let now = 1_700_000_000_000;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after: () => () => undefined,
    random: () => 0.5,
  };
  const stream = new Simulator({ clock, seed: 1 }).addStream({ name: 'demo', live: false, profile });
  return Array.from({ length: count }, () => {
    now += 1_000;
    return stream.produce(1).map((fragment) => ({
      FragmentNumber: fragment.FragmentNumber ?? '',
      ServerTimestamp: fragment.ServerTimestamp ?? 0,
      bytes: fragment.chunk(250),
    }));
  }).flat();
}

/** A session on a scripted service and a virtual clock, with all that it says. */
export class SessionRig {
  readonly clock = new VirtualClock();
  readonly service = new ScriptedService();
  readonly chunks: { readonly FragmentNumber: string; readonly sequence: number; readonly data: Buffer }[] =
    [];
  readonly frames: { readonly FragmentNumber: string; readonly index: number; readonly data: Buffer }[] = [];
  readonly errors: ErrorReport[] = [];
  readonly states: string[] = [];
  readonly checkpoints: Position[] = [];
  readonly ends: SessionEnd[] = [];
  readonly session: Session;
  #turnsToCome = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new Session(
      {
        stream: { StreamName: 'demo' },
        startSelector: { StartSelectorType: 'EARLIEST' },
        emit: 'chunk',
        tracks: [],
        maxInFlight: 0,
        keepTrying: true,
        stallTimeoutMs: 20_000,
        ackTimeoutMs: 60_000,
        maxChunkBytes: 64 * 1024 * 1024,
        ...options,
      },
      {
        ...{ service: this.service, clock: this.clock, limiter: new CallLimiter(), streamKey: 'demo' },
        turn: new EventLoopTurn((callback) => {
          this.#turnsToCome += 1;
          setImmediate(() => {
            this.#turnsToCome -= 1;
            callback();
          });
        }),
      },
      {
        chunk: ({ FragmentNumber, sequence, chunk }) => {
          this.chunks.push({ FragmentNumber, sequence, data: chunk.data });
        },
        frame: ({ FragmentNumber, frame }) => {
          this.frames.push({ FragmentNumber, index: frame.index, data: Buffer.from(frame.data) });
        },
        error: (error) => {
          this.errors.push(error);
        },
        state: (state) => {
          this.states.push(state.name);
        },
        checkpoint: (position) => {
          this.checkpoints.push(position);
        },
        complete: (end) => {
          this.ends.push(end);
        },
      },
    );
  }

  get numbers(): string[] {
    return this.chunks.map(({ FragmentNumber }) => FragmentNumber);
  }

  stateName(): string {
    return this.session.state.name;
  }

  /** Lets everything run that is ready. */
  async settle(): Promise<void> {
    do {
      await settle();
      await settle();
    } while (this.#turnsToCome > 0);
  }

  /** Acknowledges every message that has been sent, and those that are sent because of it. */
  async acknowledgeAll(): Promise<void> {
    let acknowledged = 0;
    do {
      for (const { FragmentNumber } of this.chunks.slice(acknowledged)) {
        acknowledged += 1;
        this.session.acknowledge(FragmentNumber);
      }
      for (const { FragmentNumber, index } of this.frames.slice(acknowledged)) {
        acknowledged += 1;
        this.session.acknowledge(FragmentNumber, index);
      }
      await this.settle();
    } while (acknowledged < this.chunks.length + this.frames.length);
  }

  /** Starts the session and lets it make its first call. */
  async start(): Promise<void> {
    this.session.start();
    await this.settle();
  }
}
