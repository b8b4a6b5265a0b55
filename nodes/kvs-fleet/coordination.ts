/** Makes what decides which streams of a fleet are read here. */
import { LocalCoordinator, type Coordinator } from '../../src/streams';
import { FleetCheckpoints } from './fleet-checkpoints';
import { fullError } from './selection-errors';
import type { FleetRunNeeds } from './fleet-run-needs';
import { createSharedCoordinator } from './create-shared-coordinator';

/** Streams of a node whose settings name no limit: so many sockets a careless prefix may open. */
const MOST_UNLESS_SAID = 1_000;

/** What the status says of the table of a shared fleet. */
export interface TableCondition {
  readonly isReachable: boolean;
  /** Whether the streams of the fleet are known. */
  readonly isReady: boolean;
  /** For how long streams can be read without it, ms. */
  readonly leftMs: number;
}

export interface Coordination {
  readonly coordinator: Coordinator;
  /** Absent where the fleet is not shared. */
  readonly table?: () => TableCondition;
}

export function coordinate(needs: FleetRunNeeds): Coordination {
  const { settings, share, clock, account, errors, member } = needs;
  const most = settings.maxStreams === 0 ? MOST_UNLESS_SAID : settings.maxStreams;
  if (settings.sharing !== undefined) {
    const coordinator = createSharedCoordinator(settings.sharing, most, share.service.account, clock);
    const table = (): TableCondition => ({
      isReachable: coordinator.isReachable,
      isReady: coordinator.isReady,
      leftMs: coordinator.guardLeftMs,
    });
    return { coordinator, table };
  }
  let isFull = false;
  const positions = new FleetCheckpoints(account, needs.makeCheckpoints);
  const coordinator = new LocalCoordinator(member, positions, most, (waiting) => {
    if (waiting > 0 && !isFull) {
      errors.report(fullError(most));
    }
    isFull = waiting > 0;
  });
  return { coordinator };
}
