import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SAMPLE_FILE } from '../../../src/simulator';
import { ID } from '../../../src/simulator/media/element-ids';
import { UNKNOWN_SIZE_8, element, idBytes, text, unsigned } from '../../../src/simulator/media/ebml-writer';
import { IngestError, MatroskaSplitter } from '../../../src/simulator/ingest';
import { EBML, block, cluster, customTags, header, second, track } from '../matroska';

/** All that a splitter tells of a stream, in words. */
function told(pieces: readonly Buffer[]): string[] {
  const events: string[] = [];
  const splitter = new MatroskaSplitter({
    header: ({ tracks, timecodeScale, children }) =>
      events.push(
        `header ${tracks.map(({ number, type }) => `${number}:${type}`).join()} ${timecodeScale} ${children.length}`,
      ),
    cluster: (head) => events.push(`cluster ${head.toString('hex')}`),
    timecode: (ticks) => events.push(`timecode ${ticks}`),
    block: ({ track: number, ticks, keyframe, bytes }) =>
      events.push(`block ${number} ${ticks} ${keyframe ? 'key' : '-'} ${bytes.toString('hex')}`),
    clusterChild: (bytes) => events.push(`child ${bytes.toString('hex')}`),
    trailer: (id, bytes) => events.push(`trailer ${id} ${bytes.length}`),
    clusterEnd: () => events.push('end'),
  });
  for (const piece of pieces) {
    splitter.push(piece);
  }
  splitter.end();
  return events;
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let offset = 0;
  for (let index = 0; offset < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    pieces.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return pieces;
}

const group = element(
  ID.BlockGroup,
  Buffer.concat([
    element(ID.Block, Buffer.of(0x82, 0x00, 0x10, 0x06, 0x01, 0x02, 0x03)),
    element(ID.ReferenceBlock, Buffer.of(0xd8)),
    unsigned(ID.BlockDuration, 40),
  ]),
);
const MIXED = Buffer.concat([
  header(
    [track(1), track(2, 'audio')],
    1_000_000,
    element(ID.Void, Buffer.alloc(300)),
    customTags('title', 'x'),
  ),
  cluster(0, [block(1, 0, true), element(ID.Void, Buffer.alloc(5)), group, block(2, 5, true)]),
  element(ID.Attachments, Buffer.alloc(1000)),
  cluster(1000, [block(1, -3, false)], false),
  customTags('door', 'open'),
  second(2000, 'unknown', false),
  // Another document, of known size.
  EBML,
  element(
    ID.Segment,
    Buffer.concat([
      element(ID.Tracks, track(7)),
      cluster(0, [block(7, 0, true)]),
      element(ID.Cues, Buffer.alloc(9)),
    ]),
  ),
  header(),
  second(0),
]);

describe('simulator: splitter', () => {
  it('tells header, clusters, blocks and what follows them, in order', () => {
    const events = told([MIXED]);
    assert.deepEqual(
      events.map((event) => event.split(' ', 2).join(' ')).filter((event) => !/^(block|cluster)/.test(event)),
      [
        ...['header 1:video,2:audio', 'timecode 0', `child ec850000000000`, 'end'],
        ...['timecode 1000', 'end', `trailer ${ID.Tags}`, 'timecode 2000', 'end'],
        ...[
          'header 7:video',
          'timecode 0',
          'end',
          `trailer ${ID.Cues}`,
          'header 1:video',
          'timecode 0',
          'end',
        ],
      ],
    );
    assert.ok(events.includes(`block 2 16 - ${group.toString('hex')}`), 'a laced group passes untouched');
  });

  it('tells the same however the stream is cut into pieces', () => {
    const expected = told([MIXED]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        assert.deepEqual(told(cut(MIXED, lengths)), expected);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(told(cut(MIXED, [1])), expected);
  });

  it('takes every block of a file by ffmpeg', () => {
    const bytes = readFileSync(SAMPLE_FILE);
    const events = told(cut(bytes, [4096]));
    assert.equal(events.filter((event) => event.startsWith('block 1 ')).length, 300);
    assert.equal(
      events.filter((event) => event === 'end').length,
      events.filter((event) => event.startsWith('cluster')).length,
    );
  });

  it('refuses what it cannot read with an IngestError and nothing else', () => {
    const sample = readFileSync(SAMPLE_FILE).subarray(0, 60_000);
    const attempt = (pieces: Buffer[]) => {
      try {
        told(pieces);
      } catch (error) {
        assert.ok(error instanceof IngestError, String(error));
        assert.ok(error.message.length > 10);
      }
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.boolean(),
        (changes, length, small) => {
          const bytes = Buffer.from(small ? MIXED : sample);
          for (const [at, value] of changes) {
            // Most of the damage is done to the header, where there is structure to hurt.
            bytes[at % (at % 3 === 0 ? bytes.length : 700)] = value;
          }
          attempt(cut(bytes, [length]));
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        attempt([Buffer.from(bytes)]);
        attempt([header(), Buffer.from(bytes)]);
      }),
    );
  });

  const refusals: [string, Buffer, number, RegExp][] = [
    ['a web page', Buffer.from('<!DOCTYPE html>'), 4006, /neither Matroska nor WebM/],
    ['MP4', Buffer.from('0000001c667479706d703432', 'hex'), 4006, /MP4.*-f matroska/],
    ['nothing', Buffer.alloc(0), 4006, /no media/],
    ['a header alone', header(), 4006, /no media/],
    ['no tracks', Buffer.concat([EBML, idBytes(ID.Segment), UNKNOWN_SIZE_8, second(0)]), 4006, /no Tracks/],
    [
      'an end in mid-element',
      Buffer.concat([header(), second(0).subarray(0, -3)]),
      4006,
      /middle of an element/,
    ],
    [
      'a block before its time',
      Buffer.concat([header(), element(ID.Cluster, block(1, 0, true))]),
      4006,
      /before its Timecode/,
    ],
    [
      'a child larger than its cluster',
      Buffer.concat([
        header(),
        element(
          ID.Cluster,
          Buffer.concat([unsigned(ID.Timecode, 0), Buffer.from('a3ff', 'hex')]).fill(0x90, 4),
        ),
      ]),
      4006,
      /beyond the end of its Cluster/,
    ],
    [
      'a block of unknown size',
      Buffer.concat([header(), cluster(0, [Buffer.from('a3ff', 'hex')], false)]),
      4006,
      /unknown/,
    ],
    [
      'a block of 60 MB',
      Buffer.concat([header(), cluster(0, [Buffer.from('a313938700', 'hex'), Buffer.alloc(8)], false)]),
      4001,
      /A block has 60\d* bytes/,
    ],
    [
      'a header of 5 MB',
      Buffer.concat([EBML, idBytes(ID.Segment), UNKNOWN_SIZE_8, Buffer.from('1654ae6b10500000', 'hex')]),
      4006,
      /header has/,
    ],
    ['a scale of nothing', Buffer.concat([header([track(1)], 0), second(0)]), 4006, /TimecodeScale/],
    [
      'a time beyond counting',
      Buffer.concat([header(), element(ID.Cluster, element(ID.Timecode, Buffer.alloc(8, 0xff)))]),
      4007,
      /too large/,
    ],
    [
      'too short a block',
      Buffer.concat([header(), cluster(0, [element(ID.SimpleBlock, text(0x81, '').subarray(0, 1))])]),
      4006,
      /too short/,
    ],
  ];
  for (const [what, bytes, errorId, message] of refusals) {
    it(`refuses ${what}, and says so`, () => {
      assert.throws(
        () => told([bytes]),
        (error: unknown) => {
          assert.ok(error instanceof IngestError);
          assert.match(error.message, message);
          assert.equal(error.errorId, errorId);
          return true;
        },
      );
    });
  }
});
