/** Fuzz target: a stored checkpoint with any content. */
import { readCheckpoint } from '../../nodes/shared/checkpoints/checkpoint-record';
import { fingerprint, type Target } from '../target';
import { Values, textsIn } from './values';

const GOOD = {
  version: 1,
  StreamName: 'demo',
  region: 'eu-west-1',
  FragmentNumber: '91343852333181432392682062607743920146264622859',
  ContinuationToken: '91343852333181432392682062607743920146264622859',
  ServerTimestamp: 1_700_000_000_000,
};
const ARN = 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/demo/1700000000000';
const WORDS = [
  ...Object.keys(GOOD),
  'StreamARN',
  'endpoint',
  '__proto__',
  ...Object.values(GOOD).map(String),
  ARN,
];
const POSITION = ['FragmentNumber', 'ContinuationToken', 'ServerTimestamp'];

/** What a store gives back: the bits of the first byte say which members are good, the rest is anything. */
export const checkpoints: Target = {
  name: 'checkpoints',
  maxBytes: 256,
  dictionary: [],
  seeds: [
    Buffer.from([0xff]),
    Buffer.from([0]),
    Buffer.from([0xff, 1, 4, 12]),
    Buffer.from([0x3f, 19, 1, 0, 2]),
  ],

  run(input) {
    const values = new Values(input.subarray(2), WORDS);
    const [good = 0, how = 0] = input;
    const kept = Object.fromEntries(Object.entries(GOOD).filter((_, i) => (good & (1 << i)) !== 0));
    const value = how % 4 === 0 ? values.value() : { ...kept, ...values.record() };
    const owner = {
      stream: { StreamName: 'demo', ...(how & 4 ? { StreamARN: ARN } : {}) },
      account: { region: 'eu-west-1' },
    };
    const { position, problem: statement } = readCheckpoint(value, owner);
    const problem = statement && JSON.stringify(statement);
    if (problem !== undefined) {
      const repeated = textsIn(value).find((text) => problem.includes(text) && !WORDS.includes(text));
      if (problem === '' || problem.length > 200 || repeated !== undefined || position !== undefined) {
        throw new Error(`a problem that is none: ${problem}`);
      }
      return fingerprint(problem);
    }
    if (position === undefined) {
      if (value !== undefined && value !== null) {
        throw new Error('neither a position nor a problem');
      }
      return 0;
    }
    const { FragmentNumber = '0', ContinuationToken = 'x', ServerTimestamp = 0 } = position;
    if (
      !/^\d{1,128}$/.test(FragmentNumber) ||
      !/^\P{C}+$/u.test(ContinuationToken) ||
      !(Number.isFinite(ServerTimestamp) && ServerTimestamp >= 0) ||
      Object.keys(position).some((key) => !POSITION.includes(key))
    ) {
      throw new Error(`let through: ${JSON.stringify(position)}`);
    }
    return fingerprint(Object.keys(position).join());
  },
};
