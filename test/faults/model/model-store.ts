import type { NodeContext } from '../../../nodes/shared/checkpoints/context-store';
import type { ModelClock } from './model-clock';
import type { RunLog } from './run-log';
import type { StoreFault } from './scenario';

const SLOW_WRITE_MS = 15_000;
const USUAL_WRITE_MS = 5;

/** A context store on the other end of a network: writes can be slow, lost, or answered by nothing or by an error. */
export class ModelStore {
  value: unknown;
  #writes = 0;
  readonly #faults: ReadonlyMap<number, StoreFault['kind']>;

  constructor(
    faults: readonly StoreFault[],
    private readonly clock: ModelClock,
    private readonly log: RunLog,
  ) {
    this.#faults = new Map(faults.map(({ write, kind }) => [write, kind]));
  }

  /** What one node, before or after a restart, has of it. */
  forOwner(): { readonly context: NodeContext; close(killed: boolean): void } {
    let closed = false;
    let killed = false;
    return {
      context: {
        get: (_key, _store, done) => {
          this.clock.after(USUAL_WRITE_MS, () => {
            done(undefined, this.value);
          });
        },
        set: (_key, value, _store, done) => {
          if (closed && !killed) {
            this.log.problems.push('late write: a closed node writes its checkpoint');
          }
          if (!killed) {
            this.#set(value, done, () => killed);
          }
        },
      },
      close: (kill) => {
        closed = true;
        killed = kill;
      },
    };
  }

  #set(value: unknown, done: (error: unknown) => void, isKilled: () => boolean): void {
    const kind = this.#faults.get(this.#writes++);
    if (kind === 'lost') {
      return;
    }
    this.clock.after(kind === 'slow' ? SLOW_WRITE_MS : USUAL_WRITE_MS, () => {
      if (isKilled()) {
        return;
      }
      if (kind === 'error') {
        done(new Error('the store is out of order'));
        return;
      }
      // As a store does that keeps text.
      this.value = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
      if (kind !== 'lost-callback') {
        done(undefined);
      }
    });
  }
}
