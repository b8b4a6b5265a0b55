/** The messages of the third output: what happens to the streams of a fleet. */
import { definedOnly } from '../../src/defined-only';
import type { StreamRef } from '../../src/options';
import type { CoordinationEvent, SetStats } from '../../src/streams';
import type { FleetPort } from './fleet-port';

export class FleetEvents {
  constructor(
    private readonly port: Pick<FleetPort, 'event'>,
    /** Name of this member now. */
    private readonly member: () => string,
  ) {}

  /** A stream has come, gone, fallen silent or has media again. */
  stream(event: 'found' | 'gone' | 'silent' | 'resumed', stream: StreamRef, leaseEpoch?: number): void {
    this.port.event({
      topic: stream.StreamName,
      payload: definedOnly({ event, ...stream, member: this.member(), leaseEpoch }),
    });
  }

  coordination(event: CoordinationEvent): void {
    const { StreamName } = event;
    this.port.event({
      ...definedOnly({ topic: StreamName }),
      payload: { ...event, member: this.member() },
    });
  }

  stats(stats: SetStats): void {
    this.port.event({ payload: { event: 'stats', member: this.member(), ...stats } });
  }
}
