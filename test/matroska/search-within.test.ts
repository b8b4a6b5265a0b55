/** What is searched for chunks that a wrong size has swallowed is searched as it comes, not at its end. */
import assert from 'node:assert/strict';
import { ByteCounter } from '../../testing/byte-counter';
import {
  EBML_HEADER,
  ID,
  UNKNOWN_SEGMENT,
  chunk,
  element,
  elementThatLies,
  frontTags,
  simpleTag,
} from '../../testing/matroska-writer';
import { read } from './recorded';

const MB = 1024 * 1024;
const ATTACHMENTS = 0x1941a469;
const ONE = chunk({ number: '1' });
const TWO = chunk({ number: '2' });

const large: Readonly<Record<string, Buffer>> = {
  'an element that is skipped': element(ATTACHMENTS, Buffer.alloc(8 * MB, 0x1a)),
  'a tag': element(ID.Tags, element(ID.Tag, simpleTag('name', '\u001a'.repeat(8 * MB)))),
};

describe('a large element outside of media', () => {
  for (const [what, bytes] of Object.entries(large)) {
    it(`is searched as it comes: ${what}`, () => {
      const counter = new ByteCounter(['includes', 'indexOf']);
      try {
        const response = chunk({ number: '1', before: bytes });
        counter.longest = 0;
        assert.deepEqual(read(response, { sliceBytes: 64 * 1024 }).kinds, ['chunk']);
      } finally {
        counter.stop();
      }
      assert.ok(counter.longest <= MB, `${counter.longest} bytes at once`);
    });
  }

  const front = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, frontTags('3')]);
  const liars: Readonly<Record<string, (swallowed: Buffer) => Buffer>> = {
    'an element that is skipped': (swallowed) => elementThatLies(ATTACHMENTS, 3 * MB, swallowed),
    'a tag': (swallowed) =>
      element(
        ID.Tags,
        element(
          ID.Tag,
          element(
            ID.SimpleTag,
            element(ID.TagName, 'name'),
            elementThatLies(ID.TagString, 3 * MB, swallowed),
          ),
        ),
      ),
  };
  for (const [what, liar] of Object.entries(liars)) {
    for (const before of [4, 3, 2, 1, 0]) {
      it(`gives back the chunk that it swallowed, ${before} bytes before a slice ends: ${what}`, () => {
        const respond = (zeros: number): Buffer => {
          const swallowed = Buffer.concat([
            Buffer.alloc(zeros),
            TWO,
            Buffer.alloc(3 * MB - zeros - TWO.length),
          ]);
          return Buffer.concat([ONE, front, liar(swallowed), ONE]);
        };
        const bytes = respond(2 * MB - respond(0).indexOf(TWO) - before);
        assert.equal(bytes.indexOf(TWO), 2 * MB - before);
        assert.deepEqual(read(bytes, { sliceBytes: 64 * 1024 }).numbers, ['1', '2', '1']);
      });
    }
  }
});
