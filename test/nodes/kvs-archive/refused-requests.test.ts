import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { load, numbers, useStoredHall } from './archive-flow';

describe('kvs-archive, requests that it refuses', () => {
  const hall = useStoredHall();
  const { simulator, stored, range } = hall;

  describe('what bad input gets', () => {
    const bad: readonly [name: string, msg: () => object, ErrorType: string, message: RegExp][] = [
      [
        'no time',
        () => ({}),
        'InvalidInput',
        /msg\.at is missing\. It takes a time \(ISO 8601, or ms since 1970\)/,
      ],
      [
        'no end',
        () => ({ from: hall.now }),
        'InvalidInput',
        /msg\.to is missing\. Like msg\.from, it takes a time/,
      ],
      [
        'a time in seconds',
        () => ({ at: Math.floor(hall.now / 1_000) }),
        'NoMediaInRange',
        /is in 1970\. Times are in ms: multiply seconds by 1000/,
      ],
      ['a time that is none', () => ({ at: 'noon-ish' }), 'InvalidInput', /msg\.at must be a time/],
      [
        'from after to',
        () => ({ from: hall.now, to: hall.now - 1 }),
        'InvalidInput',
        /msg\.from must be before msg\.to/,
      ],
      ['an action that is none', () => ({ action: 'fetch' }), 'InvalidInput', /get, cancel or ack/],
      ['cancel of nothing', () => ({ action: 'cancel', request: 'x' }), 'InvalidInput', /nothing to cancel/],
      [
        'an acknowledgement of nothing',
        () => ({ action: 'ack', kvs: { FragmentNumber: '7' } }),
        'InvalidInput',
        /no running request/,
      ],
      [
        'a stream that does not exist',
        () => ({ ...range(9, 8), stream: 'nowhere' }),
        'ResourceNotFoundException',
        /nowhere/,
      ],
      [
        'a stream that has nothing',
        () => ({ ...range(15, 8), stream: 'empty' }),
        'NoMediaInRange',
        /"empty" has no media/,
      ],
      ['a range without media', () => ({ ...range(50, 40) }), 'NoMediaInRange', /"hall" has no media/],
      [
        'a range beyond retention',
        () => ({ ...range(600, 590) }),
        'InvalidArgumentException',
        /outside of the stream retention period/,
      ],
    ];
    for (const [name, msg, ErrorType, message] of bad) {
      it(`${name}: an error that says so, for output 2 and Catch nodes`, async () => {
        const { answers, errors, caught, send } = await load(simulator.endpoint, { waitSeconds: 1 });
        send({ ...msg(), mine: 'kept' });
        const error = await errors.first();
        assert.equal(error.payload.ErrorType, ErrorType);
        assert.match(error.payload.message, message);
        assert.equal(error.payload.action, 'skip');
        assert.equal((error as unknown as { mine: string }).mine, 'kept');
        const { error: raised } = (await caught.first()) as NodeMessage & { error?: { message: string } };
        assert.match(raised?.message ?? '', message);
        assert.deepEqual(answers.all, []);
      });
    }

    it('leaves other requests alone', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {});
      const asked = range(15, 13);
      send(asked);
      send({ at: 'never' });
      await completed.first();
      assert.equal(errors.all.length, 1);
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
    });

    it('lets two requests run and 100 wait, and refuses the next', async () => {
      const { answers, errors, statuses, completed, send } = await load(simulator.endpoint, {
        maxInFlight: 1,
      });
      for (let request = 0; request < 103; request += 1) {
        send({ ...range(10, 9), request: String(request) });
      }
      const { payload, request } = await errors.first();
      assert.deepEqual([payload.ErrorType, request], ['QueueFull', '102']);
      await answers.count(2);
      assert.deepEqual(answers.all.map((answer) => answer['request']).sort(), ['0', '1']);
      await statuses.first(({ fill, text }) => fill === 'yellow' && text === 'waiting for acks');
      send({ action: 'cancel', request: '50' });
      await errors.first((error) => error.request === '50' && error.payload.ErrorType === 'Cancelled');
      send({ action: 'cancel' });
      await errors.count(103);
      assert.equal(errors.all.filter((error) => error.payload.ErrorType === 'Cancelled').length, 102);
      assert.equal(completed.all.length, 2, 'the two that cancelled');
    });
  });

  it('says what is wrong with its settings, and refuses requests', async () => {
    const { errors, caught, send } = await load(simulator.endpoint, { output: 'film' });
    send({ at: hall.now });
    assert.equal((await errors.first()).payload.ErrorType, 'InvalidInput');
    await caught.first();
  });
});
