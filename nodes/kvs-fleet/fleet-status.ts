/** The status of a fleet: how many of its streams are read here, and how fast. */
import type { Clock } from '../../src/clock';
import { definedOnly } from '../../src/defined-only';
import type { SetStats } from '../../src/streams';
import { errorText } from '../shared/short-name';
import { StatusThrottle } from '../shared/status-throttle';
import { Statuses, type ShownStatus } from '../shared/state-to-status';
import type { TableCondition } from './coordination';
import type { FleetPort } from './fleet-port';

/** What the status shows of a fleet that runs. */
export interface RunningFleet {
  readonly stats: SetStats;
  /** ErrorType of what keeps streams from being found; undefined where nothing does. */
  readonly searchFails: string | undefined;
  /** Of a shared fleet. */
  readonly table: TableStatus | undefined;
  readonly isDrained: boolean;
  readonly isPaused: boolean;
}

export interface TableStatus extends TableCondition {
  /** ErrorType of what keeps the table from being used; undefined where nothing does. */
  readonly fails: string | undefined;
}

export class FleetStatus {
  readonly #reporter: StatusThrottle;
  readonly #texts: Statuses;
  #fleet: (() => RunningFleet) | undefined;

  constructor(
    private readonly port: FleetPort,
    clock: Clock,
  ) {
    this.#reporter = new StatusThrottle(port, clock);
    this.#texts = new Statuses(port.words);
  }

  /** Shows this fleet, anew every second. */
  follow(fleet: () => RunningFleet): void {
    this.#fleet = fleet;
    this.#schedule(fleet);
  }

  showStopped(): void {
    this.leave();
    this.#reporter.show(this.#texts.stopped());
  }

  /** @param about the setting at fault */
  showFailed(ErrorType: string, about: string): void {
    this.leave();
    this.#reporter.show(this.#texts.failed(ErrorType, about));
  }

  leave(): void {
    this.#fleet = undefined;
    this.#reporter.cancel();
  }

  #schedule(fleet: () => RunningFleet): void {
    this.#reporter.schedule(() => {
      if (this.#fleet === fleet) {
        this.#schedule(fleet);
      }
      return this.#shown(fleet());
    });
  }

  #shown({ stats, searchFails, table, isDrained, isPaused }: RunningFleet): ShownStatus {
    const { streams, bitsPerSecond, MillisBehindNow } = stats;
    if (table?.fails !== undefined) {
      return this.#unreachable(table.fails, table.leftMs);
    }
    if (table?.isReady === false) {
      const text = this.port.words.text('status.connecting');
      return { fill: 'yellow', shape: 'ring', text, kvs: { state: 'partial' } };
    }
    if (isDrained) {
      const { words } = this.port;
      const isEmpty = streams.here === 0;
      const text = isEmpty ? words.own('kvs-fleet.status.drained') : words.own('kvs-fleet.status.draining');
      return { fill: 'grey', shape: 'ring', text, kvs: { state: 'drained' } };
    }
    const isPartial = streams.failing.length > 0 || searchFails !== undefined || streams.here < streams.all;
    const numbers = definedOnly({ bitsPerSecond, MillisBehindNow: MillisBehindNow?.max });
    if (isPaused) {
      const text = this.port.words.text('status.paused');
      return { fill: 'yellow', shape: 'ring', text, kvs: { state: 'running', ...numbers } };
    }
    return {
      ...(isPartial ? { fill: 'yellow', shape: 'ring' } : { fill: 'green', shape: 'dot' }),
      text: `${streams.here - streams.failing.length}/${streams.all} ${rate(bitsPerSecond)}`,
      kvs: {
        state: isPartial ? 'partial' : 'running',
        ...definedOnly({ ErrorType: searchFails }),
        ...numbers,
      },
    };
  }

  /** Yellow while streams are read without the table, red when nothing is read any more. */
  #unreachable(ErrorType: string, leftMs: number): ShownStatus {
    const text =
      leftMs > 0
        ? this.port.words.own('kvs-fleet.status.tableLost', { seconds: Math.ceil(leftMs / 1_000) })
        : errorText(ErrorType, '', ErrorType);
    return {
      ...{ fill: leftMs > 0 ? 'yellow' : 'red', shape: 'ring', text },
      kvs: { state: 'unreachable', ErrorType },
    };
  }
}

/** At most 7 characters. */
function rate(bitsPerSecond: number): string {
  const units = [
    { name: 'Gb/s', bits: 1e9 },
    { name: 'Mb/s', bits: 1e6 },
    { name: 'kb/s', bits: 1e3 },
  ];
  const unit = units.find(({ bits }) => bitsPerSecond >= 0.9995 * bits) ?? { name: 'kb/s', bits: 1e3 };
  const value = bitsPerSecond / unit.bits;
  return `${value < 9.95 && unit.bits > 1e3 ? value.toFixed(1) : Math.round(value)}${unit.name}`;
}
