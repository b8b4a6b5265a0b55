/** What a running request is waiting for, if anything: the status of the node shows it. */
import type { Clock } from '../../src/clock';
import { KinesisVideoError, type ArchiveService } from '../../src/kinesis-video';

/** `waiting`: for media that have not arrived. `holding`: for acknowledgements. */
export type Progress =
  | { readonly state: 'working' | 'waiting' | 'holding' }
  | { readonly state: 'retrying'; readonly ErrorType: string };

/** After so long without media of a range that is not over, the request waits for them. */
const QUIET_AFTER_MS = 3_000;

export class RequestProgress {
  #failing: string | undefined;
  #mediaAt: number;
  #isRead = false;
  readonly #unacknowledged = new Set<string>();

  /**
   * @param openUntil until when media of the range may still arrive, ms since the epoch
   * @param maxInFlight 0: no acknowledgements
   */
  constructor(
    private readonly clock: Clock,
    private readonly openUntil: number,
    private readonly maxInFlight: number,
  ) {
    this.#mediaAt = clock.monotonic();
  }

  get now(): Progress {
    const unacknowledged = this.#unacknowledged.size;
    if (this.#failing !== undefined) {
      return { state: 'retrying', ErrorType: this.#failing };
    }
    if (unacknowledged > 0 && (this.#isRead || unacknowledged >= this.maxInFlight)) {
      return { state: 'holding' };
    }
    const isQuiet = this.clock.monotonic() - this.#mediaAt >= QUIET_AFTER_MS;
    return { state: isQuiet && this.clock.now() < this.openUntil ? 'waiting' : 'working' };
  }

  /** To be called with each chunk that is sent. */
  sent(FragmentNumber: string, isLast: boolean): void {
    this.#mediaAt = this.clock.monotonic();
    this.#isRead = isLast;
    if (this.maxInFlight > 0) {
      this.#unacknowledged.add(FragmentNumber);
    }
  }

  acknowledged(FragmentNumber: string): void {
    this.#unacknowledged.delete(FragmentNumber);
  }

  /** The same call; that it fails shows. For calls that `observe` does not know. */
  async note<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.#failing = undefined;
      return answer;
    } catch (error) {
      if (error instanceof KinesisVideoError) {
        this.#failing = error.ErrorType;
      }
      throw error;
    }
  }

  /** The same service, for the code that reads the archive; which of its calls fail shows. */
  observe(service: ArchiveService): ArchiveService {
    const noted = <T>(call: Promise<T>): Promise<T> => this.note(call);
    return {
      getMedia: (...request) => noted(service.getMedia(...request)),
      resolveEndpoint: (...request) => noted(service.resolveEndpoint(...request)),
      listFragments: (...request) => noted(service.listFragments(...request)),
      getMediaForFragmentList: (...request) => noted(service.getMediaForFragmentList(...request)),
      forgetEndpoint: (stream) => {
        service.forgetEndpoint(stream);
      },
      forgetCredentials: () => {
        service.forgetCredentials();
      },
      get clockOffsetMs() {
        return service.clockOffsetMs;
      },
      correctClock: (serverTime) => {
        service.correctClock(serverTime);
      },
    };
  }
}

/** Of several requests, the state that the person at the editor should see first. */
export function foremost(requests: readonly Progress[]): Progress {
  const order = ['retrying', 'holding', 'waiting'] as const;
  const found = order.map((state) => requests.find((progress) => progress.state === state));
  return found.find((progress) => progress !== undefined) ?? { state: 'working' };
}
