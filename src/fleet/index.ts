/**
 * Shares the streams of a fleet among machines. Every member has an item with a beat; every stream has an item with its
 * owner and its checkpoint. Members read the items of all and do their own part; nobody is in charge.
 *
 * What keeps two members from sending the same: a stream is taken from a member only after its beat has stayed the same
 * for a whole lease by the taker's clock (`lease-observer.ts`), and a member sends only within 0.8 leases of its last confirmed
 * beat by its own clock (`lease-guard.ts`). No clock of one machine is compared with another's.
 *
 * Knows streams and positions (`streams`, `session`). Must not know where the items are kept: it is given a store
 * (`store.ts`), clocks and chance.
 *
 * - `shared-coordinator.ts` is the coordinator, made of the others and of what `shared-needs.ts` lists
 * - `membership.ts` joins, beats, and joins anew; `reconciler.ts` reads the items again and again and does what
 *   follows for this member
 * - `stream-plan.ts` computes who is to read what
 * - `held-streams.ts` has the streams of this member, `held-stream.ts` writes one
 * - `stream-edits.ts` adds and removes streams
 * - `conditional-writes.ts` has every write with its condition, `items.ts` the meaning of the attributes
 */
export { elapsedMs, LeaseGuard, GUARD_SHARE, type Moment } from './lease-guard';
export { planFor, type Holding, type Place, type Plan } from './stream-plan';
export { SharedCoordinator } from './shared-coordinator';
export type { FleetReports, SharedCoordinatorDependencies, SharedCoordinatorOptions } from './shared-needs';
export {
  ConditionFailed,
  type Change,
  type Condition,
  type FleetStore,
  type Item,
  type Value,
} from './store';
