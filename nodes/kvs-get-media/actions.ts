import {
  FRAGMENT_NUMBER_PATTERN,
  parseStartSelector,
  parseStream,
  type StartSelector,
  type StreamRef,
} from '../../src/options';
import { isRecord } from '../../src/is-record';

/** What an input message asks for. */
export type Action =
  | { readonly name: 'start'; readonly stream?: StreamRef; readonly startSelector?: StartSelector }
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
      return parseStart(msg['stream'], msg['startSelector']);
    case 'ack':
      return parseAck(msg['kvs']);
    default:
      return { action: { name } };
  }
}

function parseStart(streamText: unknown, selector: unknown): ActionResult {
  const stream = typeof streamText === 'string' ? parseStream(streamText.trim()) : undefined;
  if (streamText !== undefined && stream === undefined) {
    return { problem: 'msg.stream must be a stream name or a stream ARN' };
  }
  if (selector === undefined) {
    return { action: { name: 'start', ...(stream === undefined ? {} : { stream }) } };
  }
  if (!isRecord(selector)) {
    return { problem: 'msg.startSelector must be an object with a StartSelectorType' };
  }
  const result = parseStartSelector(selector);
  if ('problem' in result) {
    const { member, problem } = result.problem;
    return { problem: `msg.startSelector.${member} is ${problem}` };
  }
  return {
    action: { name: 'start', ...(stream === undefined ? {} : { stream }), startSelector: result.selector },
  };
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
