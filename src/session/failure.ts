/** A failure, before it is decided what to do about it: see `session-failures.ts` for who makes them. */
import type { ServiceOperation } from '../kinesis-video';
import type { ElementPlace } from '../matroska';
import type { Statement } from '../statement';
import type { Gap } from './gaps';

/** What failed: a call to AWS, or a part of this package. */
export type Operation = ServiceOperation | 'Input' | 'Checkpoint' | 'Archive' | 'Fleet';

/** Something that went wrong, from wherever it came, in the terms of an error message. */
export interface Failure {
  readonly ErrorType: string;
  readonly RequestId: string | null;
  readonly statusCode: number | null;
  readonly operation: Operation;
  readonly ErrorId?: number | undefined;
  /** The network's own name of a `NetworkError`, such as ECONNRESET. */
  readonly code?: string | undefined;
  /** What happened, in short technical English; the sentences of `statements` replace it wherever it is shown. */
  readonly message: string;
  /** The same, for whoever shows it in a person's language. */
  readonly statements: readonly Statement[];
  readonly FragmentNumber?: string | undefined;
  /** Where in the response the media are wrong. */
  readonly place?: ElementPlace | undefined;
  /** What is missing, of a `FragmentGap`. */
  readonly gap?: Gap | undefined;
  /** The service's clock at the failure, ms since the epoch. */
  readonly serverTime?: number | undefined;
}
