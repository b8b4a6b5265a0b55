import assert from 'node:assert/strict';
import type { StreamRef } from '../../src/options';
import type { Position } from '../../src/session';
import { LocalCoordinator, type WantedStream } from '../../src/streams';
import { settle } from '../../testing/virtual-clock';

const wanted = (StreamName: string): WantedStream => ({ stream: { StreamName } });

function coordinator(most = 100) {
  const stored = new Map<string, Position>();
  const told: string[] = [];
  let waiting = 0;
  const subject = new LocalCoordinator(
    'here',
    {
      load: ({ StreamName }: StreamRef) => Promise.resolve(stored.get(StreamName)),
      save: ({ StreamName }, position) => stored.set(StreamName, position),
      clear: ({ StreamName }) => stored.delete(StreamName),
      release: () => undefined,
      close: () => Promise.resolve(),
    },
    most,
    (streams) => {
      waiting = streams;
    },
  );
  subject.start({
    assigned: ({ stream, position }) =>
      told.push(`read ${stream.StreamName} ${position?.FragmentNumber ?? 'from the start'}`),
    revoked: (StreamName) => told.push(`hand over ${StreamName}`),
    lost: (StreamName) => told.push(`drop ${StreamName}`),
    guard: () => undefined,
    changed: () => undefined,
    event: () => undefined,
    error: () => undefined,
  });
  return { subject, stored, told, waiting: () => waiting };
}

describe('a fleet that is not shared', () => {
  it('reads every stream from its checkpoint, and one with a start selector from there', async () => {
    const { subject, stored, told } = coordinator();
    stored.set('a', { FragmentNumber: '7' }).set('b', { FragmentNumber: '8' });
    subject.add(wanted('a'));
    subject.add({ ...wanted('b'), startSelector: { StartSelectorType: 'EARLIEST' } });
    await settle();
    assert.deepEqual(told.sort(), ['read a 7', 'read b from the start']);
    assert.ok(subject.maySend('a'));
  });

  it('drops a removed stream at once, and forgets the place of one that does not exist any more', async () => {
    const { subject, stored, told } = coordinator();
    stored.set('a', { FragmentNumber: '7' }).set('b', { FragmentNumber: '8' });
    subject.add(wanted('a'));
    subject.add(wanted('b'));
    await settle();
    subject.remove('a', true);
    subject.remove('b', false);
    assert.deepEqual(told.slice(2), ['drop a', 'drop b']);
    assert.equal(subject.maySend('a'), false);
    assert.deepEqual([...stored.keys()], ['b']);
  });

  it('does not begin a stream that is removed while its checkpoint is read', async () => {
    const { subject, told } = coordinator();
    subject.add(wanted('a'));
    subject.remove('a', false);
    await settle();
    assert.deepEqual(told, ['drop a']);
  });

  it('reads no more streams than it may, and the next ones as places become free', async () => {
    const { subject, told, waiting } = coordinator(2);
    ['a', 'b', 'c', 'd'].map(wanted).forEach((each) => {
      subject.add(each);
    });
    await settle();
    assert.equal(waiting(), 2);
    subject.remove('a', true);
    subject.released('b');
    await settle();
    assert.equal(waiting(), 0);
    assert.deepEqual(
      told,
      ['a', 'b', 'c', 'd'].flatMap((name) => [`read ${name} from the start`]).toSpliced(2, 0, 'drop a'),
    );
  });

  it('hands all over when it is drained, and takes them again when it joins', async () => {
    const { subject, stored, told } = coordinator();
    subject.add(wanted('a'));
    await settle();
    subject.drain();
    assert.ok(subject.maySend('a'), 'until it is handed over');
    subject.checkpoint({ StreamName: 'a' }, { FragmentNumber: '9' });
    subject.released('a');
    subject.add(wanted('b'));
    await settle();
    assert.deepEqual(stored.get('a'), { FragmentNumber: '9' });
    assert.deepEqual(told, ['read a from the start', 'hand over a']);
    subject.join();
    await settle();
    assert.deepEqual(told.slice(2), ['read a 9', 'read b from the start']);
  });

  it('reads a stream whose bound is reached only when it is added again', async () => {
    const { subject, told } = coordinator();
    subject.add(wanted('a'));
    await settle();
    subject.released('a');
    subject.drain();
    subject.join();
    await settle();
    assert.equal(told.length, 1);
    subject.add(wanted('a'));
    await settle();
    assert.equal(told.length, 2);
  });
});
