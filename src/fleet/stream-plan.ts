/**
 * Decides who is to read which stream. Every member computes its own part from the same items; nobody is in charge.
 * `reconciler` carries it out.
 */

export interface Place {
  readonly id: string;
  /** Streams that the member reads at most. */
  readonly maxStreams: number;
}

export interface Holding {
  readonly StreamName: string;
  /** Id of the member that reads it; absent where nobody can. */
  readonly owner?: string;
  /** Id of the member that has asked for it. */
  readonly wanted?: string;
}

export interface Plan {
  /** Streams that nobody reads, and that this member takes. */
  readonly claims: readonly string[];
  /** Streams that this member asks their owners for. */
  readonly asks: readonly string[];
  /** Asked of this member, which gives them away. */
  readonly handOvers: readonly string[];
  /** Asked of this member, which keeps them. */
  readonly declines: readonly string[];
  /** Streams for which no member has a place; 0 where this member takes none. */
  readonly homeless: number;
}

/**
 * Free streams first, up to a fair share; then from the most loaded member, as long as it has two more than this one. So
 * each move makes the loads more even, nothing moves back and forth, and in the end they differ by one at most.
 *
 * @param places of the members that take part
 * @param random from 0 to 1: members that plan at the same time are to choose different streams
 */
export function planFor(
  me: string,
  places: readonly Place[],
  holdings: readonly Holding[],
  random: () => number,
): Plan {
  const loads = new Loads(places, holdings);
  const [handOvers, declines] = answerAsks(me, holdings, loads);
  const claims: string[] = [];
  const asks: string[] = [];
  const mine = places.find(({ id }) => id === me);
  const room = places.reduce((sum, { maxStreams }) => sum + maxStreams, 0);
  if (mine === undefined) {
    return { claims, asks, handOvers, declines, homeless: 0 };
  }
  const homeless = Math.max(0, holdings.length - room);
  const share = Math.min(mine.maxStreams, fairShare(places, holdings.length));
  const free = shuffled(
    holdings.filter(({ owner }) => owner === undefined),
    random,
  );
  for (const { StreamName } of free.slice(0, Math.max(0, share - loads.of(me)))) {
    loads.add(me, 1);
    claims.push(StreamName);
  }
  if (free.length === claims.length) {
    const askable = shuffled(
      holdings.filter(({ owner, wanted }) => owner !== undefined && owner !== me && wanted === undefined),
      random,
    );
    while (loads.of(me) < mine.maxStreams) {
      const next = mostLoaded(askable, loads);
      if (next?.owner === undefined || loads.of(next.owner) < loads.of(me) + 2) {
        break;
      }
      askable.splice(askable.indexOf(next), 1);
      loads.add(next.owner, -1);
      loads.add(me, 1);
      asks.push(next.StreamName);
    }
  }
  return { claims, asks, handOvers, declines, homeless };
}

/** The streams that each member reads once all that was asked for is handed over. */
class Loads {
  readonly #loads: Map<string, number>;

  constructor(places: readonly Place[], holdings: readonly Holding[]) {
    this.#loads = new Map(places.map(({ id }) => [id, 0]));
    for (const { owner, wanted } of holdings) {
      const reader = wanted !== undefined && owner !== undefined && this.has(wanted) ? wanted : owner;
      if (reader !== undefined) {
        this.add(reader, 1);
      }
    }
  }

  has(id: string): boolean {
    return this.#loads.has(id);
  }

  of(id: string): number {
    return this.#loads.get(id) ?? 0;
  }

  /** Members that leave have no load of their own: what they still have is handed over. */
  add(id: string, by: number): void {
    const load = this.#loads.get(id);
    if (load !== undefined) {
      this.#loads.set(id, load + by);
    }
  }
}

/** @returns what to hand over and what to keep */
function answerAsks(me: string, holdings: readonly Holding[], loads: Loads): [string[], string[]] {
  const handOvers: string[] = [];
  const declines: string[] = [];
  for (const { StreamName, owner, wanted } of holdings) {
    if (owner !== me || wanted === undefined) {
      continue;
    }
    if (!loads.has(wanted)) {
      declines.push(StreamName);
    } else if (!loads.has(me) || loads.of(me) + 1 >= loads.of(wanted) - 1 + 2) {
      handOvers.push(StreamName);
    } else {
      loads.add(me, 1);
      loads.add(wanted, -1);
      declines.push(StreamName);
    }
  }
  return [handOvers, declines];
}

/** The smallest share that is enough for all streams, where each member takes it or as much as it may. */
function fairShare(places: readonly Place[], streams: number): number {
  let [left, open] = [streams, places.length];
  for (const { maxStreams } of [...places].sort((a, b) => a.maxStreams - b.maxStreams)) {
    if (maxStreams * open >= left) {
      break;
    }
    left -= maxStreams;
    open -= 1;
  }
  return open === 0 ? Infinity : Math.ceil(left / open);
}

function mostLoaded(holdings: readonly Holding[], loads: Loads): Holding | undefined {
  let most: Holding | undefined;
  for (const holding of holdings) {
    if (most === undefined || loads.of(holding.owner ?? '') > loads.of(most.owner ?? '')) {
      most = holding;
    }
  }
  return most;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((entry) => ({ entry, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry }) => entry);
}
