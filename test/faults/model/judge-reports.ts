import { TRIES, isCut, type ErrorEvent, type SessionFacts } from './facts';
import type { ResponseLog, SentPiece } from './run-log';
import { ACK_TIMEOUT_MS, STALL_TIMEOUT_MS } from './run-scenario';

export type AddViolation = (rule: string, what: string) => void;

/** The longest wait between two calls where the last response ended as it should. */
const LONGEST_IDLE_WAIT_MS = 10_000;
/** For the stream's turn, and for the call itself. */
const SLACK_MS = 1_500;

/** Whether everything that went wrong was reported, and nothing else. */
export function judgeReports(facts: SessionFacts, add: AddViolation): void {
  for (const event of facts.errors) {
    const complaint = complaintAbout(event, facts);
    if (complaint !== undefined) {
      add(
        'unfounded report',
        `${event.error.ErrorType} of ${event.error.FragmentNumber === undefined ? String(event.error.RequestId) : `fragment ${String(facts.indexOf(event.error.FragmentNumber))}`}: ${complaint}`,
      );
    }
  }
  judgeFailures(facts, add);
  judgePace(facts, add);
}

/** Why the report is wrong; undefined for one that is right. */
function complaintAbout(event: ErrorEvent, facts: SessionFacts): string | undefined {
  const { error, at } = event;
  const fragment = facts.indexOf(error.FragmentNumber);
  const response = facts.response(error.RequestId);
  if (error.action === 'stop') {
    return 'nothing in this scenario is for a person to put right';
  }
  switch (error.ErrorType) {
    case 'FragmentGap':
      return complaintAboutGap(event, fragment, facts);
    case 'TruncatedChunk':
      return error.action === 'skip' && facts.failures(fragment) >= TRIES
        ? undefined
        : `it has failed ${String(facts.failures(fragment))} times`;
    case 'MalformedMedia':
    case 'ChunkTooLarge':
      if (error.FragmentNumber === undefined && response?.pieces.some((sent) => endsUnnamed(sent, facts))) {
        return undefined;
      }
      // A size that is damaged claims too much.
      return response?.pieces.some(
        ({ piece: { flaw, fragment: sent }, given }) =>
          given > 0 &&
          ((error.ErrorType === 'ChunkTooLarge' && sent.plan.content === 'too-large') ||
            (flaw !== undefined && !isPlainCut(flaw.kind))),
      )
        ? undefined
        : 'nothing was damaged in its response';
    case 'StalledStream':
      return response !== undefined && at - response.lastByteAt >= STALL_TIMEOUT_MS
        ? undefined
        : 'bytes have come';
    case 'AckTimeout':
      return facts.events.some(
        (other) =>
          (other.kind === 'chunk' || other.kind === 'frame') &&
          other.FragmentNumber === error.FragmentNumber &&
          at - other.at >= ACK_TIMEOUT_MS,
      )
        ? undefined
        : 'its time was not up';
    default:
      return wasFailure(facts, event) ? undefined : 'no such thing has happened';
  }
}

/** The response ended before the number of the chunk, and had done so before. */
function endsUnnamed({ piece: { flaw, fragment }, interrupted }: SentPiece, facts: SessionFacts): boolean {
  const isUnnamed = flaw?.at === 'header' || flaw?.at === 'tracks' || flaw?.at === 'number';
  return interrupted === 'end' && isUnnamed && facts.failures(fragment.index) >= TRIES;
}

function isPlainCut(kind: Parameters<typeof isCut>[0]): boolean {
  return isCut(kind) && kind !== 'next';
}

/** A gap has to be one, and is told once. */
function complaintAboutGap(
  { error, order }: ErrorEvent,
  after: number,
  facts: SessionFacts,
): string | undefined {
  const { fragments, delivered } = facts;
  if (
    facts.errors.some(
      ({ error, order: other }) =>
        other < order && error.ErrorType === 'FragmentGap' && facts.indexOf(error.FragmentNumber) === after,
    )
  ) {
    return 'it was reported before';
  }
  if (error.gap !== undefined && error.gap.AfterFragmentNumber === undefined && facts.hasLostSight) {
    // It is after a time, which the service did not know any more.
    return undefined;
  }
  const before = facts.handledBefore(after, order);
  if (before < 0) {
    // A place that is a time alone can be lost sight of, too.
    const isFirst = !fragments.some(({ index }) => index < after && facts.sendings(index).length > 0);
    return facts.hasLostSight || !isFirst ? undefined : 'nothing was sent before';
  }
  if (delivered.has(before) && !facts.cameWhole(before)) {
    // All of its frames have come, but not its end: there might have been more.
    return undefined;
  }
  // What was skipped with a report may lie between the gap and the chunk that shows it.
  const claimed = facts.indexOf(error.gap?.AfterFragmentNumber);
  const isBeforeSkipped =
    claimed >= 0 &&
    ![...delivered.keys()].some((index) => index > claimed && index < after && facts.cameWhole(index));
  // Of a chunk that has come without its end, frames may be all that is known before the gap.
  const isAfterFrames =
    claimed < 0 && facts.scenario.reader.emit === 'frame' && facts.log.position === undefined;
  const from = isAfterFrames ? -1 : isBeforeSkipped ? Math.min(claimed, before) : before;
  const between = fragments.slice(from + 1, after);
  const [last, first] = [fragments[from], fragments[after]];
  if (
    between.some(
      ({ index, plan }) =>
        plan.content !== 'no-cluster' && !delivered.has(index) && !facts.skipped.has(index),
    )
  ) {
    return undefined;
  }
  // Only of a chunk that has come, with its number, is it known that it had no cluster.
  if (between.some(({ index }) => !facts.sendings(index).some(({ sent }) => sent.piece.good))) {
    return undefined;
  }
  // Where the session had to ask by time, numbers that do not follow one another may hide a gap.
  const isInexact = facts.calls.some(({ selector, at }) => {
    const type = selector?.StartSelectorType;
    return type !== 'CONTINUATION_TOKEN' && type !== 'FRAGMENT_NUMBER' && at >= (last?.begin ?? 0);
  });
  const follows =
    facts.scenario.service.numbers === 'aws' && last?.run === first?.run && between.length === 0;
  return isInexact && !follows ? undefined : `nothing is missing after fragment ${String(before)}`;
}

function wasFailure({ calls, responses }: SessionFacts, { error }: ErrorEvent): boolean {
  const response = responses.find(({ RequestId }) => RequestId === error.RequestId);
  return (
    calls.some(
      ({ refusedWith }) =>
        refusedWith?.RequestId === error.RequestId && refusedWith.ErrorType === error.ErrorType,
    ) ||
    (error.ErrorType === 'NetworkError' && response?.over?.how === 'break') ||
    response?.pieces.some(
      ({ piece, given }) => piece.errorAt <= given && piece.flaw?.ErrorId === error.ErrorId,
    ) === true
  );
}

/** Each call that failed, each connection that broke and each error within the media has its report. */
function judgeFailures(facts: SessionFacts, add: AddViolation): void {
  const reports = (RequestId: string, fits: (error: ErrorEvent['error']) => boolean): number =>
    facts.errors.filter(({ error }) => error.RequestId === RequestId && fits(error)).length;
  for (const { refusedWith, abandoned, at } of facts.calls) {
    if (refusedWith !== undefined && !abandoned && !wasStoppedOrPaused(facts, at, at + SLACK_MS * 5)) {
      const { RequestId, ErrorType } = refusedWith;
      if (reports(RequestId, (error) => error.ErrorType === ErrorType) !== 1) {
        add('unreported failure', `${ErrorType} of call ${RequestId}`);
      }
    }
  }
  for (const response of facts.responses) {
    const { RequestId, over, pieces } = response;
    // Where the broken end shows something else to be wrong, that says enough; and while the flow is waited for it does
    // not matter.
    if (
      over?.how === 'break' &&
      reports(RequestId, ({ action }) => action === 'retry') !== 1 &&
      !isHeldAt(facts, over.at)
    ) {
      add('unreported failure', `the connection of ${RequestId} broke`);
    }
    for (const [index, { piece, given }] of pieces.entries()) {
      const { index: fragment, plan } = piece.fragment;
      const isHidden =
        plan.content === 'too-large' ||
        // Without a token it waits for what follows the chunk.
        (facts.scenario.service.tokens === 'none' && response.closed === facts.log.stopped) ||
        // It was reported when the chunk was sent on.
        facts.wasHandled(fragment, response.opened) ||
        pieces.slice(0, index).some((before) => before.piece.flaw !== undefined);
      if (
        piece.errorAt <= given &&
        !isHidden &&
        reports(RequestId, ({ ErrorId }) => ErrorId === piece.flaw?.ErrorId) === 0
      ) {
        add('unreported failure', `error ${String(piece.flaw?.ErrorId)} within ${RequestId}`);
      }
    }
  }
}

/** Whatever the wall clock does: a dead connection is noticed in time, and a stream that ended is asked again. */
function judgePace(facts: SessionFacts, add: AddViolation): void {
  const { responses, calls } = facts;
  const until = facts.log.stopped ?? Infinity;
  for (const response of responses) {
    const since = Math.max(response.lastByteAt, ...response.paused.map(({ to }) => to));
    const gone = Math.min(response.closed ?? Infinity, response.over?.at ?? Infinity, until);
    if (gone > since + STALL_TIMEOUT_MS + SLACK_MS) {
      add('dead connection', `${response.RequestId} was silent for ${String(gone - since)} ms`);
    }
    const next = calls.find(({ at }) => at >= (response.over?.at ?? Infinity));
    const wait = Math.min(next?.at ?? Infinity, until) - (response.over?.at ?? Infinity);
    if (
      response.over?.how === 'end' &&
      !hasError(facts, response) &&
      wait > LONGEST_IDLE_WAIT_MS + SLACK_MS &&
      !isHeldBetween(facts, response.over.at, response.over.at + wait) &&
      !wasStoppedOrPaused(facts, response.over.at, response.over.at + wait)
    ) {
      add('slow', `no call for ${String(wait)} ms after ${response.RequestId} had ended`);
    }
  }
}

function hasError({ errors }: SessionFacts, { RequestId, over }: ResponseLog): boolean {
  return errors.some(({ error, at }) => error.RequestId === RequestId || at === over?.at);
}

/** A message went out at that very time, and the flow may have to acknowledge it first. */
function isHeldAt({ scenario, events }: SessionFacts, time: number): boolean {
  return (
    scenario.reader.maxInFlight > 0 &&
    events.some(({ kind, at }) => (kind === 'chunk' || kind === 'frame') && at === time)
  );
}

/** The flow was waited for in that time. */
function isHeldBetween({ scenario, events }: SessionFacts, from: number, to: number): boolean {
  return (
    scenario.reader.maxInFlight > 0 &&
    events.some(({ kind, at }) => kind !== 'error' && at >= from && at <= to)
  );
}

function wasStoppedOrPaused({ log }: SessionFacts, from: number, to: number): boolean {
  return (log.stopped ?? Infinity) <= to || log.paused.some((pause) => pause.from <= to && pause.to >= from);
}
