/** Judges what the members of a fleet send: who, when and what. */

/** What the judge has to know of a member. */
interface Judged {
  readonly name: string;
  maySend(stream: string): boolean;
}

interface Sent {
  epoch: number;
  /** Messages, those that were sent again included. */
  count: number;
  /** The highest number that was ever sent. */
  last: number;
  /** What the present owner has sent last, or where it began. */
  current: number;
  /** The stream was given up in order, with everything that was sent. */
  isSettled: boolean;
  owners: number;
  assignedEpoch: number;
}

export class Judge<Member extends Judged> {
  readonly violations: string[] = [];
  readonly #streams = new Map<string, Sent>();
  readonly members: Member[] = [];
  sends = 0;
  doubled = 0;
  handOvers = 0;
  takeOvers = 0;

  sent(name: string, epoch: number, sequence: number, by: Member): void {
    this.sends += 1;
    const stream = this.#of(name);
    this.checkAlone(name, by);
    if (epoch < stream.epoch) {
      this.violations.push(`${name}: ${by.name} sent in epoch ${epoch} after epoch ${stream.epoch}`);
    }
    if (sequence > stream.last + 1) {
      this.violations.push(`${name}: ${sequence} came after ${stream.last}`);
    }
    if (sequence <= stream.last) {
      this.doubled += 1;
    }
    stream.count += 1;
    stream.current = sequence;
    stream.epoch = Math.max(epoch, stream.epoch);
    stream.last = Math.max(sequence, stream.last);
    stream.isSettled = false;
  }

  /** @param position sequence of the last one that is done with; 0: none */
  assigned(name: string, epoch: number, position: number, by: Member): void {
    const stream = this.#of(name);
    if (epoch < stream.assignedEpoch) {
      // The answer to a claim reached a process that had stood still: its guard is closed, and it will lose the stream.
      this.checkAlone(name, by);
      return;
    }
    stream.owners += 1;
    stream.assignedEpoch = epoch;
    if (stream.isSettled) {
      this.handOvers += 1;
      if (position !== stream.current) {
        this.violations.push(
          `${name}: ${by.name} continues after ${position} what was handed over at ${stream.current} (epoch ${epoch})`,
        );
      }
    } else {
      this.takeOvers += 1;
    }
    stream.isSettled = false;
    stream.current = position;
    this.checkAlone(name, by);
  }

  /** The old owner knows it; the new one may have known it before. */
  handedOver(name: string, epoch: number): void {
    const stream = this.#of(name);
    stream.isSettled ||= stream.assignedEpoch <= epoch;
  }

  /** At most one member may send. */
  checkAlone(name: string, by: Member): void {
    const able = this.members.filter((member) => member.maySend(name));
    if (able.length > 1) {
      this.violations.push(
        `${name}: ${able.map((member) => member.name).join(' and ')} may send (${by.name})`,
      );
    }
  }

  checkpointMoved(name: string, from: string | undefined, to: string | undefined): void {
    if (from !== undefined && (to === undefined || to < from)) {
      this.violations.push(`${name}: the checkpoint went back from ${from} to ${String(to)}`);
    }
  }

  get owners(): number {
    return [...this.#streams.values()].reduce((sum, { owners }) => sum + owners, 0);
  }

  countOf(name: string): number {
    return this.#of(name).count;
  }

  #of(name: string): Sent {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = { epoch: -1, count: 0, last: 0, current: 0, isSettled: false, owners: 0, assignedEpoch: -1 };
      this.#streams.set(name, stream);
    }
    return stream;
  }
}
