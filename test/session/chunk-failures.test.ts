import assert from 'node:assert/strict';
import { ChunkFailures } from '../../src/session/chunk-failures';

describe('the count of what goes wrong with a chunk', () => {
  let failures: ChunkFailures;
  beforeEach(() => {
    failures = new ChunkFailures();
  });

  it('is each chunk’s own', () => {
    assert.deepEqual(
      ['1', '2', '1', '2', '1', '2'].map((number) => failures.damaged(number)),
      ['again', 'again', 'again', 'again', 'pass-over', 'pass-over'],
    );
  });

  it('ends when the chunk is sent or skipped', () => {
    failures.damaged('1');
    failures.damaged('1');
    failures.cut('2', 500, false);
    failures.cut('2', 500, false);
    failures.settle((number) => number === '1');
    assert.equal(failures.damaged('1'), 'again');
    assert.equal(failures.cut('2', 500, false), 'give-up');
  });

  it('tells damage without a number apart by its order in the response', () => {
    const responses = [1, 1, 2, 2].map((spots) => {
      failures.join();
      return Array.from({ length: spots }, () => failures.damaged(undefined));
    });
    assert.deepEqual(responses, [['again'], ['again'], ['pass-over', 'again'], ['pass-over', 'again']]);
  });

  it('holds no more chunks than may be in trouble at a time', () => {
    failures.damaged('0');
    failures.damaged('0');
    for (let i = 1; i <= 1_000; i++) {
      failures.damaged(String(i));
    }
    assert.equal(failures.damaged('0'), 'again');
  });
});
