/** Reads the properties of input messages that all nodes that read streams take. A problem never repeats the value at fault. */
import {
  FRAGMENT_NUMBER_PATTERN,
  parseStartSelector,
  parseStream,
  parseUntil,
  shortText,
  UNTIL_MEMBERS,
  type StartSelector,
  type StreamRef,
  type Until,
  type UntilProblem,
} from '../../src/options';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';
import type { Statement } from '../../src/statement';
import { nodeStatement } from './node-statements';

export interface Problem {
  readonly problem: Statement;
}

/** What to read, from where and up to where; each where the message says so. */
export interface StartProperties {
  readonly stream?: StreamRef;
  readonly startSelector?: StartSelector;
  readonly until?: Until;
}

/** What a message acknowledges. */
export interface AckProperties {
  readonly StreamName?: string;
  readonly FragmentNumber: string;
  readonly frameIndex?: number;
}

const SELECTOR_PROBLEMS = {
  missing: 'input.startSelectorMissing',
  unknown: 'input.startSelectorUnknown',
  malformed: 'input.startSelectorMalformed',
} as const;

/** Reads a message that a flow has made: what it holds may throw when it is read. */
export function readInput<Result>(read: () => Result): Result | Problem {
  try {
    return read();
  } catch {
    return { problem: nodeStatement('input.unreadable', {}) };
  }
}

/** Reads `msg.stream`. */
export function readStream(text: unknown): { readonly stream?: StreamRef } | Problem {
  const name = shortText(text)?.trim();
  const stream = name === undefined ? undefined : parseStream(name);
  return text !== undefined && stream === undefined
    ? { problem: nodeStatement('input.stream', {}) }
    : definedOnly({ stream });
}

/** Reads a message with `action: 'start'`. */
export function readStart(msg: Readonly<Record<string, unknown>>): StartProperties | Problem {
  const { startSelector: selector, until: bound } = msg;
  const named = readStream(msg['stream']);
  if ('problem' in named) {
    return named;
  }
  const begin = selector === undefined ? undefined : readSelector(selector);
  if (begin !== undefined && 'problem' in begin) {
    return begin;
  }
  const end = bound === undefined ? undefined : readUntil(bound);
  if (end !== undefined && 'problem' in end) {
    return end;
  }
  return { ...named, ...begin, ...end };
}

function readSelector(selector: unknown): { startSelector: StartSelector } | Problem {
  if (!isRecord(selector)) {
    return { problem: nodeStatement('input.startSelector', {}) };
  }
  const result = parseStartSelector(selector);
  if ('problem' in result) {
    const { member, problem } = result.problem;
    return { problem: nodeStatement(SELECTOR_PROBLEMS[problem], { member }) };
  }
  return { startSelector: result.selector };
}

function readUntil(bound: unknown): { until: Until } | Problem {
  if (!isRecord(bound)) {
    return { problem: nodeStatement('input.until', {}) };
  }
  const result = parseUntil(bound);
  return 'problem' in result ? { problem: untilProblem(result.problem) } : result;
}

function untilProblem(problem: UntilProblem): Statement {
  const members = UNTIL_MEMBERS.join(', ');
  switch (problem.kind) {
    case 'unknownMember':
      return nodeStatement('input.untilMembers', { members });
    case 'empty':
      return nodeStatement('input.untilEmpty', { members });
    case 'time':
      return nodeStatement('input.untilTime', { member: problem.member });
    case 'digits':
      return nodeStatement('input.untilDigits', { member: problem.member });
    case 'count':
      return nodeStatement('input.untilCount', { member: problem.member });
    case 'duration':
      return nodeStatement('input.untilDuration', { member: problem.member });
  }
}

/** Reads the `msg.kvs` of a message with `action: 'ack'`. */
export function readAck(kvs: unknown): AckProperties | Problem {
  if (!isRecord(kvs)) {
    return { problem: nodeStatement('input.ackWithoutKvs', {}) };
  }
  const { FragmentNumber, StreamName, frame } = kvs;
  if (typeof FragmentNumber !== 'string' || !FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    return { problem: nodeStatement('input.ackFragmentNumber', {}) };
  }
  const frameIndex = isRecord(frame) ? frame['index'] : undefined;
  if (
    frame !== undefined &&
    (typeof frameIndex !== 'number' || !Number.isInteger(frameIndex) || frameIndex < 0)
  ) {
    return { problem: nodeStatement('input.ackFrameIndex', {}) };
  }
  return {
    FragmentNumber,
    ...(typeof StreamName === 'string' ? { StreamName } : {}),
    ...(typeof frameIndex === 'number' ? { frameIndex } : {}),
  };
}
