/**
 * What a session is made of besides its state: made once, and used by each of its responses. What the delivery queue sends
 * goes to the events of the session from here.
 */
import type { Track } from '../matroska';
import type { EmitKind } from '../options';
import { trackFilter } from '../track-filter';
import { DeliveryQueue } from './delivery-queue';
import { EarlyFrames } from './early-frames';
import { reportInPassing, type ReportedAction } from './error-report';
import type { Failure } from './failure';
import { FragmentTracker } from './fragment-tracker';
import { LeftOutTags } from './left-out-tags';
import { MediaTotals } from './media-totals';
import { SessionFailures } from './session-failures';
import { RetryController } from './retry-controller';
import { watchSilence } from './silence-report';
import type { SilenceWatch } from './silence-watch';
import { StreamCursor } from './stream-cursor';
import { TagInheritance } from './tag-inheritance';
import { UntilWatch } from './until-watch';
import type { Counters, SessionDependencies, SessionEvents, SessionOptions } from './types';

export interface SessionParts {
  readonly emit: EmitKind;
  readonly counters: Counters;
  readonly tracker: FragmentTracker;
  readonly queue: DeliveryQueue;
  readonly retries: RetryController;
  readonly failures: SessionFailures;
  readonly silence: SilenceWatch;
  readonly earlyFrames: EarlyFrames;
  readonly leftOutTags: LeftOutTags;
  /** Undefined where tags are not inherited. */
  readonly tags: TagInheritance | undefined;
  /** Undefined where the session has no end. */
  readonly until: UntilWatch | undefined;
  /** A reading of the monotonic clock. */
  readonly now: () => number;
  /** Was the frame's track asked for? */
  readonly isWanted: (track: Track) => boolean;
  /** Reports what does not end the response. */
  readonly notice: (failure: Failure, action: ReportedAction) => void;
}

export function createParts(
  options: SessionOptions,
  dependencies: SessionDependencies,
  events: SessionEvents,
): SessionParts {
  const { clock } = dependencies;
  const cursor = new StreamCursor(options.startSelector, options.position);
  const tracker = new FragmentTracker(cursor, options.position);
  const byServerTime = options.startSelector.StartSelectorType === 'SERVER_TIMESTAMP';
  const failures = new SessionFailures(options.stream.StreamName);
  const notice = (failure: Failure, action: ReportedAction): void => {
    events.error(reportInPassing(failure, action));
  };
  return {
    emit: options.emit,
    counters: { bytes: 0, media: new MediaTotals(), MillisBehindNow: undefined },
    tracker,
    queue: new DeliveryQueue(options, clock, {
      chunk: (delivery) => {
        events.chunk(delivery);
      },
      frame: (delivery) => {
        events.frame(delivery);
      },
      checkpoint: (position) => {
        events.checkpoint(position);
      },
      late: ({ FragmentNumber, waitedMs }) => {
        notice(failures.lateAcknowledgement(FragmentNumber, waitedMs), { action: 'ignore' });
      },
    }),
    retries: new RetryController(options, dependencies, tracker),
    failures,
    silence: watchSilence(options.silentMs ?? 0, clock, failures, (error) => {
      events.error(error);
    }),
    earlyFrames: new EarlyFrames(cursor),
    leftOutTags: new LeftOutTags(),
    tags: options.inheritTags === true ? new TagInheritance() : undefined,
    until: options.until && new UntilWatch(options.until, byServerTime, clock.monotonic()),
    now: () => clock.monotonic(),
    isWanted: trackFilter(options.tracks),
    notice,
  };
}
