import assert from 'node:assert/strict';
import { StreamCursor } from '../../src/session/stream-cursor';

const FIRST = '91343852333181432392682062607743920146159169392';
const SECOND = '91343852333181432397633822764885441901553019108';
const position = { FragmentNumber: FIRST, ContinuationToken: FIRST, ServerTimestamp: 1_511_852_109_126 };

describe('a stream cursor', () => {
  it('begins where the settings say', () => {
    assert.deepEqual(new StreamCursor({ StartSelectorType: 'EARLIEST' }).selector(), {
      StartSelectorType: 'EARLIEST',
    });
  });

  it('continues after a position by its token', () => {
    assert.deepEqual(new StreamCursor({ StartSelectorType: 'NOW' }, position).selector(), {
      StartSelectorType: 'CONTINUATION_TOKEN',
      ContinuationToken: FIRST,
    });
  });

  it('falls back from token to fragment number to server time to the configured start', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'EARLIEST' }, position);
    const asked = [1, 2, 3].map(() => {
      cursor.fallBack();
      return cursor.selector();
    });
    assert.deepEqual(asked, [
      { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: FIRST },
      { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: 1_511_852_109_126 },
      { StartSelectorType: 'EARLIEST' },
    ]);
    assert.equal(cursor.isFromStream, false);
  });

  it('falls back to the server time that the fragment number holds where none was kept', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'NOW' }, { FragmentNumber: FIRST });
    cursor.fallBack();
    assert.deepEqual(cursor.selector(), {
      StartSelectorType: 'SERVER_TIMESTAMP',
      StartTimestamp: 1_511_852_109_126,
    });
  });

  it('falls back to the configured start where no time is known either', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'NOW' }, { FragmentNumber: '7' });
    cursor.fallBack();
    assert.deepEqual(cursor.selector(), { StartSelectorType: 'NOW' });
  });

  it('takes the best way again when it has moved', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'NOW' }, position);
    cursor.fallBack();
    cursor.moveTo({ FragmentNumber: SECOND, ContinuationToken: SECOND });
    assert.deepEqual(cursor.selector(), {
      StartSelectorType: 'CONTINUATION_TOKEN',
      ContinuationToken: SECOND,
    });
  });

  it('returns to the first chunk that it saw begin, although it began at NOW', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'NOW' });
    cursor.seen({ FragmentNumber: SECOND, ServerTimestamp: 5_000 });
    assert.deepEqual(cursor.selector(), { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: 5_000 });
    assert.equal(cursor.isPast(FIRST), true, 'a chunk before the beginning is not wanted');
    assert.equal(cursor.isPast(SECOND), false);
  });

  it('knows what it has passed by the number’s value, not by its text', () => {
    const cursor = new StreamCursor({ StartSelectorType: 'NOW' }, { FragmentNumber: '100' });
    assert.deepEqual(
      ['99', '100', '101', '1000', '0099'].map((number) => cursor.isPast(number)),
      [true, true, false, false, true],
    );
  });
});
