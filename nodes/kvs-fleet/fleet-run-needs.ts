/** What a run of a fleet is made with. */
import type { Clock } from '../../src/clock';
import type { ConfigSettings, FleetSettings } from '../../src/options';
import type { ServiceShare } from '../shared/account';
import type { MakeCheckpoints } from './fleet-checkpoints';
import type { FleetErrorReporter } from './fleet-error-reporter';
import type { FleetPort } from './fleet-port';

export interface FleetRunNeeds {
  readonly port: FleetPort;
  readonly account: ConfigSettings;
  readonly settings: FleetSettings;
  readonly share: ServiceShare;
  readonly clock: Clock;
  readonly errors: FleetErrorReporter;
  /** Name of this process within a fleet that is not shared. */
  readonly member: string;
  readonly makeCheckpoints: MakeCheckpoints;
}
