import {
  FRAGMENT_NUMBER_PATTERN,
  parseStartSelector,
  parseStream,
  parseUntil,
  type StartSelector,
  type StreamRef,
  type Until,
} from '../../src/options';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';

/** What an input message asks for. */
export type Action =
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

export type ActionResult = { readonly action: Action } | { readonly problem: string };

const ACTIONS = ['start', 'stop', 'pause', 'resume', 'ack', 'reset'] as const;

/** Reads an input message. A problem is worded for a person and never repeats the value at fault. */
export function parseAction(msg: Readonly<Record<string, unknown>>): ActionResult {
  const name = ACTIONS.find((action) => action === msg['action']);
  switch (name) {
    case undefined:
      return { problem: `msg.action must be one of ${ACTIONS.join(', ')}` };
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
    return { problem: 'msg.stream must be a stream name or a stream ARN' };
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

function readSelector(selector: unknown): { startSelector: StartSelector } | { problem: string } {
  if (!isRecord(selector)) {
    return { problem: 'msg.startSelector must be an object with a StartSelectorType' };
  }
  const result = parseStartSelector(selector);
  if ('problem' in result) {
    const { member, problem } = result.problem;
    return { problem: `msg.startSelector.${member} is ${problem}` };
  }
  return { startSelector: result.selector };
}

function readUntil(bound: unknown): { until: Until } | { problem: string } {
  const result = isRecord(bound) ? parseUntil(bound) : { problem: ' must be an object' };
  return 'problem' in result ? { problem: `msg.until${result.problem}` } : result;
}

function parseAck(kvs: unknown): ActionResult {
  if (!isRecord(kvs)) {
    return { problem: 'an acknowledgement must carry the msg.kvs of the message that it acknowledges' };
  }
  const { FragmentNumber, StreamName, frame } = kvs;
  if (typeof FragmentNumber !== 'string' || !FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    return { problem: 'msg.kvs.FragmentNumber of an acknowledgement must be a string of digits' };
  }
  const frameIndex = isRecord(frame) ? frame['index'] : undefined;
  if (
    frame !== undefined &&
    (typeof frameIndex !== 'number' || !Number.isInteger(frameIndex) || frameIndex < 0)
  ) {
    return { problem: 'msg.kvs.frame.index of an acknowledgement must be a whole number' };
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
