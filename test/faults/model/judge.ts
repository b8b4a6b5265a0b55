import { SessionFacts, TRIES } from './facts';
import { judgeReports, type AddViolation } from './judge-reports';
import type { Position } from '../../../src/session';
import { EPOCH, type ModelFragment } from './model-stream';
import type { RunLog } from './run-log';
import type { Scenario } from './scenario';

/** Calls of GetMedia that a stream takes in a second. */
const MOST_CALLS = 5;
/** A `Date` header has whole seconds. */
const DATE_RESOLUTION_MS = 1_000;

/**
 * Says what was wrong with a run, by its log alone: a reckoning of what the service held, sent and refused against what
 * the flow was given. Shares no code with the session nor with the Matroska reader.
 *
 * @returns a sentence for each violation, the rule first; empty for a good run
 */
export function judge(scenario: Scenario, fragments: readonly ModelFragment[], log: RunLog): string[] {
  const violations = [...log.problems];
  for (const { index } of log.sessions) {
    const facts = new SessionFacts(scenario, fragments, log, index);
    const add = (rule: string, what: string): void => {
      violations.push(`${rule}: session ${String(index)}, ${what}`);
    };
    judgeOrder(facts, add);
    judgeLosses(facts, add);
    judgeCheckpoints(facts, add);
    judgeReports(facts, add);
  }
  judgeCallRate(log, violations);
  return violations;
}

/** Each message once, in order, with the bytes that the service sent. */
function judgeOrder(facts: SessionFacts, add: AddViolation): void {
  const { fragments, events, scenario } = facts;
  let last = -1;
  let lastFrame = -1;
  let sequence = 0;
  for (const event of events) {
    if (event.kind !== 'chunk' && event.kind !== 'frame') {
      continue;
    }
    const index = facts.indexOf(event.FragmentNumber);
    const fragment = fragments[index];
    const name = `fragment ${String(index)}`;
    if (fragment === undefined) {
      add('unknown', `a message has the FragmentNumber ${event.FragmentNumber}`);
      continue;
    }
    if (index <= facts.position || (index < facts.firstDue && isTooEarly(facts, fragment))) {
      add('too early', `${name} was sent, which lies before the start`);
    }
    const sent = facts
      .response(event.RequestId)
      ?.pieces.filter(({ piece }) => piece.fragment.index === index);
    if (event.kind === 'chunk') {
      if (index <= last) {
        add('order', `${name} was sent after fragment ${String(last)}`);
      }
      if (event.sequence !== sequence++) {
        add('sequence', `${name} has the sequence ${String(event.sequence)}`);
      }
      if (sent?.some(({ piece }) => piece.good && isChunk(event.data, piece.chunk)) !== true) {
        add('bytes', `${name} is not what came in ${String(event.RequestId)}`);
      }
    } else {
      const expected = index === last ? lastFrame + 1 : 0;
      if (index < last || event.index !== expected) {
        add(
          'order',
          `frame ${String(event.index)} of ${name} was sent after frame ${String(lastFrame)} of ${String(last)}`,
        );
      }
      const frame = fragment.frames[event.index];
      // What follows a cut, or a block that claims too much, stands where the frame's bytes should.
      const lies =
        sent?.some(({ piece: { flaw } }) => flaw?.kind === 'swallow' || flaw?.kind === 'next') === true;
      if (frame === undefined || (!lies && !frame.equals(event.data))) {
        add(
          'bytes',
          `frame ${String(event.index)} of ${name} is not what came in ${String(event.RequestId)}`,
        );
      }
      lastFrame = event.index;
    }
    last = index;
  }
  judgeInFlight(facts, scenario.reader.maxInFlight, add);

  /** Without a token the chunk's end is where the next one begins, so that rubbish between them belongs to it. */
  function isChunk(data: Buffer, chunk: Buffer): boolean {
    return scenario.service.tokens === 'none'
      ? data.subarray(0, chunk.length).equals(chunk)
      : data.equals(chunk);
  }
}

/** From NOW on, as far as the service's clock can tell; a time in a silence may give the chunk before it. */
function isTooEarly({ scenario, responses, log }: SessionFacts, { end }: ModelFragment): boolean {
  const began = log.position?.ServerTimestamp ?? EPOCH + (responses[0]?.opened ?? 0);
  switch (scenario.reader.start) {
    case 'NOW':
      return EPOCH + end <= began - DATE_RESOLUTION_MS;
    case 'FRAGMENT_NUMBER':
      return true;
    case 'EARLIEST':
    case 'SERVER_TIMESTAMP':
      return false;
  }
}

function judgeInFlight({ events }: SessionFacts, most: number, add: AddViolation): void {
  const out = new Set<string>();
  for (const event of events) {
    if (event.kind === 'chunk' || event.kind === 'frame') {
      out.add(`${event.FragmentNumber} ${event.kind === 'frame' ? String(event.index) : ''}`);
      if (most > 0 && out.size > most) {
        add('in flight', `${String(out.size)} messages are out`);
      }
    } else if (event.kind === 'acknowledged') {
      for (const message of out) {
        if (
          message === `${event.FragmentNumber} ${String(event.index ?? '')}` ||
          (event.index === undefined && message.startsWith(`${event.FragmentNumber} `))
        ) {
          out.delete(message);
        }
      }
    }
  }
}

/** Nothing lost, and nothing lost in silence: what was not sent on has a report, and the report a reason. */
function judgeLosses(facts: SessionFacts, add: AddViolation): void {
  const { fragments, delivered, skipped } = facts;
  // A session that was stopped has to account for what lies before the last that it sent.
  const limit = facts.isLast ? fragments.length : Math.max(-1, ...delivered.keys());
  for (const { index, plan } of fragments.slice(0, Math.max(0, limit))) {
    if (
      index < facts.firstDue ||
      plan.content === 'no-cluster' ||
      delivered.has(index) ||
      facts.seemsEmpty(index)
    ) {
      continue;
    }
    const name = `fragment ${String(index)}`;
    const next = Math.min(...[...delivered.keys()].filter((other) => other > index));
    const gap = isInGap(facts, index);
    const failures = facts.failures(index);
    const mayGiveUp = failures >= TRIES || plan.content === 'too-large' || facts.isHiddenInRubbish(index);
    const isNameless = isSkippedWithoutNumber(facts, index);
    if (skipped.has(index) || (isNameless && (mayGiveUp || facts.namelessFailures(index) >= TRIES))) {
      if (skipped.has(index) && !mayGiveUp) {
        add('given up early', `${name} was given up after ${String(failures)} failures`);
      }
    } else if (facts.passedOver(index)) {
      if (!gap && next !== Infinity && mustShow(facts, index, next)) {
        add('lost in silence', `${name} was no longer kept, and nothing says so`);
      }
    } else if (facts.isHiddenInRubbish(index)) {
      continue;
    } else if (gap) {
      add('false loss', `${name} is reported missing, but the service still had it`);
    } else if (!isExpiredBeforeBeginning(facts, index)) {
      // Of several in a response that have no number, the report may be another's.
      add(isNameless ? 'given up early' : 'lost', `${name} never came, after ${String(failures)} failures`);
    }
  }
}

/** A FragmentGap reported at a later fragment, with nothing sent on between. */
function isInGap(facts: SessionFacts, fragment: number): boolean {
  return facts.errors.some(({ error }) => {
    const after = error.ErrorType === 'FragmentGap' ? facts.indexOf(error.FragmentNumber) : -1;
    return (
      after > fragment && ![...facts.delivered.keys()].some((index) => index > fragment && index < after)
    );
  });
}

/** A report of damage that names no chunk, in a response that brought this one damaged. */
function isSkippedWithoutNumber(facts: SessionFacts, fragment: number): boolean {
  return facts.errors.some(({ error }) => {
    const response = facts.response(error.RequestId);
    return (
      error.action === 'skip' &&
      error.FragmentNumber === undefined &&
      response !== undefined &&
      facts.isFlawedIn(response, fragment)
    );
  });
}

/** Something that could not be named was given up between the two, and may have been what is missing. */
function hasNamelessReport({ errors, delivered }: SessionFacts, before: number, next: number): boolean {
  const [from, to] = [delivered.get(before) ?? -1, delivered.get(next) ?? Infinity];
  return errors.some(
    ({ error, order }) =>
      error.action === 'skip' && error.FragmentNumber === undefined && order > from && order < to,
  );
}

/** Whether a loss can be told: by the numbers within one run of the producer, or since the session had to ask inexactly. */
function mustShow(facts: SessionFacts, fragment: number, next: number): boolean {
  const before = facts.handledBefore(fragment);
  if (before < 0) {
    return false;
  }
  if (hasNamelessReport(facts, before, next)) {
    return false;
  }
  const sameRun = facts.fragments[before]?.run === facts.fragments[next]?.run;
  return (sameRun && facts.scenario.service.numbers === 'aws') || facts.inexactlyPassed(fragment);
}

/** Where nothing had been sent on yet, what is no longer kept is no part of the session. */
function isExpiredBeforeBeginning(facts: SessionFacts, fragment: number): boolean {
  const { retention } = facts.scenario.service;
  const end = facts.fragments[fragment]?.end ?? 0;
  const first = Math.min(...facts.delivered.keys());
  const firstAt =
    facts.events.find(({ kind }) => kind === 'chunk' || kind === 'frame')?.at ?? facts.log.stopped ?? 0;
  return facts.position < 0 && fragment < first && retention > 0 && end + retention < firstAt;
}

/** The place of a session that began NOW and has had no chunk yet. */
function isTime({ FragmentNumber }: Partial<Position>): boolean {
  return FragmentNumber === undefined;
}

/** Never ahead of what the flow is done with, never back. */
function judgeCheckpoints(facts: SessionFacts, add: AddViolation): void {
  const { events, scenario } = facts;
  const unfinished = new Map<number, Set<string>>();
  let last = -1;
  for (const event of events) {
    if (event.kind === 'chunk' || event.kind === 'frame') {
      const index = facts.indexOf(event.FragmentNumber);
      if (index <= last) {
        add('checkpoint ahead', `fragment ${String(index)} was sent after the checkpoint at ${String(last)}`);
      }
      if (scenario.reader.maxInFlight > 0) {
        const messages = unfinished.get(index) ?? new Set();
        unfinished.set(index, messages.add(event.kind === 'frame' ? String(event.index) : ''));
      }
    } else if (event.kind === 'acknowledged') {
      const messages = unfinished.get(facts.indexOf(event.FragmentNumber));
      if (event.index === undefined) {
        messages?.clear();
      } else {
        messages?.delete(String(event.index));
      }
    } else if (event.kind === 'checkpoint') {
      const { FragmentNumber, ServerTimestamp } = event.position;
      if (isTime(event.position)) {
        if (last >= 0 || (ServerTimestamp ?? 0) > EPOCH + (facts.responses[0]?.opened ?? 0)) {
          add('checkpoint ahead', `its checkpoint is the time ${String(ServerTimestamp)}`);
        }
        continue;
      }
      const index = facts.indexOf(FragmentNumber);
      if (index <= last) {
        add('checkpoint back', `its checkpoint went from ${String(last)} to ${String(index)}`);
      }
      last = index;
      const open = [...unfinished].find(([fragment, messages]) => fragment <= index && messages.size > 0);
      if (open !== undefined) {
        add(
          'checkpoint ahead',
          `its checkpoint is ${String(index)}, but ${String(open[0])} is not acknowledged`,
        );
      }
    }
  }
  // What was sent in time comes before the checkpoint; what was not sent at all is the matter of `judgeLosses`.
  const whole = [...facts.delivered.keys()].filter((index) => facts.cameWhole(index));
  // Without tokens a chunk's end shows when the next one begins, or the response ends.
  if (facts.isLast && scenario.service.tokens !== 'none' && last < Math.max(-1, ...whole)) {
    add('checkpoint behind', `its last checkpoint is ${String(last)}`);
  }
}

function judgeCallRate({ calls }: RunLog, violations: string[]): void {
  const times = calls.flatMap(({ selector, at }) => (selector === undefined ? [] : [at]));
  for (const [index, at] of times.entries()) {
    const first = times[index - MOST_CALLS];
    if (first !== undefined && at - first < 1_000) {
      violations.push(`call rate: ${String(MOST_CALLS + 1)} calls within ${String(at - first)} ms`);
    }
  }
}
