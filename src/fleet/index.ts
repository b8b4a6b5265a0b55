/**
 * Shares the streams of a fleet among machines. Every member has an item with a beat; every stream has an item with its
 * owner and its checkpoint. Members read the items of all and do their own part; nobody is in charge.
 *
 * What keeps two members from sending the same: a stream is taken from a member only after its beat has stayed the same
 * for a whole lease by the taker's clock (`observer.ts`), and a member sends only within 0.8 leases of its last confirmed
 * beat by its own clock (`guard.ts`). No clock of one machine is compared with another's.
 *
 * Knows streams and positions (`streams`, `session`). Must not know where the items are kept: it is given a store
 * (`store.ts`), clocks and chance.
 *
 * - `shared-coordinator.ts` is the coordinator, made of the others and of what `shared-needs.ts` lists
 * - `membership.ts` joins, beats, and joins anew; `rounds.ts` looks at the items and acts
 * - `assignment.ts` computes who is to read what
 * - `held-streams.ts` has the streams of this member, `held-stream.ts` writes one
 * - `stream-edits.ts` adds and removes streams
 * - `changes.ts` has every write with its condition, `items.ts` the meaning of the attributes
 */
export { elapsedMs, Guard, GUARD_SHARE, type Moment } from './guard';
export { planFor, type Holding, type Place, type Plan } from './assignment';
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
