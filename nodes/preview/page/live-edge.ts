/** How a player stays near the live end, where media come a whole chunk at a time. */

export interface LiveEdge {
  /** 1, or a little more to catch up unnoticed. */
  readonly playbackRate: number;
  /** So far behind that only a jump helps: how many seconds before the end to go on; undefined: no jump. */
  readonly jumpToEndMinus?: number;
}

/** Between what should be there and what is, s: chunks come late now and then, and stalling is worse than this. */
const MARGIN = 0.75;
const JUMP_BEYOND = 5;
const FASTER = 1.1;

/**
 * @param ahead what is buffered and not yet shown, s
 * @param longest of the last chunks, s: just after it came, that much is ahead at least
 */
export function liveEdge(ahead: number, longest: number): LiveEdge {
  const wanted = longest + MARGIN;
  if (ahead > wanted + Math.max(JUMP_BEYOND, longest)) {
    return { playbackRate: 1, jumpToEndMinus: wanted };
  }
  return { playbackRate: ahead > wanted ? FASTER : 1 };
}

/**
 * How far behind live what is shown is, ms. The service counts from a chunk's beginning, when it sends it.
 *
 * @param ahead what is buffered and not yet shown, ms
 * @param sinceMs since the last chunk came
 */
export function behindLive(
  last: { readonly MillisBehindNow?: number; readonly durationMs: number },
  ahead: number,
  sinceMs: number,
): number {
  return Math.max(0, (last.MillisBehindNow ?? 0) - last.durationMs) + ahead + sinceMs;
}

/** The last values of a few, by age. */
export class Recent<Value> {
  #values: { readonly at: number; readonly value: Value }[] = [];

  constructor(private readonly keptMs: number) {}

  add(value: Value, at: number): void {
    this.#values.push({ at, value });
    this.#values = this.#values.filter((one) => one.at >= at - this.keptMs);
  }

  get values(): readonly { readonly at: number; readonly value: Value }[] {
    return this.#values;
  }

  clear(): void {
    this.#values = [];
  }
}
