import assert from 'node:assert/strict';
import { english } from '../../../testing/texts';
import { parseAction } from '../../../nodes/kvs-get-media/actions';

describe('input messages', () => {
  const accepted: readonly [name: string, msg: Record<string, unknown>, action: unknown][] = [
    ['stop', { action: 'stop', payload: 1 }, { name: 'stop' }],
    ['pause', { action: 'pause' }, { name: 'pause' }],
    ['resume', { action: 'resume' }, { name: 'resume' }],
    ['reset', { action: 'reset' }, { name: 'reset' }],
    ['start', { action: 'start' }, { name: 'start' }],
    [
      'start with a stream and a start selector',
      {
        action: 'start',
        stream: ' other ',
        startSelector: { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: '2026-01-02T03:04:05Z' },
      },
      {
        name: 'start',
        stream: { StreamName: 'other' },
        startSelector: {
          StartSelectorType: 'SERVER_TIMESTAMP',
          StartTimestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
        },
      },
    ],
    [
      'start with an end',
      { action: 'start', until: { at: '2026-01-02T03:04:05Z', chunks: 3, silentMs: 5_000 } },
      { name: 'start', until: { at: Date.UTC(2026, 0, 2, 3, 4, 5), chunks: 3, silentMs: 5_000 } },
    ],
    [
      'a chunk message sent back',
      {
        action: 'ack',
        payload: Buffer.alloc(1),
        kvs: { StreamName: 'demo', FragmentNumber: '12', frames: 3 },
      },
      { name: 'ack', StreamName: 'demo', FragmentNumber: '12' },
    ],
    [
      'a frame message sent back',
      { action: 'ack', kvs: { StreamName: 'demo', FragmentNumber: '12', frame: { index: 7 } } },
      { name: 'ack', StreamName: 'demo', FragmentNumber: '12', frameIndex: 7 },
    ],
  ];
  for (const [name, msg, action] of accepted) {
    it(`takes ${name}`, () => {
      assert.deepEqual(parseAction(msg), { action });
    });
  }

  const SECRET = 'AKIDSECRETVALUE';
  const refused: readonly [name: string, msg: Record<string, unknown>, problem: RegExp][] = [
    ['no action', {}, /msg\.action/],
    ['an end that is no object', { action: 'start', until: SECRET }, /msg\.until must be an object/],
    ['an end without a bound', { action: 'start', until: {} }, /msg\.until must contain one of at,/],
    ['an unknown bound', { action: 'start', until: { [SECRET]: 1 } }, /msg\.until can only contain at,/],
    ['a time that is none', { action: 'start', until: { at: SECRET } }, /msg\.until\.at must be a time/],
    ['no chunk', { action: 'start', until: { chunks: 0 } }, /msg\.until\.chunks must be a whole number/],
    ['part of a chunk', { action: 'start', until: { chunks: 1.5 } }, /msg\.until\.chunks/],
    ['a number in words', { action: 'start', until: { FragmentNumber: SECRET } }, /a string of digits/],
    ['time that runs back', { action: 'start', until: { mediaMs: -1 } }, /msg\.until\.mediaMs must be/],
    ['an unknown action', { action: SECRET }, /msg\.action must be one of start, stop/],
    ['an action that is an object', { action: { command: 'start' } }, /msg\.action/],
    ['an action named like a property of objects', { action: 'constructor' }, /msg\.action/],
    ['a stream that is no name', { action: 'start', stream: `${SECRET} x` }, /msg\.stream/],
    ['a stream that is no text', { action: 'start', stream: 5 }, /msg\.stream/],
    ['a start selector that is text', { action: 'start', startSelector: SECRET }, /msg\.startSelector/],
    [
      'an unknown start selector type',
      { action: 'start', startSelector: { StartSelectorType: SECRET } },
      /StartSelectorType is unknown/,
    ],
    [
      'a start selector without its value',
      { action: 'start', startSelector: { StartSelectorType: 'FRAGMENT_NUMBER' } },
      /AfterFragmentNumber is missing/,
    ],
    [
      'a malformed token',
      {
        action: 'start',
        startSelector: { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: `${SECRET}\n${SECRET}` },
      },
      /ContinuationToken is malformed/,
    ],
    [
      'a token without end',
      {
        action: 'start',
        startSelector: { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: SECRET.repeat(1_000) },
      },
      /ContinuationToken is malformed/,
    ],
    [
      'a time of megabytes',
      { action: 'start', until: { at: `2026-01-01T00:00${' '.repeat(1e6)}` } },
      /until\.at/,
    ],
    ['a list of chunks', { action: 'start', until: { chunks: [5] } }, /msg\.until\.chunks/],
    ['an acknowledgement of nothing', { action: 'ack' }, /msg\.kvs/],
    [
      'an acknowledgement with a numeric number',
      { action: 'ack', kvs: { FragmentNumber: 12 } },
      /string of digits/,
    ],
    [
      'an acknowledgement of a frame without index',
      { action: 'ack', kvs: { FragmentNumber: '12', frame: {} } },
      /frame\.index/,
    ],
  ];
  for (const [name, msg, problem] of refused) {
    it(`refuses ${name}, without repeating the value`, () => {
      const result = parseAction(msg);
      assert.ok('problem' in result);
      const sentence = english.sentences([result.problem]);
      assert.match(sentence, problem);
      assert.ok(!sentence.includes(SECRET));
    });
  }
});
