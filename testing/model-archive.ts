/** A model of a stream with stored media, on a virtual clock: its calls, with the oddities of the service, and its faults. */
import {
  ArchiveBudgets,
  ArchiveReader,
  type ArchivedChunk,
  type ChunkRequest,
  type Span,
} from '../src/archive';
import {
  KinesisVideoError,
  type ArchiveService,
  type FragmentPage,
  type ListFragmentsRequest,
  type MediaResponse,
  type ServiceOperation,
  type StoredFragment,
} from '../src/kinesis-video';
import type { StartSelector } from '../src/options';
import { CallLimiter, type ErrorReport } from '../src/session';
import { EventLoopTurn } from '../src/event-loop-turn';
import { makeChunk, numberOf } from './made-chunks';
import {
  EBML_HEADER,
  ID,
  UNKNOWN_SEGMENT,
  id,
  simpleBlock,
  tags,
  uint,
  unknownSize,
} from './matroska-writer';
import { ScriptedResponse } from './scripted-service';
import { VirtualClock, settle } from './virtual-clock';

export const FRAGMENT_MS = 2_000;
const FRAMES = [0, 500, 1_000, 1_500];
/** Of a fragment, as its list says it: without the last frame's duration. */
export const LISTED_MS = 1_500;

export interface ModelFragment extends StoredFragment {
  readonly bytes: Buffer;
  /** As GetMedia sends it. */
  readonly liveBytes: Buffer;
}

/** A fragment whose cluster has a known size or, where that is asked for, none. @param frameBytes of each of its frames */
export function modelFragment(sequence: number, at: number, isOpen = false, frameBytes = 5): ModelFragment {
  const made = { sequence, at, frames: FRAMES, frameBytes };
  const FragmentNumber = numberOf(made);
  const bytes = isOpen ? openChunk(FragmentNumber, at) : makeChunk({ ...made, hasTail: false });
  return {
    FragmentNumber,
    // A list does not count what the service adds.
    FragmentSizeInBytes: bytes.length - serviceTags(FragmentNumber, at).length,
    ProducerTimestamp: at,
    ServerTimestamp: at,
    FragmentLengthInMilliseconds: LISTED_MS,
    bytes,
    liveBytes: makeChunk(made),
  };
}

/** A chunk that can be cut between two blocks without a trace. */
function openChunk(FragmentNumber: string, at: number): Buffer {
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    serviceTags(FragmentNumber, at),
    ...[id(ID.Cluster), unknownSize(8), uint(ID.Timestamp, 0)],
    ...FRAMES.map((time, index) => simpleBlock(1, time, index === 0 ? 0x80 : 0, 'frame')),
  ]);
}

function serviceTags(FragmentNumber: string, at: number): Buffer {
  const seconds = (at / 1_000).toFixed(3);
  return tags(
    ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', FragmentNumber],
    ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', seconds],
    ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', seconds],
  );
}

/** What the service says within a response of a fragment that it does not find. */
export function notFound(FragmentNumber: string, ErrorId = 3_000): Buffer {
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', FragmentNumber],
      ['AWS_KINESISVIDEO_ERROR_CODE', 'FRAGMENT_NOT_FOUND'],
      ['AWS_KINESISVIDEO_ERROR_ID', String(ErrorId)],
    ),
  ]);
}

/** What the model does in place of what is right; each is asked at every call. */
export interface ModelFaults {
  /** Fails a call. */
  refuse?(
    operation: ServiceOperation,
    call: number,
    request?: ListFragmentsRequest,
  ): KinesisVideoError | undefined;
  /** Whether a fragment is missing from a list. */
  hides?(fragment: ModelFragment, call: number): boolean;
  /** What a response holds in place of the fragments that were asked for; and whether it then breaks. */
  body?(asked: readonly ModelFragment[], call: number): { bytes: Buffer; isBroken?: boolean };
}

export class ModelArchive implements ArchiveService {
  readonly clock = new VirtualClock();
  readonly calls: { readonly operation: ServiceOperation; readonly asked: number }[] = [];
  readonly log: string[] = [];
  readonly clockOffsetMs = 0;
  faults: ModelFaults = {};
  pageSize = 1_000;
  /** Responses of GetMediaForFragmentList that are open, and the most that were at a time. */
  open = 0;
  mostOpen = 0;
  #tokens = 0;
  readonly #pages = new Map<string, ModelFragment[]>();
  readonly #random: () => number;

  constructor(
    readonly fragments: ModelFragment[],
    random: () => number = () => 0.5,
  ) {
    this.#random = random;
  }

  count(operation: ServiceOperation): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  listFragments(_stream: unknown, request: ListFragmentsRequest): Promise<FragmentPage> {
    return settled(() => {
      const call = this.#note('ListFragments', request.MaxResults, request);
      const all =
        'NextToken' in request
          ? (this.#pages.get(request.NextToken) ?? [])
          : shuffled(
              this.fragments.filter(
                (fragment) =>
                  fragment.ProducerTimestamp >= request.from &&
                  fragment.ProducerTimestamp <= request.to &&
                  fragment.ProducerTimestamp <= this.clock.now() &&
                  this.faults.hides?.(fragment, call) !== true,
              ),
              this.#random,
            );
      const size = Math.min(request.MaxResults, this.pageSize);
      const fragments = all.slice(0, size);
      if (all.length <= size) {
        return { fragments };
      }
      const NextToken = `token${String(this.#tokens++)}`;
      this.#pages.set(NextToken, all.slice(size));
      return { fragments, NextToken };
    });
  }

  getMediaForFragmentList(_stream: unknown, numbers: readonly string[]): Promise<MediaResponse> {
    return settled(() => {
      const call = this.#note('GetMediaForFragmentList', numbers.length);
      const byNumber = new Map(this.fragments.map((fragment) => [fragment.FragmentNumber, fragment]));
      const asked = numbers
        .map((number) => byNumber.get(number))
        .filter((fragment) => fragment !== undefined);
      const { bytes, isBroken = false } = this.faults.body?.(asked, call) ?? {
        bytes: Buffer.concat(asked.map((fragment) => fragment.bytes)),
      };
      this.open += 1;
      this.mostOpen = Math.max(this.mostOpen, this.open);
      const response = new ScriptedResponse(`list-${String(call)}`);
      const close = response.close.bind(response);
      response.close = () => {
        this.open -= response.closed ? 0 : 1;
        close();
      };
      response.push(bytes);
      if (isBroken) {
        response.breakOff();
      } else {
        response.end();
      }
      return response;
    });
  }

  getMedia(_stream: unknown, selector: StartSelector): Promise<MediaResponse> {
    return settled(() => {
      this.#note('GetMedia', 1);
      const response = new ScriptedResponse('live');
      const now = this.clock.now();
      const ready = this.fragments.filter(
        (fragment) => fragment.ProducerTimestamp + FRAGMENT_MS <= now && isSelected(fragment, selector),
      );
      response.push(Buffer.concat(ready.map((fragment) => fragment.liveBytes)));
      this.clock.after(ready.length > 0 ? 200 : 3_000, () => {
        response.end();
      });
      return response;
    });
  }

  resolveEndpoint(): Promise<string> {
    return Promise.resolve('https://data.example');
  }

  forgetEndpoint(): void {
    this.log.push('forgetEndpoint');
  }

  forgetCredentials(): void {
    this.log.push('forgetCredentials');
  }

  correctClock(): void {
    this.log.push('correctClock');
  }

  #note(operation: ServiceOperation, asked: number, request?: ListFragmentsRequest): number {
    const call = this.count(operation);
    this.calls.push({ operation, asked });
    const refusal = this.faults.refuse?.(operation, call, request);
    if (refusal !== undefined) {
      throw refusal;
    }
    return call;
  }
}

/** The result of a call, as a promise. */
function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function isSelected(fragment: ModelFragment, selector: StartSelector): boolean {
  switch (selector.StartSelectorType) {
    case 'FRAGMENT_NUMBER':
      return BigInt(fragment.FragmentNumber) > BigInt(selector.AfterFragmentNumber);
    case 'CONTINUATION_TOKEN':
      return BigInt(fragment.FragmentNumber) > BigInt(selector.ContinuationToken);
    case 'PRODUCER_TIMESTAMP':
    case 'SERVER_TIMESTAMP':
      return fragment.ProducerTimestamp + FRAGMENT_MS > selector.StartTimestamp;
    default:
      return true;
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T);
}

/** The service's answer to a list of what the stream does not keep. */
export function notRetained(to: number): KinesisVideoError {
  return new KinesisVideoError(`End timestamp ${to} is outside of the stream retention period.`, {
    ErrorType: 'InvalidArgumentException',
    operation: 'ListFragments',
    statusCode: 400,
  });
}

export function refusal(ErrorType: string, operation: ServiceOperation, statusCode = 400): KinesisVideoError {
  return new KinesisVideoError(`${operation} for stream "demo" failed.`, {
    ErrorType,
    operation,
    statusCode,
  });
}

/** One run over a model, with all that comes of it. */
export class ArchiveRig {
  readonly chunks: ArchivedChunk[] = [];
  readonly errors: ErrorReport[] = [];
  readonly controller = new AbortController();
  readonly run: ArchiveReader;
  outcome: { chunks: number; missing: string[]; notRetained?: Span } | { error: unknown } | undefined;

  constructor(
    readonly model: ModelArchive,
    request: Partial<ChunkRequest> & { readonly from: number; readonly to: number },
  ) {
    this.run = new ArchiveReader(
      {
        ...{ stream: { StreamName: 'demo' }, timestampType: 'PRODUCER_TIMESTAMP', waitMs: 60_000 },
        ...{ maxInFlight: 0, maxChunkBytes: 1_000_000, tracks: [] },
        ...request,
      },
      {
        ...{ service: model, clock: model.clock, limiter: new CallLimiter(), budgets: new ArchiveBudgets() },
        ...{ streamKey: 'demo', turn: new EventLoopTurn(setImmediate) },
      },
      {
        chunk: (chunk) => {
          this.chunks.push(chunk);
        },
        error: (error) => {
          this.errors.push(error);
        },
      },
    );
    this.run.run(this.controller.signal).then(
      ({ missing, ...rest }) => {
        this.outcome = { ...rest, missing: missing.map(({ FragmentNumber }) => FragmentNumber) };
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  get numbers(): string[] {
    return this.chunks.map(({ FragmentNumber }) => FragmentNumber);
  }

  /** Lets time pass until the run is over, for so long at most. */
  async finish(withinMs = 30 * 60_000): Promise<this> {
    const { clock } = this.model;
    const end = clock.monotonic() + withinMs;
    for (let idle = 0; this.outcome === undefined && clock.monotonic() < end && idle < 1_000;) {
      await settle();
      const { nextInMs } = clock;
      idle = nextInMs === undefined ? idle + 1 : 0;
      await clock.advance(Math.min(nextInMs ?? 0, 1_000));
    }
    return this;
  }
}
