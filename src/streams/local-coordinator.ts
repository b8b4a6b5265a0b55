/** The coordinator of a fleet that is not shared: every stream is read here. */
import { definedOnly } from '../defined-only';
import type { StreamRef } from '../options';
import type { Position } from '../session';
import type { Coordinator, CoordinatorEvents, WantedStream } from './coordinator';

/** Where positions are kept. */
export interface PositionStore {
  /** Never rejects. */
  load(stream: StreamRef): Promise<Position | undefined>;
  save(stream: StreamRef, position: Position): void;
  clear(stream: StreamRef): void;
  /** The stream is not read any more. */
  release(stream: StreamRef): void;
  close(): Promise<void>;
}

/** Reads all streams here, up to a limit: those beyond it wait in the order in which they were added. */
export class LocalCoordinator implements Coordinator {
  readonly members = 1;
  readonly discovers = true;
  readonly isReady = true;
  readonly #known = new Map<string, WantedStream>();
  /** The streams read here. A new object with each assignment, so that one that is overtaken is not made. */
  readonly #here = new Map<string, object>();
  /** The streams that are to be read and are not. Those whose bound is reached are in neither. */
  readonly #waiting = new Set<string>();
  #events: CoordinatorEvents | undefined;
  #isDrained = false;

  /**
   * @param most streams read at a time
   * @param waiting told how many streams have no place, whenever that may have changed
   */
  constructor(
    readonly member: string,
    private readonly positions: PositionStore,
    private readonly most: number,
    private readonly waiting: (streams: number) => void,
  ) {}

  get known(): ReadonlyMap<string, WantedStream> {
    return this.#known;
  }

  get wanted(): number {
    return this.#known.size;
  }

  start(events: CoordinatorEvents): void {
    this.#events = events;
  }

  add(wanted: WantedStream): void {
    const { StreamName } = wanted.stream;
    this.#known.set(StreamName, wanted);
    if (this.#here.has(StreamName)) {
      this.#assign(wanted);
    } else {
      this.#waiting.add(StreamName);
      this.#fill();
    }
  }

  remove(StreamName: string, isGone: boolean): void {
    const wanted = this.#known.get(StreamName);
    this.#known.delete(StreamName);
    this.#waiting.delete(StreamName);
    if (this.#here.delete(StreamName)) {
      this.#events?.lost(StreamName);
    }
    if (wanted !== undefined) {
      if (isGone) {
        this.positions.clear(wanted.stream);
      }
      this.positions.release(wanted.stream);
    }
    this.#fill();
  }

  maySend(StreamName: string): boolean {
    return this.#here.has(StreamName);
  }

  checkpoint(stream: StreamRef, position: Position): void {
    this.positions.save(stream, position);
  }

  reset(stream: StreamRef): void {
    this.positions.clear(stream);
  }

  released(StreamName: string): void {
    const wanted = this.#known.get(StreamName);
    if (this.#here.delete(StreamName) && wanted !== undefined) {
      this.positions.release(wanted.stream);
      if (this.#isDrained) {
        this.#waiting.add(StreamName);
      }
    }
    this.#fill();
  }

  drain(): void {
    this.#isDrained = true;
    for (const StreamName of [...this.#here.keys()]) {
      this.#events?.revoked(StreamName);
    }
  }

  join(): void {
    this.#isDrained = false;
    this.#fill();
  }

  close(): Promise<void> {
    this.#known.clear();
    this.#here.clear();
    this.#waiting.clear();
    return this.positions.close();
  }

  #fill(): void {
    for (const StreamName of this.#waiting) {
      if (this.#isDrained || this.#here.size >= this.most) {
        break;
      }
      this.#waiting.delete(StreamName);
      const wanted = this.#known.get(StreamName);
      if (wanted !== undefined) {
        this.#assign(wanted);
      }
    }
    this.waiting(this.#isDrained ? 0 : this.#waiting.size);
  }

  #assign(wanted: WantedStream): void {
    const { stream, startSelector } = wanted;
    const assignment = {};
    this.#here.set(stream.StreamName, assignment);
    const loaded = startSelector === undefined ? this.positions.load(stream) : Promise.resolve(undefined);
    void loaded.then((position) => {
      if (this.#here.get(stream.StreamName) === assignment) {
        this.#events?.assigned({ ...wanted, ...definedOnly({ position }) });
      }
    });
  }
}
