/** Sends what the streams of a fleet deliver, and knows what was sent of each last. */
import { definedOnly } from '../../src/defined-only';
import type { ChunkDelivery, FrameDelivery, SessionEnd } from '../../src/session';
import type { StreamReader } from '../../src/streams';
import { MediaOutput } from '../shared/media-output';
import type { AboutStream, FleetErrorReporter } from './fleet-error-reporter';
import type { FleetPort } from './fleet-port';

/** Lease of a stream that nobody else can have. */
const ONLY_EPOCH = 1;

type LastSent = Pick<AboutStream, 'FragmentNumber' | 'ContinuationToken'>;

/** What there is of each stream that is read. */
interface StreamOutput {
  readonly media: MediaOutput;
  lastSent: LastSent;
}

export class FleetOutputs {
  readonly #outputs = new Map<StreamReader, StreamOutput>();

  constructor(
    private readonly port: Pick<FleetPort, 'frame' | 'media' | 'takesMedia'>,
    private readonly fleet: string,
    /** Name of this member now. */
    private readonly member: () => string,
    private readonly errors: Pick<FleetErrorReporter, 'recovered'>,
  ) {}

  chunk(reader: StreamReader, delivery: ChunkDelivery): void {
    const { ContinuationToken } = delivery.chunk;
    const output = this.#of(reader);
    output.lastSent = definedOnly({ FragmentNumber: delivery.FragmentNumber, ContinuationToken });
    this.errors.recovered(reader.stream.StreamName);
    output.media.chunk(reader.stream, delivery);
  }

  frame(reader: StreamReader, delivery: FrameDelivery): void {
    const { FragmentNumber } = delivery;
    const output = this.#of(reader);
    if (output.lastSent.FragmentNumber !== FragmentNumber) {
      output.lastSent = { FragmentNumber };
      this.errors.recovered(reader.stream.StreamName);
    }
    output.media.frame(reader.stream, delivery);
  }

  complete(reader: StreamReader, end: SessionEnd): void {
    this.#of(reader).media.complete(reader.stream, end);
  }

  lastSent(reader: StreamReader): LastSent {
    return this.#outputs.get(reader)?.lastSent ?? {};
  }

  /** Forgets the streams that are not read any more. */
  keepOnly(readers: ReadonlyMap<string, StreamReader>): void {
    if (this.#outputs.size <= readers.size) {
      return;
    }
    for (const reader of this.#outputs.keys()) {
      const { StreamName } = reader.stream;
      if (readers.get(StreamName) !== reader) {
        this.#outputs.delete(reader);
        this.errors.recovered(StreamName);
      }
    }
  }

  #of(reader: StreamReader): StreamOutput {
    const known = this.#outputs.get(reader);
    if (known !== undefined) {
      return known;
    }
    const { fleet: name } = this;
    const member = this.member();
    const leaseEpoch = reader.leaseEpoch ?? ONLY_EPOCH;
    // An object of the message's own each time.
    const media = new MediaOutput(this.port, () => ({ fleet: { name, member, leaseEpoch } }));
    const output = { media, lastSent: {} };
    this.#outputs.set(reader, output);
    return output;
  }
}
