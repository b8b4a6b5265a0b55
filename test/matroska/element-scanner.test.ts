import assert from 'node:assert/strict';
import { ChunkMemory } from '../../src/matroska/chunk-memory';
import { UNKNOWN_SIZE } from '../../src/matroska/ebml';
import { ElementScanner, Found } from '../../src/matroska/element-scanner';
import { ByteWindow } from '../../src/matroska/byte-window';
import { ID, element, elementOfUnknownSize, id, uint } from '../../testing/matroska-writer';

/** A scanner over slices; all that was read is kept. */
class Scanning {
  readonly input = new ByteWindow(new ChunkMemory(1024 * 1024));
  readonly scanner = new ElementScanner(this.input);

  add(slice: Buffer): this {
    this.input.add(slice);
    this.input.next();
    return this;
  }

  next(parentEnd = Infinity): Found {
    const found = this.scanner.next(parentEnd);
    if (found === Found.NEED_DATA) {
      this.input.settle(0);
    }
    return found;
  }

  /** Id, size, and where header, content and the end are. */
  get element(): number[] {
    const { id: name, size, start, contentStart, contentEnd } = this.scanner;
    return [name, size, start, contentStart, contentEnd];
  }
}

const VOID = element(ID.Void, 'abc');
const TAGS = element(ID.Tags, VOID, VOID);

describe('the element scanner', () => {
  it('says where an element begins and ends, and goes on with its first child', () => {
    const scanning = new Scanning().add(TAGS);
    assert.equal(scanning.next(), Found.ELEMENT);
    assert.deepEqual(scanning.element, [ID.Tags, 10, 0, 5, 15]);
    assert.equal(scanning.next(), Found.ELEMENT);
    assert.deepEqual(scanning.element, [ID.Void, 3, 5, 7, 10]);
  });

  it('skips content that is awaited, and then says the end of the element around', () => {
    const scanning = new Scanning().add(TAGS);
    scanning.next();
    for (const child of [5, 10]) {
      assert.equal(scanning.next(15), Found.ELEMENT);
      assert.equal(scanning.scanner.start, child);
      scanning.scanner.awaitContent();
      assert.equal(scanning.next(15), Found.CONTENT);
    }
    assert.equal(scanning.next(15), Found.PARENT_END);
    assert.equal(scanning.next(), Found.NEED_DATA);
  });

  it('says the end of the element around before any further byte has come', () => {
    const scanning = new Scanning().add(VOID);
    assert.equal(scanning.next(0), Found.PARENT_END);
  });

  for (let cut = 1; cut < TAGS.length; cut++) {
    it(`finds the same in slices that are cut at byte ${cut}`, () => {
      const scanning = new Scanning().add(TAGS.subarray(0, cut));
      const found: string[] = [];
      for (let at = 0; ;) {
        const next = scanning.next();
        if (next === Found.ELEMENT) {
          found.push(scanning.element.join());
          if (scanning.scanner.id === ID.Void) {
            scanning.scanner.awaitContent();
          }
        } else if (next === Found.CONTENT) {
          found.push('content');
        } else if (at++ === 0) {
          scanning.add(TAGS.subarray(cut));
        } else {
          break;
        }
      }
      assert.deepEqual(found, [
        `${ID.Tags},10,0,5,15`,
        `${ID.Void},3,5,7,10`,
        'content',
        `${ID.Void},3,10,12,15`,
        'content',
      ]);
    });
  }

  it('knows whether it is within a header, within content or between two elements', () => {
    const state = ({ isInHeader, isInContent, isBetweenElements }: ElementScanner): boolean[] => [
      isInHeader,
      isInContent,
      isBetweenElements,
    ];
    const scanning = new Scanning();
    const { scanner } = scanning;
    assert.deepEqual(state(scanner), [false, false, true]);
    scanning.add(TAGS.subarray(0, 2)).next();
    assert.deepEqual(state(scanner), [true, false, false]);
    scanning.add(TAGS.subarray(2, 6)).next();
    assert.deepEqual(state(scanner), [false, false, true]);
    scanner.awaitContent();
    assert.equal(scanning.next(), Found.NEED_DATA);
    assert.deepEqual(state(scanner), [false, true, false]);
    scanner.reset();
    assert.deepEqual(state(scanner), [false, false, true]);
  });

  it('leaves an element of unknown size without an end', () => {
    const scanning = new Scanning().add(elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 7)));
    assert.equal(scanning.next(), Found.ELEMENT);
    assert.deepEqual(scanning.element, [ID.Cluster, UNKNOWN_SIZE, 0, 12, 12]);
  });

  it('says what is no element, in one slice and in two', () => {
    const bytes = Buffer.concat([id(ID.Cluster), Buffer.alloc(9)]);
    assert.equal(new Scanning().add(bytes).next(), Found.INVALID);
    const scanning = new Scanning().add(bytes.subarray(0, 3));
    assert.equal(scanning.next(), Found.NEED_DATA);
    assert.equal(scanning.add(bytes.subarray(3)).next(), Found.INVALID);
    assert.equal(scanning.scanner.start, 0);
  });
});
