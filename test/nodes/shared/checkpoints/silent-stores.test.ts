import assert from 'node:assert/strict';
import { Checkpoints } from '../../../../nodes/shared/checkpoints/checkpoints';
import type { NodeContext } from '../../../../nodes/shared/checkpoints/context-store';
import { english } from '../../../../testing/texts';
import { VirtualClock, settle } from '../../../../testing/virtual-clock';

const OWNER = { stream: { StreamName: 'demo' }, account: { region: 'eu-central-1' } };
const RECORD = { version: 1, StreamName: 'demo', region: 'eu-central-1', FragmentNumber: '17' };

type Get = (error: unknown, value?: unknown) => void;

/** A store that answers when the test says so, or never. */
class SilentStore implements NodeContext {
  readonly reads: Get[] = [];
  readonly writes: { readonly value: unknown; readonly done: (error: unknown) => void }[] = [];

  get(_key: string, _store: string | undefined, done: Get): void {
    this.reads.push(done);
  }

  set(_key: string, value: unknown, _store: string | undefined, done: (error: unknown) => void): void {
    this.writes.push({ value, done });
  }
}

describe('a context store that does not answer', () => {
  let nodes = 0;
  let clock: VirtualClock;
  let store: SilentStore;
  let kept: Checkpoints;
  let told: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    store = new SilentStore();
    told = [];
    kept = new Checkpoints(
      `silent${nodes++}`,
      store,
      undefined,
      (what) => told.push(english.sentences(what)),
      clock,
    );
  });
  afterEach(() => {
    assert.equal(clock.pending, 0, 'no timer is left');
  });

  it('is waited for 10 s when the checkpoint is read; then reading begins where the settings say', async () => {
    const position = kept.load(OWNER);
    await clock.advance(9_999);
    assert.deepEqual(told, []);
    await clock.advance(1);
    assert.equal(await position, undefined);
    assert.match(told.join(), /could not be read .* no answer within 10 s/);
  });

  it('may be slow', async () => {
    const position = kept.load(OWNER);
    await clock.advance(9_000);
    store.reads[0]?.(null, RECORD);
    assert.deepEqual(await position, { FragmentNumber: '17' });
    await clock.advance(9_000);
    assert.deepEqual(told, []);
  });

  it('is too late to be heard after that', async () => {
    const position = kept.load(OWNER);
    await clock.advance(10_000);
    await position;
    store.reads[0]?.(new Error('late'));
    assert.equal(told.length, 1);
  });

  it('is not waited for where memory has the place', async () => {
    kept.save(OWNER, { FragmentNumber: '18' });
    assert.deepEqual(await kept.load(OWNER), { FragmentNumber: '18' });
    assert.equal(store.reads.length, 0);
    const closed = kept.close();
    await clock.advance(10_000);
    await closed;
  });

  it('holds up nothing when the node is closed meanwhile', async () => {
    void kept.load(OWNER);
    await settle();
    await kept.close();
    assert.equal(clock.pending, 0);
  });
});
