import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { composeFragmentNumber, decomposeFragmentNumber } from '../../../src/simulator';
import { elementAt, vintValue } from '../../../src/simulator/media/ebml-reader';
import { element, size, tags, text, unsigned } from '../../../src/simulator/media/ebml-writer';
import { FragmentNumbers } from '../../../src/simulator/streams/fragment-number';
import { errorChunk, frontTags, secondsText, tailTags } from '../../../src/simulator/media/service-tags';
import { RECORDINGS, haveRecordings, tagValues } from '../rig';

describe('simulator: elements', () => {
  it('writes sizes in as few bytes as they take, never as the reserved all-ones', () => {
    assert.equal(size(126).toString('hex'), 'fe');
    assert.equal(size(127).toString('hex'), '407f');
    assert.equal(size(0, 4).toString('hex'), '10000000');
    assert.equal(size(5, 8).toString('hex'), '0100000000000005');
  });

  it('writes sizes that read back as they were, at every width', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (value) => {
        const bytes = size(value);
        assert.equal(vintValue(bytes, 0, bytes.length), value);
      }),
    );
  });

  it('writes integers and padded strings', () => {
    assert.equal(unsigned(0xd7, 0).toString('hex'), 'd78100');
    assert.equal(unsigned(0xe7, 300).toString('hex'), 'e782012c');
    assert.equal(unsigned(0xe7, 1, 8).toString('hex'), 'e7880000000000000001');
    assert.equal(text(0x86, 'AB', 4).toString('hex'), '868441420000');
  });

  it('writes custom tags with sizes of eight bytes', () => {
    const bytes = tags([['testTag_0', 'testTag_0_Value']], 8);
    assert.equal(bytes.length, 76, 'as in the recorded producer');
    assert.equal(bytes.toString('hex').slice(0, 24), '1254c3670100000000000040');
  });

  it('reads back any element it writes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0xa3, 0x4487, 0x2ad7b1, 0x1f43b675),
        (content, id) => {
          const bytes = element(id, Buffer.from(content));
          assert.deepEqual(elementAt(bytes, 0, bytes.length), {
            id,
            start: 0,
            data: bytes.length - content.length,
            end: bytes.length,
            unknownSize: false,
          });
        },
      ),
    );
  });
});

describe('simulator: service tags', () => {
  it('writes the front and tail groups byte for byte as the service does', function () {
    if (!haveRecordings) {
      this.skip();
    }
    const recorded = readFileSync(path.join(RECORDINGS, 'output_get_media.mkv'));
    const front = frontTags('91343852333181432392682062607743920146159169392', 1519423069070, 1511852108513);
    const at = recorded.indexOf(Buffer.from('1254c367100000eb', 'hex'));
    assert.equal(at, 0x394);
    const written = front.toString('latin1');
    const original = recorded.toString('latin1', at, at + front.length);
    // The two times are the recording's own; everything else has to agree.
    const blank = (value: string) => value.replace(/\d{10}\.\d{3}/g, 'T');
    assert.equal(blank(written), blank(original));
    const tailAt = recorded.indexOf('AWS_KINESISVIDEO_MILLIS_BEHIND_NOW') - 26;
    const [behind = ''] = tagValues(recorded, 'AWS_KINESISVIDEO_MILLIS_BEHIND_NOW');
    const tail = tailTags(Number(behind), '91343852333181432392682062607743920146159169392');
    assert.deepEqual(tail, recorded.subarray(tailAt, tailAt + tail.length));
  });

  it('writes times with three decimals always', () => {
    assert.equal(secondsText(0), '0.000');
    assert.equal(secondsText(5000), '5.000');
    assert.equal(secondsText(1519423069070), '1519423069.070');
  });

  it('writes an error as a segment without a cluster', () => {
    const bytes = errorChunk(4000, 'FRAGMENT_NOT_FOUND');
    assert.equal(bytes.indexOf(Buffer.from('1f43b675', 'hex')), -1);
    assert.match(
      bytes.toString('latin1'),
      /AWS_KINESISVIDEO_ERROR_CODE.*FRAGMENT_NOT_FOUND.*ERROR_ID.*4000/s,
    );
    assert.doesNotMatch(bytes.toString('latin1'), /FRAGMENT_NUMBER/);
  });
});

describe('simulator: fragment numbers', () => {
  it('takes a real one apart', () => {
    assert.deepEqual(decomposeFragmentNumber('91343852333181432392682062607743920146159169392'), {
      sequence: 1,
      serverTimestamp: 1511852109126,
    });
  });

  it('takes apart what it puts together, in 47 digits', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.nat(2 ** 41),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (sequence, serverTimestamp, chance) => {
          const number = composeFragmentNumber({ sequence, serverTimestamp }, () => chance);
          assert.match(number, /^9\d{46}$/);
          assert.deepEqual(decomposeFragmentNumber(number), { sequence, serverTimestamp });
        },
      ),
    );
  });

  it('counts by one within a session and jumps to the next thousand for a new one', () => {
    const numbers = new FragmentNumbers(1_700_000_000_000, () => 0);
    const sequence = () => decomposeFragmentNumber(numbers.next(1_700_000_000_000)).sequence;
    const first = sequence();
    assert.equal(sequence(), first + 1);
    numbers.startSession();
    assert.equal(sequence(), first + 1000);
  });

  it('goes on above the numbers of an earlier run', () => {
    const earlier = new FragmentNumbers(1_700_000_000_000, () => 0.9);
    const last = Array.from({ length: 50 }, (_, index) => earlier.next(1_700_000_000_000 + index * 2000)).at(
      -1,
    );
    const later = new FragmentNumbers(1_700_000_002_000, () => 0).next(1_700_000_002_000);
    assert.ok(BigInt(later) > BigInt(last ?? '0'));
  });
});
