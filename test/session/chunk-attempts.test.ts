import assert from 'node:assert/strict';
import { ChunkAttempts } from '../../src/session/chunk-attempts';
import { StreamCursor } from '../../src/session/stream-cursor';

describe('the count of failed attempts to read a chunk', () => {
  let cursor: StreamCursor;
  let failures: ChunkAttempts;
  beforeEach(() => {
    cursor = new StreamCursor({ StartSelectorType: 'EARLIEST' });
    failures = new ChunkAttempts(cursor);
  });

  it('is each chunk’s own', () => {
    assert.deepEqual(
      ['1', '2', '1', '2', '1', '2'].map((number) => failures.damaged(number)),
      [1, 1, 2, 2, 3, 3],
    );
  });

  it('begins again once the cursor has passed the chunk', () => {
    failures.damaged('1');
    failures.damaged('1');
    failures.truncated('2', 500, false);
    failures.truncated('2', 500, false);
    cursor.moveTo({ FragmentNumber: '1' });
    assert.equal(failures.damaged('1'), 1);
    assert.equal(failures.truncated('2', 500, false), 3);
  });

  it('of a chunk of which more arrives each time stays at one', () => {
    assert.deepEqual(
      [100, 200, 300, 300, 300].map((bytes) => failures.truncated('1', bytes, false)),
      [1, 1, 1, 2, 3],
    );
  });

  it('of a truncated chunk after which the service continues grows wherever it ends', () => {
    assert.deepEqual(
      [100, 200, 300].map((bytes) => failures.truncated('1', bytes, true)),
      [1, 2, 3],
    );
  });

  it('of damage without a number begins again after each chunk', () => {
    failures.damaged(undefined);
    failures.damaged(undefined);
    cursor.moveTo({ FragmentNumber: '1' });
    assert.equal(failures.damaged(undefined), 1);
  });

  it('tells damage without a number apart by its order in the response', () => {
    const responses = [1, 1, 2, 2].map((spots) => {
      failures.responseBegins();
      return Array.from({ length: spots }, () => failures.damaged(undefined));
    });
    assert.deepEqual(responses, [[1], [2], [3, 1], [4, 2]]);
  });

  it('holds no more chunks than may be in trouble at a time', () => {
    failures.damaged('0');
    failures.damaged('0');
    for (let i = 1; i <= 1_000; i++) {
      failures.damaged(String(i));
    }
    assert.equal(failures.damaged('0'), 1);
  });
});
