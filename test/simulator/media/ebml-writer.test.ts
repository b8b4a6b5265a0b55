import assert from 'node:assert/strict';
import fc from 'fast-check';
import { elementAt, vintValue } from '../../../src/simulator/media/ebml-reader';
import { element, size, tags, text, unsigned } from '../../../src/simulator/media/ebml-writer';

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
