/** A member of a modelled fleet: a real coordinator, and readers that send numbers. */
import { SharedCoordinator, type Moment, type SharedCoordinatorOptions } from '../../src/fleet';
import type { ErrorReport } from '../../src/session';
import type { Assignment } from '../../src/streams';
import type { Judge } from './judge';
import type { ModelNetwork } from './network';
import type { Mistake } from './mistake';
import type { Process } from './world';

interface Reader {
  readonly epoch: number;
  next: number;
  isRetiring: boolean;
}

const NO_REPORT = {} as ErrorReport;

export class ModelMember {
  readonly coordinator: SharedCoordinator;
  readonly #readers = new Map<string, Reader>();
  #isStopped = false;

  constructor(
    readonly name: string,
    readonly process: Process,
    readonly network: ModelNetwork,
    private readonly judge: Judge<ModelMember>,
    options: SharedCoordinatorOptions,
    private readonly sendEveryMs: number,
    /** The streams that a search finds. */
    private readonly found: readonly string[],
    mistake: Mistake | undefined,
  ) {
    this.coordinator = new SharedCoordinator(options, {
      store: network,
      clock: process,
      moment: momentWith(mistake, process, network),
      reports: {
        tableFailed: () => NO_REPORT,
        leaseLost: () => NO_REPORT,
        itemMalformed: () => NO_REPORT,
        full: () => NO_REPORT,
      },
    });
    judge.members.push(this);
  }

  start(): void {
    this.coordinator.start({
      assigned: (assignment) => {
        this.#assigned(assignment);
      },
      revoked: (name) => {
        this.#retire(name);
      },
      lost: (name) => {
        this.#readers.delete(name);
      },
      guard: () => undefined,
      changed: () => undefined,
      error: () => undefined,
      event: ({ event, StreamName, leaseEpoch = -1 }) => {
        if (event === 'handedOver' && StreamName !== undefined) {
          this.judge.handedOver(StreamName, leaseEpoch);
        }
      },
    });
    this.#tick();
    this.#search();
  }

  get reads(): number {
    return this.#readers.size;
  }

  get isMember(): boolean {
    return !this.process.isKilled && !this.#isStopped && !this.coordinator.isDrained;
  }

  maySend(name: string): boolean {
    return !this.process.isKilled && !this.#isStopped && this.coordinator.maySend(name);
  }

  /** Whether it reads the stream and may send it. */
  isReading(name: string): boolean {
    return this.#readers.has(name) && this.maySend(name);
  }

  async leave(): Promise<void> {
    this.#isStopped = true;
    for (const [name, reader] of this.#readers) {
      this.#checkpoint(name, reader);
    }
    this.#readers.clear();
    await this.coordinator.close();
  }

  #assigned({ stream, leaseEpoch = -1, position }: Assignment): void {
    const done = Number(position?.FragmentNumber ?? 0);
    this.#readers.set(stream.StreamName, { epoch: leaseEpoch, next: done + 1, isRetiring: false });
    this.judge.assigned(stream.StreamName, leaseEpoch, done, this);
  }

  #retire(name: string): void {
    const reader = this.#readers.get(name);
    if (reader === undefined) {
      this.coordinator.released(name);
      return;
    }
    reader.isRetiring = true;
    this.process.after(this.process.random() * 1_000, () => {
      if (this.#readers.get(name) === reader) {
        this.#checkpoint(name, reader);
        this.#readers.delete(name);
        this.coordinator.released(name);
      }
    });
  }

  #search(): void {
    if (this.#isStopped) {
      return;
    }
    const { coordinator } = this;
    if (coordinator.discovers) {
      for (const StreamName of this.found.filter((name) => !coordinator.known.has(name))) {
        coordinator.add({ stream: { StreamName } });
      }
    }
    this.process.after(this.sendEveryMs, () => {
      this.#search();
    });
  }

  #tick(): void {
    if (this.#isStopped) {
      return;
    }
    for (const [name, reader] of this.#readers) {
      if (!reader.isRetiring && this.coordinator.maySend(name)) {
        this.judge.sent(name, reader.epoch, reader.next, this);
        reader.next += 1;
        // The last one is not acknowledged yet, now and then.
        if (this.process.random() < 0.8) {
          this.#checkpoint(name, reader);
        }
      }
    }
    this.process.after(this.sendEveryMs * (0.5 + this.process.random()), () => {
      this.#tick();
    });
  }

  #checkpoint(name: string, { next }: Reader): void {
    if (next > 1) {
      const FragmentNumber = String(next - 1).padStart(20, '0');
      this.coordinator.checkpoint({ StreamName: name }, { FragmentNumber });
    }
  }
}

/** The time that a guard is given: what is right, or what makes it wrong in one way. */
function momentWith(mistake: Mistake | undefined, process: Process, network: ModelNetwork): () => Moment {
  switch (mistake) {
    case 'the guard never closes':
      return () => [0];
    case 'the guard counts from the last attempt':
      return () => [process.monotonic() - network.spentOnRepeatedBeatsMs];
    default:
      return () => [process.monotonic()];
  }
}
