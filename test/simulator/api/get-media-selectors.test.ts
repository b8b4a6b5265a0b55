import assert from 'node:assert/strict';
import { failure, fragmentNumbers, tagValues, tokens } from '../rig';
import { numberOf, withTen } from './ten-fragments';

describe('simulator: start selectors of GetMedia', () => {
  it('EARLIEST: all that is retained, then the end after 3 s without media', async () => {
    await withTen(async ({ read, clock }, _, numbers) => {
      const body = await read('a', { StartSelectorType: 'EARLIEST' });
      assert.deepEqual(fragmentNumbers(body), numbers);
      assert.deepEqual(tokens(body), numbers);
      assert.ok(clock.now() > 0);
    });
  });

  it('NOW: the newest fragment while media flows, nothing where none does', async () => {
    await withTen(async ({ read, clock }, stream, numbers) => {
      assert.deepEqual(fragmentNumbers(await read('a', { StartSelectorType: 'NOW' })), numbers.slice(-1));
      await clock.advance(10_000);
      assert.equal((await read('a', { StartSelectorType: 'NOW' })).length, 0);
      const [fresh] = stream.produce();
      assert.deepEqual(fragmentNumbers(await read('a', { StartSelectorType: 'NOW' })), [numberOf(fresh)]);
    });
  });

  it('FRAGMENT_NUMBER and CONTINUATION_TOKEN: after the one that is named', async () => {
    await withTen(async ({ read }, _, numbers) => {
      const [, , third = ''] = numbers;
      assert.deepEqual(
        fragmentNumbers(
          await read('a', { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: third }),
        ),
        numbers.slice(3),
      );
      assert.deepEqual(
        fragmentNumbers(
          await read('a', { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: third }),
        ),
        numbers.slice(3),
      );
    });
  });

  it('CONTINUATION_TOKEN: with the one that is named, where asked to', async () => {
    await withTen(
      async ({ read }, _, numbers) => {
        const body = await read('a', {
          StartSelectorType: 'CONTINUATION_TOKEN',
          ContinuationToken: numbers[2],
        });
        assert.deepEqual(fragmentNumbers(body), numbers.slice(2));
      },
      { tokensInclusive: true },
    );
  });

  for (const member of ['ServerTimestamp', 'ProducerTimestamp'] as const) {
    const StartSelectorType = member === 'ServerTimestamp' ? 'SERVER_TIMESTAMP' : 'PRODUCER_TIMESTAMP';
    it(`${StartSelectorType}: the fragment that contains the time, else the next`, async () => {
      await withTen(async ({ read }, stream, numbers) => {
        const begins = stream.fragments[4]?.[member] ?? 0;
        const from = async (ms: number) =>
          fragmentNumbers(await read('a', { StartSelectorType, StartTimestamp: new Date(ms) }));
        assert.deepEqual(await from(begins), numbers.slice(4));
        assert.deepEqual(await from(begins + 1999), numbers.slice(4));
        assert.deepEqual(await from(begins + 2000), numbers.slice(5));
        assert.deepEqual(await from(begins - 3_600_000), numbers);
        assert.deepEqual(await from(begins + 3_600_000), []);
      });
    });
  }

  for (const selector of [
    {
      StartSelectorType: 'FRAGMENT_NUMBER',
      AfterFragmentNumber: '91343852333181432392682062607743920146159169392',
    },
    { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: 'nobodys-token' },
  ] as const) {
    it(`${selector.StartSelectorType}: status 200 and in-band error 4000 for one that is not there`, async () => {
      await withTen(async ({ read }) => {
        const body = await read('a', selector);
        assert.deepEqual(tagValues(body, 'AWS_KINESISVIDEO_ERROR_ID'), ['4000']);
        assert.deepEqual(fragmentNumbers(body), []);
      });
    });

    it(`${selector.StartSelectorType}: InvalidArgumentException for one that is not there, where asked to`, async () => {
      await withTen(
        async ({ open }) => {
          const error = await failure(open('a', selector));
          assert.deepEqual([error.name, error.statusCode], ['InvalidArgumentException', 400]);
        },
        { unknownFragment: 'invalid-argument' },
      );
    });
  }

  for (const selector of [
    { StartSelectorType: 'FRAGMENT_NUMBER' },
    { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: '12a' },
    { StartSelectorType: 'CONTINUATION_TOKEN', ContinuationToken: 'a b' },
    { StartSelectorType: 'SERVER_TIMESTAMP' },
    { StartSelectorType: 'NONSENSE' as 'NOW' },
  ] as const) {
    it(`refuses ${JSON.stringify(selector)}`, async () => {
      await withTen(async ({ open }) => {
        assert.equal((await failure(open('a', selector))).name, 'InvalidArgumentException');
      });
    });
  }
});
