import assert from 'node:assert/strict';
import { ChunkFailures } from '../../src/session/chunk-failures';
import { StreamCursor } from '../../src/session/stream-cursor';

describe('the count of what goes wrong with a chunk', () => {
  let cursor: StreamCursor;
  let failures: ChunkFailures;
  beforeEach(() => {
    cursor = new StreamCursor({ StartSelectorType: 'EARLIEST' });
    failures = new ChunkFailures(cursor);
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
    failures.cut('2', 500, false);
    failures.cut('2', 500, false);
    cursor.moveTo({ FragmentNumber: '1' });
    assert.equal(failures.damaged('1'), 1);
    assert.equal(failures.cut('2', 500, false), 3);
  });

  it('of a cut that comes further in each time stays at one', () => {
    assert.deepEqual(
      [100, 200, 300, 300, 300].map((bytes) => failures.cut('1', bytes, false)),
      [1, 1, 1, 2, 3],
    );
  });

  it('of a cut after which the service continues grows wherever it is', () => {
    assert.deepEqual(
      [100, 200, 300].map((bytes) => failures.cut('1', bytes, true)),
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
