import assert from 'node:assert/strict';
import type { Tags, Track } from '../../src/matroska';
import { FrameMemory } from '../../nodes/shared/frame-memory';
import { chunkMessage, frameMessage } from '../../nodes/shared/media-messages';
import { SharedTagsAndTracks } from '../../nodes/shared/tags-and-tracks';
import { CallLimiter, Session } from '../../src/session';
import { TagInheritance } from '../../src/session/tag-inheritance';
import { chunk, tags } from '../../testing/matroska-writer';
import { ScriptedService } from '../../testing/scripted-service';
import { VirtualClock, settle } from '../../testing/virtual-clock';

const TRACKS: readonly Track[] = [{ number: 1, type: 'audio', codecId: 'A_AAC' }];

/** A fragment number of today's form. */
const numbered = (sequence: number): string =>
  BigInt(
    `0x1${sequence.toString(16).padStart(16, '0')}${(1_700_000_000_000 + sequence).toString(16).padStart(16, '0')}0000000`,
  ).toString();

interface Given {
  readonly FragmentNumber?: string;
  readonly ProducerTimestamp?: number;
  readonly tracks?: readonly Track[];
}

describe('tags of fragments before', () => {
  let inheritance: TagInheritance;
  let next: number;

  beforeEach(() => {
    inheritance = new TagInheritance();
    next = 1;
  });

  const complete = (tags: Readonly<Record<string, string | string[]>>, given: Given = {}) => {
    const sequence = next++;
    const map: Tags = new Map(Object.entries(tags).map(([name, value]) => [name, [value].flat()]));
    const { tags: completed, inheritedTags } = inheritance.complete({
      FragmentNumber: numbered(sequence),
      ProducerTimestamp: sequence * 1_000,
      tracks: TRACKS,
      ...given,
      tags: map,
    });
    return { tags: Object.fromEntries(completed), ...(inheritedTags === undefined ? {} : { inheritedTags }) };
  };

  it('are taken over by name, with all their values, and named', () => {
    assert.deepEqual(complete({ ContactId: 'c1', MimeType: 'audio/L16', seen: ['a', 'b'] }), {
      tags: { ContactId: ['c1'], MimeType: ['audio/L16'], seen: ['a', 'b'] },
    });
    assert.deepEqual(complete({ MimeType: 'audio/other' }), {
      tags: { MimeType: ['audio/other'], ContactId: ['c1'], seen: ['a', 'b'] },
      inheritedTags: ['ContactId', 'seen'],
    });
    assert.deepEqual(complete({}), {
      tags: { ContactId: ['c1'], MimeType: ['audio/other'], seen: ['a', 'b'] },
      inheritedTags: ['ContactId', 'seen', 'MimeType'],
    });
  });

  it('are taken back by an empty value', () => {
    complete({ alarm: 'on' });
    assert.deepEqual(complete({ alarm: '' }), { tags: { alarm: [''] } });
    assert.deepEqual(complete({}), { tags: {} });
  });

  it('are not those of the service, whose event tags are of one fragment alone', () => {
    complete({ AWS_KINESISVIDEO_NOTIFICATION: '', AWS_KINESISVIDEO_IMAGE_GENERATION: 'x' });
    assert.deepEqual(complete({}), { tags: {} });
  });

  const ends: readonly [name: string, tags: Record<string, string>, given: Given][] = [
    ['other tracks', {}, { tracks: [{ number: 1, type: 'audio', codecId: 'A_MS/ACM' }] }],
    ['a producer’s time that goes back', {}, { ProducerTimestamp: 5 }],
    ['a jump of the numbering to another block', {}, { FragmentNumber: numbered(4_001) }],
    ['another call', { ContactId: 'c2' }, {}],
  ];
  for (const [name, tags, given] of ends) {
    it(`end with ${name}`, () => {
      complete({ ContactId: 'c1', InstanceId: 'i1' });
      const { inheritedTags } = complete(tags, given);
      assert.equal(inheritedTags, undefined);
    });
  }

  it('last over a gap, over the end of a block of numbers, and where the tracks are alike', () => {
    complete({ camera: 'door' }, { FragmentNumber: numbered(998) });
    for (const sequence of [1_000, 1_001, 1_002]) {
      const { inheritedTags } = complete(
        {},
        {
          FragmentNumber: numbered(sequence),
          tracks: structuredClone(TRACKS),
        },
      );
      assert.deepEqual(inheritedTags, ['camera'], String(sequence));
    }
  });

  it('last where the numbers are of an unknown form', () => {
    complete({ camera: 'door' }, { FragmentNumber: '7' });
    assert.deepEqual(complete({}, { FragmentNumber: '9' }).inheritedTags, ['camera']);
  });

  it('take little memory, however many names there are', () => {
    for (let i = 0; i < 1_000; i++) {
      complete({ [`tag${i}`]: 'x', kept: 'y' });
    }
    const { inheritedTags = [] } = complete({});
    assert.equal(inheritedTags.length, 100);
    assert.ok(inheritedTags.includes('kept') && inheritedTags.includes('tag999'));
  });

  it('complete the head of a chunk once for all its frames, and then the chunk, whose own closing tags win', () => {
    complete({ camera: 'door', place: 'north' });
    const head = { FragmentNumber: numbered(2), ProducerTimestamp: 2_000, tracks: TRACKS, tags: new Map() };
    const first = inheritance.completeHead(head);
    assert.deepEqual(first.inheritedTags, ['camera', 'place']);
    assert.equal(inheritance.completeHead(head), first);
    const whole = inheritance.complete({ ...head, tags: new Map([['place', ['south']]]) });
    assert.deepEqual(whole.inheritedTags, ['camera']);
    assert.deepEqual(inheritance.completeHead({ ...head, FragmentNumber: numbered(3) }).tags.get('place'), [
      'south',
    ]);
  });
});

describe('a session that completes tags', () => {
  const CHUNKS = [
    chunk({
      number: '1',
      before: tags(['camera', 'door'], ['place', 'north']),
      after: tags(['ContactId', 'c1']),
    }),
    chunk({ number: '2', before: tags(['place', 'south']) }),
  ];

  for (const emit of ['chunk', 'frame'] as const) {
    it(`sends ${emit}s with tags of the fragments before, and names them in the message`, async () => {
      const service = new ScriptedService();
      const kvs: Record<string, unknown>[] = [];
      const take = (msg: object): void => {
        kvs.push((msg as { kvs: Record<string, unknown> }).kvs);
      };
      const [memory, shared] = [new FrameMemory(), new SharedTagsAndTracks()];
      const stream = { StreamName: 'demo' };
      const nothing = (): void => undefined;
      const session = new Session(
        {
          ...{
            stream,
            emit,
            inheritTags: true,
            startSelector: { StartSelectorType: 'EARLIEST' },
            tracks: [],
          },
          ...{
            maxInFlight: 0,
            keepTrying: true,
            stallTimeoutMs: 20_000,
            ackTimeoutMs: 1,
            maxChunkBytes: 1e6,
          },
        },
        { service, clock: new VirtualClock(), limiter: new CallLimiter(), streamKey: 'demo' },
        {
          ...{ error: nothing, state: nothing, checkpoint: nothing },
          chunk: (delivery) => {
            take(chunkMessage(stream, delivery));
          },
          frame: (delivery) => {
            take(frameMessage(stream, delivery, memory, shared));
          },
        },
      );
      session.start();
      await settle();
      const response = service.last.open();
      await settle();
      for (const bytes of CHUNKS) {
        response.push(bytes);
      }
      await settle();
      session.stop();
      const found = kvs.map(({ FragmentNumber, tags: given, inheritedTags }) => [
        FragmentNumber,
        given,
        inheritedTags,
      ]);
      const closing = emit === 'chunk' ? { ContactId: 'c1' } : {};
      const first = ['1', { camera: 'door', place: 'north', ...closing }, undefined];
      const second = ['2', { camera: 'door', place: 'south', ContactId: 'c1' }, ['camera', 'ContactId']];
      assert.deepEqual(found, emit === 'chunk' ? [first, second] : [first, first, second, second]);
    });
  }
});
