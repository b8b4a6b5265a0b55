/** What the coordinator of a shared fleet is made with. */
import type { Clock } from '../clock';
import type { StreamRef } from '../options';
import type { ErrorReport } from '../session';
import type { Moment } from './lease-guard';
import type { MembershipOptions } from './membership';
import type { FleetStore } from './store';

export interface SharedCoordinatorOptions extends MembershipOptions {
  /** Between two checkpoints of a stream, ms; 0: each is written. */
  readonly checkpointMs: number;
}

/** Makes reports of what goes wrong between the members. */
export interface FleetReports {
  /** A call to the table failed. @param attempt 1, 2, … failures in a row */
  tableFailed(error: unknown, retryInMs: number, attempt: number): ErrorReport;
  leaseLost(stream: StreamRef): ErrorReport;
  /** The stream's item is not as members write it, so none reads the stream. */
  itemMalformed(stream: StreamRef): ErrorReport;
  /** There are more streams than the members may read. */
  full(streams: number): ErrorReport;
}

export interface SharedCoordinatorDependencies {
  readonly store: FleetStore;
  readonly clock: Clock;
  /** Readings of all clocks that may tell how much time has passed. */
  readonly moment: () => Moment;
  readonly reports: FleetReports;
}
