import type { RunLog } from './run-log';
import { FLAW_KINDS, type Scenario } from './scenario';

/** What a campaign has met, so that a kind that no longer comes about shows. */
export class Summary {
  readonly #counts = new Map<string, number>();

  add(scenario: Scenario, { calls, events, sessions }: RunLog): void {
    this.#count('scenarios');
    this.#count('sessions', sessions.length);
    this.#count('calls', calls.length);
    for (const { refusedWith, response } of calls) {
      if (refusedWith !== undefined) {
        this.#count(`refused: ${refusedWith.ErrorType}`);
      }
      for (const { piece, given, interrupted } of response?.pieces ?? []) {
        this.#count('chunks sent by the service');
        if (piece.flaw !== undefined && given > 0) {
          this.#count(`flaw: ${piece.flaw.kind}`);
        }
        if (interrupted === 'end' && piece.then === undefined) {
          this.#count('cut by age');
        }
      }
      this.#count('dropped by retention', response?.dropped.length ?? 0);
    }
    for (const event of events) {
      this.#count(event.kind === 'error' ? `reported: ${event.error.ErrorType}` : event.kind);
    }
    for (const { kind } of scenario.acts) {
      this.#count(`act: ${kind}`);
    }
    for (const { kind } of scenario.store) {
      this.#count(`store: ${kind}`);
    }
    this.#count('producer restarts', scenario.fragments.filter(({ restart }) => restart).length);
    this.#count('starts NOW before the first chunk', isSilentStart(scenario) ? 1 : 0);
  }

  /** What should have come about and did not. */
  get missing(): string[] {
    return [
      ...FLAW_KINDS.map((kind) => `flaw: ${kind}`),
      'dropped by retention',
      'cut by age',
      'refused: InvalidArgumentException',
      'reported: FRAGMENT_NOT_FOUND',
      'reported: FragmentGap',
      'reported: TruncatedChunk',
      'reported: MalformedMedia',
      'reported: ChunkTooLarge',
      'reported: StalledStream',
      'act: pause',
      'act: redeploy',
      'act: kill',
      'act: clock-jump',
      'store: slow',
      'store: lost',
      'producer restarts',
      'starts NOW before the first chunk',
    ].filter((name) => (this.#counts.get(name) ?? 0) === 0);
  }

  toString(): string {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(', ');
  }

  #count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }
}

function isSilentStart({ reader, fragments }: Scenario): boolean {
  return reader.start === 'NOW' && (fragments[0]?.silence ?? 0) > reader.startsAt + 3_000;
}
