import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import {
  EBML_HEADER,
  FIXED,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  chunk,
  element,
  elementOfUnknownSize,
  elementThatLies,
  frontTags,
  id,
  simpleBlock,
  simpleTag,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { HostileService, type HostileStream } from './hostile-service';

const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;
/** `KVS_HOSTILE_MB=1024` for all of the gigabyte. */
const MEGABYTES_OF_ZEROS = Number(process.env['KVS_HOSTILE_MB'] ?? 256);
const MAX_CHUNK_MB = 8;

const GOOD = [1, 3, 4].map((number) => ({ number, bytes: chunk({ number: String(number) }) }));
const [FIRST, ...REST] = GOOD;
/** Where hostile bytes begin in a response that has the first chunk before them. */
const AT = FIRST?.bytes.length ?? 0;

/** All of chunk 2 up to its Cluster, and up to the Cluster's first block. */
const FRONT = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, frontTags('2')]);
const MEDIA = Buffer.concat([FRONT, elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0))]);
const BLOCK = simpleBlock(1, 0, KEYFRAME, 'frame');

function tagsWith(...simpleTags: readonly Buffer[]): Buffer {
  return element(ID.Tags, element(ID.Tag, ...simpleTags));
}

function nestedTags(depth: number): Buffer {
  return depth === 0 ? Buffer.alloc(0) : simpleTag('name', 'value', nestedTags(depth - 1));
}

function* repeated(times: number, bytes: Buffer): Iterable<Buffer> {
  for (let i = 0; i < times; i++) {
    yield bytes;
  }
}

/** What the error output says of the first attempt: the place is that of the element at fault. */
interface Case {
  readonly bytes: Buffer | (() => Iterable<Buffer>);
  readonly ErrorType?: 'ChunkTooLarge';
  readonly says: RegExp;
  /** Bytes into the hostile ones. */
  readonly at: number;
  readonly elementId?: string;
  readonly elementPath: string;
  /** Sure at once to be a chunk as it is, which asking again does not change. */
  readonly surely?: boolean;
}

const ONE_TAG = simpleTag('name', 'value');
const MANY_TAGS = tagsWith(...new Array<Buffer>(50).fill(ONE_TAG));
const DEEP_TAGS = tagsWith(nestedTags(9));
const TRACKS = element(ID.Tracks, ...Array.from({ length: 129 }, (_, i) => trackEntry(i + 1)));
/** 256 frames without a byte. */
const LACED = simpleBlock(1, 0, KEYFRAME | FIXED, [255]);
const MAGIC_BLOCK = simpleBlock(1, 0, KEYFRAME, Buffer.alloc(4 * MEGABYTE, id(ID.EBML)));
const MEGABYTE_BLOCK = simpleBlock(1, 0, KEYFRAME, Buffer.alloc(MEGABYTE));

const CASES: Readonly<Record<string, Case>> = {
  [`${MEGABYTES_OF_ZEROS} megabytes of zeros`]: {
    bytes: () => repeated(MEGABYTES_OF_ZEROS, Buffer.alloc(MEGABYTE)),
    says: /cannot be read/,
    at: 0,
    elementPath: 'Segment',
  },
  'a variable-size integer cut short by rubbish': {
    bytes: Buffer.concat([MEDIA, BLOCK, Buffer.from([0xa3, 0x00])]),
    says: /cannot be read/,
    at: MEDIA.length + BLOCK.length,
    elementPath: 'Segment/Cluster',
  },
  'a Tags element that declares two gigabytes': {
    bytes: Buffer.concat([FRONT, elementThatLies(ID.Tags, 2 * GIGABYTE, 'x')]),
    says: /element of 2048 MB, which is too large/,
    at: FRONT.length,
    elementId: '0x1254c367',
    elementPath: 'Segment/Tags',
  },
  'more tracks than any camera has': {
    bytes: Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, TRACKS]),
    says: /more than 128 tracks/,
    at: EBML_HEADER.length + UNKNOWN_SEGMENT.length + TRACKS.length - trackEntry(129).length,
    elementId: '0xae',
    elementPath: 'Segment/Tracks/TrackEntry',
  },
  'more elements than any chunk has': {
    bytes: function* () {
      yield MEDIA;
      yield* repeated(1_001, Buffer.alloc(2_000, element(ID.Void)));
    },
    says: /more than 1000000 elements/,
    // Tags, Tag and three SimpleTags, the Cluster and its Timestamp come first.
    at: MEDIA.length + 2 * (1_000_000 - 7),
    elementId: '0xec',
    elementPath: 'Segment/Cluster/Void',
  },
  'more frames than any chunk has, in half a kilobyte': {
    bytes: Buffer.concat([MEDIA, ...new Array<Buffer>(80).fill(LACED)]),
    says: /more than 20000 frames in a chunk/,
    at: MEDIA.length + 78 * LACED.length,
    elementId: '0xa3',
    elementPath: 'Segment/Cluster/SimpleBlock',
  },
  'a frame full of what looks like chunks, and damage after it': {
    bytes: Buffer.concat([MEDIA, MAGIC_BLOCK, Buffer.alloc(2)]),
    says: /cannot be read/,
    at: MEDIA.length + MAGIC_BLOCK.length,
    elementPath: 'Segment/Cluster',
  },
  'an unknown element of unknown size': {
    bytes: Buffer.concat([FRONT, elementOfUnknownSize(0x4dbc, 8, 'what')]),
    says: /unknown size/,
    at: FRONT.length,
    elementId: '0x4dbc',
    elementPath: 'Segment/0x4dbc',
  },
  'an unknown element that declares a gigabyte': {
    bytes: Buffer.concat([FRONT, elementThatLies(0x4dbc, GIGABYTE, 'what')]),
    says: /too large/,
    at: FRONT.length,
    elementId: '0x4dbc',
    elementPath: 'Segment/0x4dbc',
  },
  'an EBML header that declares a gigabyte': {
    bytes: elementThatLies(ID.EBML, GIGABYTE, 'what'),
    says: /element of 1024 MB, where 1024 bytes are allowed/,
    at: 0,
    elementId: '0x1a45dfa3',
    elementPath: 'EBML',
  },
  'a block that declares a gigabyte': {
    bytes: Buffer.concat([MEDIA, elementThatLies(ID.SimpleBlock, GIGABYTE, 'short')]),
    ErrorType: 'ChunkTooLarge',
    says: /limit of 8 MB/,
    at: MEDIA.length,
    elementId: '0xa3',
    elementPath: 'Segment/Cluster/SimpleBlock',
  },
  'a chunk of more than the node takes': {
    bytes: function* () {
      yield MEDIA;
      yield* repeated(MAX_CHUNK_MB + 4, MEGABYTE_BLOCK);
    },
    ErrorType: 'ChunkTooLarge',
    says: /limit of 8 MB/,
    at: MEDIA.length + (MAX_CHUNK_MB - 1) * MEGABYTE_BLOCK.length,
    elementId: '0xa3',
    elementPath: 'Segment/Cluster/SimpleBlock',
    surely: true,
  },
};

/** What the reader leaves out and continues after: no error, since the chunk has no media. */
const LEFT_OUT: Readonly<Record<string, () => Iterable<Buffer>>> = {
  '200,000 tags': function* () {
    yield FRONT;
    yield* repeated(4_000, MANY_TAGS);
  },
  'tags within tags, nine deep': () => [FRONT, DEEP_TAGS],
};

/** Nothing else comes, twice; then the stream as it is. */
const INSTEAD: Readonly<Record<string, { headers: Record<string, string>; bytes: Buffer }>> = {
  'a web page with status 200': {
    headers: { 'Content-Type': 'text/html' },
    bytes: Buffer.from('<!doctype html><html><title>Please log in</title></html>'),
  },
  'JSON with status 200': {
    headers: { 'Content-Type': 'application/json' },
    bytes: Buffer.from('{"Message":"Rate exceeded"}'),
  },
  'gzip that nobody asked for': {
    headers: { 'Content-Encoding': 'gzip' },
    bytes: gzipSync(Buffer.concat(GOOD.map(({ bytes }) => bytes))),
  },
};

/** A name that a stream may have. */
const slug = (name: string): string => name.replace(/\W+/g, '-');

/** A stream with the bytes between two of its good chunks. */
const withBytes = (bytes: () => Iterable<Buffer>): HostileStream => ({
  parts: [...(FIRST === undefined ? [] : [FIRST]), { bytes }, ...REST],
});

const STREAMS: Readonly<Record<string, HostileStream>> = {
  warm: { parts: GOOD },
  ...Object.fromEntries(
    Object.entries(CASES).map(([name, { bytes }]) => [
      slug(name),
      withBytes(typeof bytes === 'function' ? bytes : () => [bytes]),
    ]),
  ),
  ...Object.fromEntries(Object.entries(LEFT_OUT).map(([name, bytes]) => [slug(name), withBytes(bytes)])),
  ...Object.fromEntries(
    Object.entries(INSTEAD).map(([name, instead]) => [
      slug(name),
      { parts: GOOD, instead: { times: 2, ...instead } },
    ]),
  ),
};

/** The most memory that the process has ever had, in bytes. */
const PEAK = `module.exports.httpAdminMiddleware = (request, response, next) =>
  request.url === '/peak' ? response.json(process.resourceUsage().maxRSS * 1024) : next();`;

/** All at once, each on a stream and a node of its own. */
describe('hostile bytes in the responses that a real Node-RED gets', function () {
  this.timeout(180_000);
  const service = new HostileService(STREAMS);
  const collector = new Collector();
  let nodeRed: RunningNodeRed | undefined;
  let peakBefore = 0;

  const errorsOf = (topic: string): Record<string, unknown>[] =>
    collector
      .of('errors')
      .filter((message) => message.topic === topic)
      .map(({ payload }) => payload as Record<string, unknown>);
  const mediaOf = (topic: string): typeof collector.messages =>
    collector.of('media').filter((message) => message.topic === topic);
  const flow = (streams: readonly string[]): Parameters<RunningNodeRed['deploy']>[0] => [
    { id: 'tab', type: 'tab', label: 'hostile' },
    simulatorConfig(service.endpoint),
    ...streams.map((stream, i) =>
      mediaNode(`media${i}`, 'tab', {
        ...{ stream, startSelectorType: 'EARLIEST', resume: false, maxChunkMB: MAX_CHUNK_MB },
        // The responses stay open, and the slowest machine may need longer for all of them than the usual 20 s.
        stallTimeoutSeconds: 600,
      }),
    ),
    ...collector.nodes('tab', ['media', 'errors']),
  ];
  const peak = async (): Promise<number> => Number(await nodeRed?.admin('/peak'));

  before(async () => {
    await service.start();
    await collector.start();
    nodeRed = await startNodeRed({
      settingsScript: PEAK,
      flows: flow(['warm']),
      credentials: { config: SIMULATOR_KEYS },
    });
    await collector.until('good media', () => mediaOf('warm').length === GOOD.length);
    peakBefore = await peak();
    await nodeRed.deploy(flow(Object.keys(STREAMS).filter((name) => name !== 'warm')));
  });
  after(async () => {
    await nodeRed?.stop();
    await collector.stop();
    await service.stop();
  });

  async function goodMedia(stream: string): Promise<void> {
    await collector.until(
      `the good chunks of ${stream}`,
      () => mediaOf(stream).length >= GOOD.length,
      120_000,
    );
    const got = mediaOf(stream);
    assert.deepEqual(
      got.map(({ kvs }) => kvs?.['FragmentNumber']),
      GOOD.map(({ number }) => String(number)),
      'each good chunk once and in order',
    );
    assert.ok(GOOD.every(({ bytes }, i) => got[i]?.bytes?.equals(bytes) === true));
  }

  for (const name of Object.keys(LEFT_OUT)) {
    it(`${name}: left out, and the next good chunks come`, async () => {
      await goodMedia(slug(name));
      assert.deepEqual(errorsOf(slug(name)), []);
    });
  }

  for (const [name, expected] of Object.entries(CASES)) {
    const { ErrorType = 'MalformedMedia', surely = false } = expected;
    it(`${name}: ${ErrorType} with its place, and the next good chunks come`, async () => {
      await goodMedia(slug(name));
      const errors = errorsOf(slug(name));
      assert.deepEqual(
        errors.map((error) => [error['ErrorType'], error['action']]),
        (surely ? ['skip'] : ['retry', 'retry', 'skip']).map((action) => [ErrorType, action]),
      );
      const { message, elementId, elementPath, byteOffset } = errors[0] ?? {};
      assert.match(String(message), expected.says);
      const place = `at byte ${String(byteOffset)} of the response, in ${expected.elementPath}`;
      assert.ok(ErrorType === 'ChunkTooLarge' || String(message).includes(place), String(message));
      assert.ok(String(message).length < 500);
      assert.deepEqual(
        { byteOffset, elementId, elementPath },
        { byteOffset: AT + expected.at, elementId: expected.elementId, elementPath: expected.elementPath },
      );
    });
  }

  for (const name of Object.keys(INSTEAD)) {
    it(`${name}: MalformedMedia, and the stream's chunks come`, async () => {
      await goodMedia(slug(name));
      const told = errorsOf(slug(name)).map((error) => [
        error['ErrorType'],
        error['action'],
        error['byteOffset'],
      ]);
      const once = ['MalformedMedia', 'retry', 0];
      assert.deepEqual(told, [once, once]);
    });
  }

  it('makes no more messages than there are chunks and reports', () => {
    for (const stream of Object.keys(STREAMS)) {
      assert.equal(mediaOf(stream).length, GOOD.length, stream);
      assert.ok(errorsOf(stream).length <= 3, stream);
    }
    assert.ok(collector.messages.length <= Object.keys(STREAMS).length * (GOOD.length + 3));
  });

  it('leaves the memory flat, and nothing unhandled in the log', async () => {
    // All streams are read at the same time, and how much garbage there is at the worst moment depends on the machine
    // (90 to 340 MiB). An input that becomes more than it is costs gigabytes.
    const grown = (await peak()) - peakBefore;
    assert.ok(grown < 640 * MEGABYTE, `grew by ${Math.round(grown / MEGABYTE)} MiB`);
    assert.deepEqual(
      nodeRed?.log.filter((line) => /unhandled|uncaught|TypeError|RangeError/i.test(line)),
      [],
    );
  });
});
