import assert from 'node:assert/strict';
import { Place } from '../../src/session/stream-cursor';

const FIRST = '91343852333181432392682062607743920146159169392';
const SECOND = '91343852333181432397633822764885441901553019108';
const position = { FragmentNumber: FIRST, ContinuationToken: FIRST, ServerTimestamp: 1_511_852_109_126 };

describe('the place in a stream', () => {
  it('begins where the settings say', () => {
    assert.deepEqual(new Place({ StartSelectorType: 'EARLIEST' }).selector(), {
      StartSelectorType: 'EARLIEST',
    });
  });

  it('goes on behind a position by its token', () => {
    assert.deepEqual(new Place({ StartSelectorType: 'NOW' }, position).selector(), {
      StartSelectorType: 'CONTINUATION_TOKEN',
      ContinuationToken: FIRST,
    });
  });

  it('falls back from token to fragment number to server time to the configured start', () => {
    const place = new Place({ StartSelectorType: 'EARLIEST' }, position);
    const asked = [1, 2, 3].map(() => {
      place.fallBack();
      return place.selector();
    });
    assert.deepEqual(asked, [
      { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: FIRST },
      { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: 1_511_852_109_126 },
      { StartSelectorType: 'EARLIEST' },
    ]);
    assert.equal(place.learnt, false);
  });

  it('falls back to the server time that the fragment number holds where none was kept', () => {
    const place = new Place({ StartSelectorType: 'NOW' }, { FragmentNumber: FIRST });
    place.fallBack();
    assert.deepEqual(place.selector(), {
      StartSelectorType: 'SERVER_TIMESTAMP',
      StartTimestamp: 1_511_852_109_126,
    });
  });

  it('falls back to the configured start where no time is known either', () => {
    const place = new Place({ StartSelectorType: 'NOW' }, { FragmentNumber: '7' });
    place.fallBack();
    assert.deepEqual(place.selector(), { StartSelectorType: 'NOW' });
  });

  it('takes the best way again when it has moved', () => {
    const place = new Place({ StartSelectorType: 'NOW' }, position);
    place.fallBack();
    place.moveTo({ FragmentNumber: SECOND, ContinuationToken: SECOND });
    assert.deepEqual(place.selector(), {
      StartSelectorType: 'CONTINUATION_TOKEN',
      ContinuationToken: SECOND,
    });
  });

  it('comes back to the first chunk that it saw begin, although it began at NOW', () => {
    const place = new Place({ StartSelectorType: 'NOW' });
    place.seen({ FragmentNumber: SECOND, ServerTimestamp: 5_000 });
    assert.deepEqual(place.selector(), { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: 5_000 });
    assert.equal(place.has(FIRST), true, 'a chunk before the beginning is not wanted');
    assert.equal(place.has(SECOND), false);
  });

  it('knows what it has had by the number’s value, not by its text', () => {
    const place = new Place({ StartSelectorType: 'NOW' }, { FragmentNumber: '100' });
    assert.deepEqual(
      ['99', '100', '101', '1000', '0099'].map((number) => place.has(number)),
      [true, true, false, false, true],
    );
  });
});
