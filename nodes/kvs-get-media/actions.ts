/** Reads the input messages of kvs-get-media. */
import {
  FRAGMENT_NUMBER_PATTERN,
  parseStartSelector,
  parseStream,
  parseUntil,
  UNTIL_MEMBERS,
  type StartSelector,
  type StreamRef,
  type Until,
  type UntilProblem,
} from '../../src/options';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';
import type { Statement } from '../../src/statement';
import { say } from '../shared/statements';

/** What an input message asks for. */
export type InputAction =
  | {
      readonly name: 'start';
      readonly stream?: StreamRef;
      readonly startSelector?: StartSelector;
      readonly until?: Until;
    }
  | { readonly name: 'stop' | 'pause' | 'resume' | 'reset' }
  | {
      readonly name: 'ack';
      readonly StreamName?: string;
      readonly FragmentNumber: string;
      readonly frameIndex?: number;
    };

export type ActionResult = { readonly action: InputAction } | { readonly problem: Statement };

const SELECTOR_PROBLEMS = {
  missing: 'input.startSelectorMissing',
  unknown: 'input.startSelectorUnknown',
  malformed: 'input.startSelectorMalformed',
} as const;

const ACTIONS = ['start', 'stop', 'pause', 'resume', 'ack', 'reset'] as const;

/** Reads an input message. A problem never repeats the value at fault. */
export function parseAction(msg: Readonly<Record<string, unknown>>): ActionResult {
  const name = ACTIONS.find((action) => action === msg['action']);
  switch (name) {
    case undefined:
      return { problem: say('input.action', { actions: ACTIONS.join(', ') }) };
    case 'start':
      return parseStart(msg['stream'], msg['startSelector'], msg['until']);
    case 'ack':
      return parseAck(msg['kvs']);
    default:
      return { action: { name } };
  }
}

function parseStart(streamText: unknown, selector: unknown, bound: unknown): ActionResult {
  const stream = typeof streamText === 'string' ? parseStream(streamText.trim()) : undefined;
  if (streamText !== undefined && stream === undefined) {
    return { problem: say('input.stream', {}) };
  }
  const begin = selector === undefined ? undefined : readSelector(selector);
  if (begin !== undefined && 'problem' in begin) {
    return begin;
  }
  const end = bound === undefined ? undefined : readUntil(bound);
  if (end !== undefined && 'problem' in end) {
    return end;
  }
  return { action: { name: 'start', ...definedOnly({ stream }), ...begin, ...end } };
}

function readSelector(selector: unknown): { startSelector: StartSelector } | { problem: Statement } {
  if (!isRecord(selector)) {
    return { problem: say('input.startSelector', {}) };
  }
  const result = parseStartSelector(selector);
  if ('problem' in result) {
    const { member, problem } = result.problem;
    return { problem: say(SELECTOR_PROBLEMS[problem], { member }) };
  }
  return { startSelector: result.selector };
}

function readUntil(bound: unknown): { until: Until } | { problem: Statement } {
  if (!isRecord(bound)) {
    return { problem: say('input.until', {}) };
  }
  const result = parseUntil(bound);
  return 'problem' in result ? { problem: untilProblem(result.problem) } : result;
}

function untilProblem(problem: UntilProblem): Statement {
  const members = UNTIL_MEMBERS.join(', ');
  switch (problem.kind) {
    case 'unknownMember':
      return say('input.untilMembers', { members });
    case 'empty':
      return say('input.untilEmpty', { members });
    case 'time':
      return say('input.untilTime', { member: problem.member });
    case 'digits':
      return say('input.untilDigits', { member: problem.member });
    case 'count':
      return say('input.untilCount', { member: problem.member });
    case 'duration':
      return say('input.untilDuration', { member: problem.member });
  }
}

function parseAck(kvs: unknown): ActionResult {
  if (!isRecord(kvs)) {
    return { problem: say('input.ackWithoutKvs', {}) };
  }
  const { FragmentNumber, StreamName, frame } = kvs;
  if (typeof FragmentNumber !== 'string' || !FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    return { problem: say('input.ackFragmentNumber', {}) };
  }
  const frameIndex = isRecord(frame) ? frame['index'] : undefined;
  if (
    frame !== undefined &&
    (typeof frameIndex !== 'number' || !Number.isInteger(frameIndex) || frameIndex < 0)
  ) {
    return { problem: say('input.ackFrameIndex', {}) };
  }
  return {
    action: {
      name: 'ack',
      FragmentNumber,
      ...(typeof StreamName === 'string' ? { StreamName } : {}),
      ...(typeof frameIndex === 'number' ? { frameIndex } : {}),
    },
  };
}
