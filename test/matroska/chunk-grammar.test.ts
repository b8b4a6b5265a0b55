import assert from 'node:assert/strict';
import { ElementAction, ChunkGrammar, type Verdict } from '../../src/matroska/chunk-grammar';
import { ChunkMemory } from '../../src/matroska/chunk-memory';
import { UNKNOWN_SIZE } from '../../src/matroska/ebml';
import { ElementScanner } from '../../src/matroska/element-scanner';
import { ByteWindow } from '../../src/matroska/byte-window';
import { DEFAULT_LIMITS } from '../../src/matroska/limits';
import { Level, Nesting } from '../../src/matroska/nesting';
import { Violation } from '../../src/matroska/violations';
import { ID } from '../../testing/matroska-writer';

const LIMITS = { ...DEFAULT_LIMITS, elements: 3, unknownBytes: 50, trailerBytes: 100, tracksBytes: 80 };
const MAX_CHUNK_BYTES = 1000;
const FOREIGN = 0x4321;

/** A grammar that is given elements at one level. */
class Judging {
  readonly nesting = new Nesting();
  readonly grammar = new ChunkGrammar(this.nesting, LIMITS, MAX_CHUNK_BYTES);

  /** Enters what leads to a level; the chunk begins at offset 0. */
  constructor(level: Level, segmentSize = UNKNOWN_SIZE) {
    const { grammar, nesting } = this;
    if (level === Level.BETWEEN_CHUNKS) {
      return;
    }
    grammar.openChunk();
    if (level === Level.AFTER_HEADER) {
      return;
    }
    grammar.enter(found(ID.Segment, segmentSize));
    if (level === Level.AFTER_SEGMENT) {
      nesting.leave(0);
    } else if (level === Level.AFTER_CHUNK) {
      nesting.closeChunk();
    } else if (level >= Level.IN_TAGS) {
      grammar.enter(found(ID.Tags, 400));
      if (level === Level.IN_TAG) {
        grammar.enter(found(ID.Tag, 300));
      }
    } else if (level !== Level.IN_SEGMENT) {
      grammar.enter(found(ID.Cluster, level === Level.IN_CLUSTER ? UNKNOWN_SIZE : 500));
      if (level >= Level.IN_GROUP) {
        grammar.enter(found(ID.BlockGroup, 400));
      }
      if (level === Level.AFTER_BLOCK) {
        nesting.passBlock();
      }
    }
    assert.equal(nesting.level, level);
  }

  judge(id: number, size = 4, start = 20): Verdict {
    return this.grammar.judge(found(id, size, start), 0);
  }
}

/** A scanner that has found the element. */
function found(id: number, size: number, start = 0): ElementScanner {
  const scanner = new ElementScanner(new ByteWindow(new ChunkMemory(0)));
  const contentEnd = start + 8 + Math.max(size, 0);
  return Object.assign(scanner, { id, size, start, contentStart: start + 8, contentEnd });
}

const LEVELS: readonly (readonly [
  name: string,
  level: Level,
  verdicts: readonly (readonly [id: number, Verdict])[],
])[] = [
  [
    'between two chunks',
    Level.BETWEEN_CHUNKS,
    [
      [ID.EBML, ElementAction.NEW_CHUNK],
      [ID.Void, ElementAction.SKIP],
      [ID.Segment, Violation.NO_EBML_HEADER],
      [ID.Cluster, Violation.NO_EBML_HEADER],
      [FOREIGN, Violation.NO_EBML_HEADER],
    ],
  ],
  [
    'after an EBML header',
    Level.AFTER_HEADER,
    [
      [ID.EBML, Violation.HEADER_AFTER_HEADER],
      [ID.Void, ElementAction.SKIP],
      [ID.Segment, ElementAction.ENTER],
      [ID.Tags, Violation.NO_SEGMENT],
    ],
  ],
  [
    'after a Segment',
    Level.AFTER_SEGMENT,
    [
      [ID.EBML, ElementAction.NEW_CHUNK],
      [ID.Void, ElementAction.SKIP],
      [ID.Segment, Violation.NO_SEGMENT],
    ],
  ],
  [
    'in a Segment',
    Level.IN_SEGMENT,
    [
      [ID.EBML, ElementAction.NEW_CHUNK],
      [ID.Info, ElementAction.COLLECT],
      [ID.Tracks, ElementAction.COLLECT],
      [ID.Tags, ElementAction.ENTER],
      [ID.Cluster, ElementAction.ENTER],
      [ID.Segment, Violation.SEGMENT_IN_SEGMENT],
      [ID.SimpleBlock, ElementAction.SKIP],
      [FOREIGN, ElementAction.SKIP],
    ],
  ],
  [
    'after a closed chunk',
    Level.AFTER_CHUNK,
    [
      [ID.EBML, ElementAction.NEW_CHUNK],
      [ID.Tags, ElementAction.ENTER],
      [ID.Info, ElementAction.SKIP],
      [ID.Void, ElementAction.SKIP],
      [ID.Cluster, Violation.MEDIA_AFTER_CHUNK],
      [ID.Segment, Violation.SEGMENT_IN_SEGMENT],
      [FOREIGN, Violation.RUBBISH_AFTER_CHUNK],
    ],
  ],
  ...[Level.IN_CLUSTER, Level.IN_SIZED_CLUSTER].map(
    (level) =>
      [
        level === Level.IN_CLUSTER ? 'in a Cluster of unknown size' : 'in a Cluster',
        level,
        [
          [ID.EBML, ElementAction.NEW_CHUNK],
          [ID.SimpleBlock, ElementAction.TAKE_BLOCK],
          [ID.BlockGroup, ElementAction.ENTER],
          [ID.Timestamp, ElementAction.COLLECT],
          [ID.Block, ElementAction.SKIP],
          [ID.Tags, level === Level.IN_CLUSTER ? ElementAction.ENTER : ElementAction.SKIP],
          [ID.Cluster, level === Level.IN_CLUSTER ? ElementAction.ENTER : ElementAction.SKIP],
        ],
      ] as const,
  ),
  ...[Level.IN_GROUP, Level.AFTER_BLOCK].map(
    (level) =>
      [
        level === Level.IN_GROUP ? 'in a BlockGroup' : 'after the Block of a BlockGroup',
        level,
        [
          [ID.EBML, ElementAction.NEW_CHUNK],
          [ID.Block, level === Level.IN_GROUP ? ElementAction.TAKE_BLOCK : Violation.TWO_BLOCKS],
          [ID.BlockDuration, ElementAction.COLLECT],
          [ID.ReferenceBlock, ElementAction.SKIP_REFERENCE],
          [ID.Tags, ElementAction.SKIP],
        ],
      ] as const,
  ),
  ...[Level.IN_TAGS, Level.IN_TAG].map(
    (level) =>
      [
        level === Level.IN_TAGS ? 'in a Tags element' : 'in a Tag',
        level,
        [
          [ID.EBML, ElementAction.NEW_CHUNK],
          [ID.Tag, level === Level.IN_TAGS ? ElementAction.ENTER : ElementAction.SKIP],
          [ID.SimpleTag, level === Level.IN_TAGS ? ElementAction.SKIP : ElementAction.COLLECT],
          [ID.Void, ElementAction.SKIP],
          [FOREIGN, ElementAction.SKIP],
          [ID.Cluster, Violation.SEGMENT_CHILD_IN_TAGS],
          [ID.Segment, Violation.SEGMENT_CHILD_IN_TAGS],
        ],
      ] as const,
  ),
];

describe('the grammar of a chunk', () => {
  for (const [name, level, verdicts] of LEVELS) {
    for (const [id, verdict] of verdicts) {
      it(`has one rule ${name} for 0x${id.toString(16)}`, () => {
        assert.equal(new Judging(level).judge(id), verdict);
      });
    }
  }

  it('leaves a Cluster of unknown size with the first element of the Segment', () => {
    const judging = new Judging(Level.IN_CLUSTER);
    judging.judge(ID.Tags, 4, 60);
    assert.equal(judging.nesting.level, Level.IN_SEGMENT);
    assert.equal(judging.nesting.lastChildEnd, 60);
  });

  it('asks for a size, but for Segments and Clusters where one may begin', () => {
    const unknown = Violation.UNKNOWN_SIZE_NOT_ALLOWED;
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Tags, UNKNOWN_SIZE), unknown);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Cluster, UNKNOWN_SIZE), ElementAction.ENTER);
    assert.equal(new Judging(Level.IN_SIZED_CLUSTER).judge(ID.Cluster, UNKNOWN_SIZE), unknown);
    assert.equal(new Judging(Level.BETWEEN_CHUNKS).judge(ID.EBML, UNKNOWN_SIZE), unknown);
  });

  it('keeps an element within the one around', () => {
    assert.equal(
      new Judging(Level.IN_SIZED_CLUSTER).judge(ID.SimpleBlock, 480, 20),
      ElementAction.TAKE_BLOCK,
    );
    assert.equal(new Judging(Level.IN_SIZED_CLUSTER).judge(ID.SimpleBlock, 481, 20), Violation.BEYOND_PARENT);
    assert.equal(new Judging(Level.IN_SEGMENT, 30).judge(ID.Tags, 4, 30), Violation.BEYOND_PARENT);
  });

  it('counts the elements of a chunk', () => {
    const judging = new Judging(Level.IN_CLUSTER);
    const verdicts = [1, 2, 3, 4].map(() => judging.judge(ID.SimpleBlock));
    assert.deepEqual(verdicts.slice(2), [ElementAction.TAKE_BLOCK, Violation.TOO_MANY_ELEMENTS]);
    judging.grammar.openChunk();
    assert.equal(judging.grammar.elements, 0);
  });

  it('holds the chunk, what follows it and what stands between two to their limits', () => {
    const cluster = new Judging(Level.IN_CLUSTER);
    assert.equal(cluster.judge(ID.SimpleBlock, 4, 988), ElementAction.TAKE_BLOCK);
    assert.equal(cluster.judge(ID.SimpleBlock, 4, 989), ElementAction.CHUNK_TOO_LARGE);
    assert.equal(cluster.judge(FOREIGN, 4, 989), Violation.ELEMENT_TOO_LARGE);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Tracks, 81, 989), Violation.ELEMENT_TOO_LARGE);
    assert.equal(new Judging(Level.AFTER_CHUNK).judge(ID.Void, 4, 88), ElementAction.SKIP);
    assert.equal(new Judging(Level.AFTER_CHUNK).judge(ID.Void, 4, 89), Violation.TRAILER_TOO_LARGE);
    assert.equal(new Judging(Level.BETWEEN_CHUNKS).judge(ID.Void, 4, 89), Violation.NO_EBML_HEADER);
    assert.equal(new Judging(Level.AFTER_HEADER).judge(ID.Void, 4, 989), Violation.NO_SEGMENT);
  });

  it('holds what is read as a whole, and what it does not know, to a size', () => {
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Tracks, 80), ElementAction.COLLECT);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Tracks, 81), Violation.CONTENT_TOO_LARGE);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(FOREIGN, 50), ElementAction.SKIP);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(FOREIGN, 51), Violation.UNKNOWN_ELEMENT_TOO_LARGE);
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Void, 51), ElementAction.SKIP);
  });

  it('lets a Tags element be as large as a chunk, and not larger', () => {
    assert.equal(new Judging(Level.IN_SEGMENT).judge(ID.Tags, MAX_CHUNK_BYTES - 28), ElementAction.ENTER);
    assert.equal(
      new Judging(Level.IN_SEGMENT).judge(ID.Tags, MAX_CHUNK_BYTES),
      ElementAction.CHUNK_TOO_LARGE,
    );
    assert.equal(
      new Judging(Level.IN_SEGMENT).judge(ID.Tags, MAX_CHUNK_BYTES + 1),
      Violation.ELEMENT_TOO_LARGE,
    );
  });

  it('says with figures what is too large', () => {
    const { grammar } = new Judging(Level.IN_SEGMENT);
    assert.deepEqual(grammar.describe(Violation.CONTENT_TOO_LARGE, found(ID.Tracks, 81)), {
      name: 'contentTooLarge',
      figures: { sizeInBytes: 81, allowedBytes: 80 },
    });
  });
});
