/** Produces the bytes of one GetMediaForFragmentList answer: the chunks asked for, as the answer's faults change them. */
import { WEB_PAGE, planChunk, type ChunkPlan, type Ending } from '../faults';
import { notFoundChunk } from '../media';
import { storedEnd, type Fragment } from '../streams';
import type { BodySource, Outgoing } from './media-body';
import type { BodyParts } from './open-media-response';

export interface ArchivedBodyOptions extends BodyParts {
  readonly FragmentNumbers: readonly string[];
  /** The fragment, if the archive has it now. Asked when it is its turn, so that an answer holds one at a time. */
  readonly find: (FragmentNumber: string) => Fragment | undefined;
  readonly random: () => number;
}

export class ArchivedBody implements BodySource {
  readonly isCutOff = false;
  readonly #options: ArchivedBodyOptions;
  readonly #wanted: string[];
  #chunks = 0;
  #queue: Outgoing[] = [];
  #ending: Ending | undefined;
  #repeat: Fragment | undefined;
  #fragment: Fragment | undefined;

  constructor(options: ArchivedBodyOptions) {
    const { FragmentNumbers, faults, random } = options;
    this.#options = options;
    this.#wanted = [...FragmentNumbers];
    if (faults.some(({ kind }) => kind === 'reordered-chunks')) {
      shuffle(this.#wanted, random);
    }
    if (faults.some((fault) => fault.kind === 'garbage' && fault.whole)) {
      this.#queue.push({ bytes: WEB_PAGE });
      this.#ending = 'early-end';
    }
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get fragment(): Fragment | undefined {
    return this.#fragment;
  }

  next(): Outgoing | undefined {
    while (this.#queue.length === 0 && this.#ending === undefined) {
      this.#begin();
    }
    return this.#queue.shift();
  }

  #begin(): void {
    const { find, faults, noise } = this.#options;
    const repeat = this.#repeat;
    this.#repeat = undefined;
    this.#fragment = undefined;
    const number = repeat === undefined ? this.#wanted.shift() : undefined;
    const fragment = repeat ?? (number === undefined ? undefined : find(number));
    if (fragment !== undefined) {
      const plan = planChunk(fragment, repeat === undefined ? this.#chunks++ : -1, faults, noise);
      this.#repeat = plan.repeats ? fragment : undefined;
      this.#send(fragment, plan);
    } else if (number !== undefined) {
      this.#chunks++;
      this.#queue.push({ bytes: notFoundChunk(number) });
    } else {
      this.#ending = 'early-end';
    }
  }

  #send(fragment: Fragment, { first, sendsChunk, stop, withTail, ending }: ChunkPlan): void {
    this.#queue.push(...first.map((bytes) => ({ bytes })));
    this.#ending = ending;
    if (!sendsChunk) {
      return;
    }
    this.#fragment = fragment;
    const { front, body } = fragment;
    const end = storedEnd(fragment);
    this.#queue.push({ bytes: front });
    if (stop !== undefined) {
      this.#queue.push({ bytes: body.subarray(0, Math.min(end, stop.at)) });
      if (stop.last !== undefined) {
        this.#queue.push({ bytes: stop.last });
      }
      this.#ending = stop.ending;
      return;
    }
    const trailer = withTail ? fragment.trailer : NOTHING;
    this.#queue.push({ bytes: body.subarray(0, end) });
    this.#queue.push({
      bytes: trailer,
      done: () => {
        this.#options.onChunkSent(fragment, trailer);
      },
    });
  }
}

/** Moves every item to another place (Sattolo's algorithm). */
function shuffle(items: string[], random: () => number): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(random() * index);
    const [a = '', b = ''] = [items[index], items[other]];
    items[index] = b;
    items[other] = a;
  }
}

const NOTHING = Buffer.alloc(0);
