/** One random schedule of a modelled fleet: machines that come and go, stop and lose the table, and then a calm time. */
import { seededRandom } from '../../src/simulator/random';
import type { Item } from '../../src/fleet';
import { MemoryFleetTable } from '../memory-fleet-store';
import { Judge } from './judge';
import { ModelMember } from './member';
import type { Mistake } from './mistake';
import { ModelNetwork, type Weather } from './network';
import { Process, World } from './world';

export interface ScheduleResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly members: number;
  readonly streams: number;
  readonly sends: number;
  readonly doubled: number;
  readonly handOvers: number;
  readonly takeOvers: number;
}

/** Leases in which everything must be in order again after the last disturbance. */
const CALM_LEASES = 3;
/** How far the rates of clocks may differ from 1. */
const RATE = 0.1;

export function runSchedule(seed: number, mistake?: Mistake): Promise<ScheduleResult> {
  return new Schedule(seed, mistake).run();
}

class Schedule {
  readonly #random: () => number;
  readonly #world = new World();
  readonly #judge = new Judge<ModelMember>();
  readonly #table: MemoryFleetTable;
  readonly #leaseMs: number;
  readonly #streams: readonly string[];
  readonly #most: number;
  readonly #weather: Weather;
  readonly #checkpointMs: number;
  #started = 0;

  constructor(
    private readonly seed: number,
    private readonly mistake: Mistake | undefined,
  ) {
    this.#random = seededRandom(seed);
    this.#leaseMs = this.#oneOf([3_000, 6_000, 15_000]);
    this.#most = this.#between(1, 6);
    this.#streams = Array.from({ length: this.#between(1, 40) }, (_, index) => `s${index}`);
    this.#checkpointMs = this.#oneOf([0, 2_000, 10_000]);
    const isRough = this.#random() < 0.7;
    this.#weather = {
      calmAt: this.#leaseMs * this.#between(4, 10),
      outageUntil: 0,
      lostRequests: isRough ? 0.02 : 0,
      lostAnswers: isRough ? 0.03 : 0,
      lateRequests: isRough ? 0.02 : 0,
    };
    this.#table = new MemoryFleetTable((before, after) => {
      this.#written(before, after);
    });
  }

  async run(): Promise<ScheduleResult> {
    const { calmAt } = this.#weather;
    this.#start();
    for (let others = this.#between(0, this.#most - 1); others > 0; others -= 1) {
      this.#world.at(this.#random() * this.#leaseMs * 2, () => {
        this.#start();
      });
    }
    for (let disturbances = this.#between(0, 8); disturbances > 0; disturbances -= 1) {
      this.#world.at(this.#random() * calmAt, () => {
        this.#disturb();
      });
    }
    await this.#world.runUntil(calmAt);
    if (!this.#members.some((member) => member.isMember)) {
      this.#start();
    }
    // The slowest clock counts for whoever waits.
    const settledAt = calmAt + (CALM_LEASES * this.#leaseMs) / (1 - RATE);
    await this.#world.runUntil(settledAt);
    this.#checkOrder();
    const owners = this.#judge.owners;
    const counts = this.#streams.map((name) => this.#judge.countOf(name));
    await this.#world.runUntil(settledAt + 2 * this.#leaseMs);
    this.#checkOrder();
    if (this.#judge.owners !== owners) {
      this.#judge.violations.push(`${this.#judge.owners - owners} streams moved in the calm`);
    }
    this.#streams.forEach((name, index) => {
      if (this.#judge.countOf(name) === counts[index]) {
        this.#judge.violations.push(`${name}: nothing was sent in the calm`);
      }
    });
    const { violations, sends, doubled, handOvers, takeOvers } = this.#judge;
    const [members, streams] = [this.#started, this.#streams.length];
    return { seed: this.seed, violations, members, streams, sends, doubled, handOvers, takeOvers };
  }

  get #members(): readonly ModelMember[] {
    return this.#judge.members;
  }

  #start(): ModelMember {
    this.#started += 1;
    const name = `m${this.#started}`;
    const rate = 1 - RATE + 2 * RATE * this.#random();
    const process = new Process(this.#world, rate, this.#random() * 1e6, this.#random);
    const network = new ModelNetwork(this.#table, process, this.#weather, this.#random, this.#leaseMs / 3);
    let ids = 0;
    const member = new ModelMember(
      name,
      process,
      network,
      this.#judge,
      {
        ...{ leaseMs: this.#leaseMs, maxStreams: 0, host: name, checkpointMs: this.#checkpointMs },
        newId: () => `${name}-${ids++}`,
      },
      this.#leaseMs / 5,
      this.#streams,
      this.mistake,
    );
    member.start();
    return member;
  }

  #disturb(): void {
    const { calmAt } = this.#weather;
    const running = this.#members.filter((member) => member.process.isRunning && member.isMember);
    const target = this.#oneOf(running);
    const later = (leases: number): number =>
      Math.min(calmAt, this.#world.now + this.#random() * leases * this.#leaseMs);
    const kind = this.#between(0, 7);
    if (kind === 0 && running.length < this.#most) {
      this.#start();
    } else if (kind === 1) {
      this.#weather.outageUntil = later(3);
    } else if (running.length === 0) {
      this.#start();
    } else if (kind === 2) {
      target.network.outageUntil = later(4);
    } else if (kind === 3 || kind === 4) {
      target.process.pause();
      this.#world.at(later(4), () => {
        target.process.continue();
      });
    } else if (kind === 5) {
      target.process.kill();
      this.#world.at(later(1), () => {
        this.#start();
      });
    } else if (kind === 6) {
      void target.leave();
      this.#world.at(later(1), () => {
        this.#start();
      });
    } else {
      target.coordinator.drain();
      this.#world.at(later(2), () => {
        target.coordinator.join();
      });
    }
  }

  #written(before: Item | undefined, after: Item | undefined): void {
    const key = String(after?.['item'] ?? before?.['item']);
    const [from, to] = [before?.['FragmentNumber'], after?.['FragmentNumber']];
    if (key.startsWith('stream#') && from !== to) {
      this.#judge.checkpointMoved(
        key,
        from === undefined ? undefined : String(from),
        to === undefined ? undefined : String(to),
      );
    }
  }

  /** Every stream is read by one member, and all members have the same number but for one. */
  #checkOrder(): void {
    const members = this.#members.filter((member) => member.isMember);
    const { violations } = this.#judge;
    for (const name of this.#streams) {
      const readers = members.filter((member) => member.isReading(name));
      if (readers.length !== 1) {
        violations.push(`${name}: read by ${readers.length} members`);
      }
    }
    const loads = members.map((member) => member.reads);
    if (Math.max(...loads) - Math.min(...loads) > 1) {
      violations.push(`loads are ${loads.join(', ')}`);
    }
  }

  #between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  #oneOf<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}
