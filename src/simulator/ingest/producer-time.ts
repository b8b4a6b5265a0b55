/** When a fragment was recorded: the producer's clock, worked out from what it sent. */
import type { Clock } from '../../clock';
import { IngestError } from './ingest-error';

export interface TimeSettings {
  /** Undefined: ABSOLUTE if the media's times are those of a date, else RELATIVE. */
  readonly timecodeType: 'ABSOLUTE' | 'RELATIVE' | undefined;
  /** ms since the epoch. Undefined: the first fragment was recorded when it came in. */
  readonly producerStart: number | undefined;
}

/** Times in the media from here on (September 2001) can only be ms since the epoch. */
const A_DATE = 1_000_000_000_000;
/** The last ms of the year 9999. */
const LATEST = 253_402_300_799_999;

export class ProducerTime {
  readonly #settings: TimeSettings;
  readonly #clock: Clock;
  /** What is added to a time in the media; undefined before the first. */
  #base: number | undefined;
  #first = true;
  #reached = 0;

  constructor(settings: TimeSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** The producer's time of a Cluster. @throws {IngestError} if it is no date */
  at(clusterMs: number): number {
    this.#base ??= this.#baseFor(clusterMs);
    this.#first = false;
    const time = Math.round(this.#base + clusterMs);
    if (!(time >= 0 && time <= LATEST)) {
      throw new IngestError(4007, `${time} ms since 1970 is no time at which a fragment can be recorded.`);
    }
    return time;
  }

  /** The end of what has been recorded so far. */
  reached(time: number): void {
    this.#reached = Math.max(this.#reached, time);
  }

  /** The media's times begin anew: they continue after what was recorded before. */
  restart(): void {
    this.#base = undefined;
  }

  #baseFor(clusterMs: number): number {
    const { timecodeType, producerStart } = this.#settings;
    const absolute = timecodeType === undefined ? clusterMs >= A_DATE : timecodeType === 'ABSOLUTE';
    if (absolute) {
      return 0;
    }
    if (producerStart !== undefined && this.#first) {
      return producerStart;
    }
    return Math.max(this.#first ? -Infinity : this.#reached, Math.round(this.#clock.now())) - clusterMs;
  }
}
