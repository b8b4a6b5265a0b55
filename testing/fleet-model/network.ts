/** The way from a process to the table: slow, with lost requests, lost answers and outages. */
import { ConditionFailed, type Change, type Condition, type FleetStore, type Item } from '../../src/fleet';
import type { MemoryFleetTable } from '../memory-fleet-store';
import type { Process } from './world';

export interface Weather {
  /** No more faults after this time. */
  calmAt: number;
  /** The table cannot be reached by anyone until then. */
  outageUntil: number;
  /** Shares of calls. */
  readonly lostRequests: number;
  readonly lostAnswers: number;
  readonly lateRequests: number;
}

/** How late a request may arrive after its caller has given it up, ms. */
const LATEST_MS = 40_000;

export class ModelNetwork implements FleetStore {
  /** This process cannot reach the table until then. */
  outageUntil = 0;
  /** From the first attempt at a beat to the last one, of all beats together. */
  spentOnRepeatedBeatsMs = 0;
  #lastBeat: { readonly beat: unknown; readonly at: number } | undefined;

  constructor(
    private readonly table: MemoryFleetTable,
    private readonly process: Process,
    private readonly weather: Weather,
    private readonly random: () => number,
    private readonly timeoutMs: number,
  ) {}

  list(prefix: string): Promise<readonly Item[]> {
    return this.#call(() => this.table.list(prefix));
  }

  get(key: string): Promise<Item | undefined> {
    return this.#call(() => this.table.get(key));
  }

  update(key: string, change: Change): Promise<Item> {
    const beat = change.set?.['beat'];
    if (beat !== undefined) {
      const at = this.process.monotonic();
      if (this.#lastBeat?.beat === beat) {
        this.spentOnRepeatedBeatsMs += at - this.#lastBeat.at;
      }
      this.#lastBeat = { beat, at };
    }
    return this.#call(() => this.table.update(key, change));
  }

  delete(key: string, condition: Condition): Promise<void> {
    return this.#call(() => {
      this.table.delete(key, condition);
    });
  }

  #call<T>(work: () => T): Promise<T> {
    const { process, weather, random } = this;
    const { world } = process;
    return new Promise((resolve, reject) => {
      const cancel = process.after(this.timeoutMs, () => {
        reject(new Error('timed out'));
      });
      const answer = (settle: () => void, isLost: boolean): void => {
        if (!isLost) {
          world.at(world.now + 1 + random() * 30, () => {
            process.deliver(() => {
              cancel();
              settle();
            });
          });
        }
      };
      const isCalm = world.now >= weather.calmAt;
      const fate = random();
      const { lostRequests, lostAnswers, lateRequests } = weather;
      if (!isCalm && fate < lostRequests) {
        return;
      }
      const isLost = !isCalm && fate < lostRequests + lostAnswers;
      const isLate = !isCalm && !isLost && fate < lostRequests + lostAnswers + lateRequests;
      const arrival = world.now + 1 + random() * (isLate ? LATEST_MS : 30);
      world.at(isLate ? Math.min(arrival, Math.max(world.now + 1, weather.calmAt)) : arrival, () => {
        if (!isLate && world.now < Math.max(weather.outageUntil, this.outageUntil)) {
          answer(() => {
            reject(new Error('unreachable'));
          }, random() < 0.5);
          return;
        }
        try {
          const result = work();
          answer(() => {
            resolve(result);
          }, isLost);
        } catch (error) {
          if (!(error instanceof ConditionFailed)) {
            throw error;
          }
          answer(() => {
            reject(error);
          }, isLost);
        }
      });
    });
  }
}
