/** Fuzz target: an input message of kvs-get-media. */
import { parseAction } from '../../nodes/kvs-get-media/actions';
import type { StartSelector } from '../../src/options';
import { fingerprint, type Target } from '../target';
import { Values, textsIn } from './values';

const ACTIONS = ['start', 'stop', 'pause', 'resume', 'ack', 'reset'];
const WORDS = [
  'action',
  'stream',
  'startSelector',
  'kvs',
  'frame',
  'index',
  'FragmentNumber',
  'StreamName',
  'StartSelectorType',
  'AfterFragmentNumber',
  'StartTimestamp',
  'ContinuationToken',
  ...ACTIONS,
  'NOW',
  'EARLIEST',
  'FRAGMENT_NUMBER',
  'SERVER_TIMESTAMP',
  'PRODUCER_TIMESTAMP',
  'CONTINUATION_TOKEN',
  '91343852333181432392682062607743920146264622859',
  '2026-01-01T00:00:00Z',
  '2026-01-01',
  'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/demo/1700000000000',
  '__proto__',
  'constructor',
  'toString',
];

/** A message: the first byte chooses an action, or leaves it to the rest. */
export const messages: Target = {
  name: 'messages',
  maxBytes: 256,
  dictionary: [],
  seeds: [
    ...ACTIONS.map((_, i) => Buffer.from([i, 0])),
    Buffer.from([0, 2, 2, 19, 1, 8, 17, 20]),
    Buffer.from([4, 1, 3, 19, 2, 6, 17, 24, 4, 19, 1, 5, 3, 130]),
  ],

  run(input) {
    const made = new Values(input.subarray(1), WORDS).record();
    const action = ACTIONS[input[0] ?? 255];
    const msg = action === undefined ? made : { ...made, action };
    const result = parseAction(msg);
    if ('problem' in result) {
      const problem = JSON.stringify(result.problem);
      const repeated = textsIn(msg).find((text) => problem.includes(text) && !WORDS.includes(text));
      if (problem === '' || problem.length > 200 || repeated !== undefined) {
        throw new Error(`a problem repeats what it is about: ${problem}`);
      }
      return fingerprint(problem);
    }
    check(result.action);
    return fingerprint(Object.keys(result.action).join());
  },
};

/** What is let through is what the engine may be given. */
function check(action: Exclude<ReturnType<typeof parseAction>, { problem: unknown }>['action']): void {
  const isValid =
    action.name === 'ack'
      ? /^\d{1,128}$/.test(action.FragmentNumber) &&
        (action.frameIndex === undefined || (Number.isInteger(action.frameIndex) && action.frameIndex >= 0))
      : action.name !== 'start' ||
        ((action.stream === undefined || /^[\w.-]{1,256}$/.test(action.stream.StreamName)) &&
          isValidSelector(action.startSelector));
  if (!isValid) {
    throw new Error(`let through: ${JSON.stringify(action)}`);
  }
}

function isValidSelector(selector: StartSelector | undefined): boolean {
  switch (selector?.StartSelectorType) {
    case 'FRAGMENT_NUMBER':
      return /^\d{1,128}$/.test(selector.AfterFragmentNumber);
    case 'CONTINUATION_TOKEN':
      return /^\P{C}+$/u.test(selector.ContinuationToken);
    case 'SERVER_TIMESTAMP':
    case 'PRODUCER_TIMESTAMP':
      return Number.isFinite(selector.StartTimestamp) && selector.StartTimestamp >= 0;
    default:
      return true;
  }
}
