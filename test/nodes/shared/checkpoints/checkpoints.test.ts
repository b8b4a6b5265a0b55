import assert from 'node:assert/strict';
import { readCheckpoint } from '../../../../nodes/shared/checkpoints/checkpoint-record';
import { Checkpoints } from '../../../../nodes/shared/checkpoints/checkpoints';
import type { NodeContext } from '../../../../nodes/shared/checkpoints/context-store';
import type { Statement } from '../../../../src/statement';
import { english } from '../../../../testing/texts';
import { VirtualClock, settle } from '../../../../testing/virtual-clock';

const OWNER = { stream: { StreamName: 'demo' }, account: { region: 'eu-central-1' } };
const RECORD = { version: 1, StreamName: 'demo', region: 'eu-central-1', FragmentNumber: '17' };

let nodes = 0;

/** An asynchronous store whose writes the test completes one by one. */
class SlowStore implements NodeContext {
  value: unknown;
  readonly writes: { value: unknown; done: (error: unknown) => void }[] = [];

  get(_key: string, _store: string | undefined, done: (error: unknown, value?: unknown) => void): void {
    setImmediate(() => {
      done(null, this.value);
    });
  }

  set(_key: string, value: unknown, _store: string | undefined, done: (error: unknown) => void): void {
    this.writes.push({ value, done });
  }

  complete(error?: unknown): void {
    const write = this.writes.shift();
    assert.ok(write !== undefined, 'a write is under way');
    this.value = error === undefined ? write.value : this.value;
    write.done(error);
  }
}

function checkpoints(store: NodeContext, id = `node${nodes++}`): { kept: Checkpoints; told: string[] } {
  const told: string[] = [];
  return {
    kept: new Checkpoints(
      id,
      store,
      undefined,
      (what) => told.push(english.sentences(what)),
      new VirtualClock(),
    ),
    told,
  };
}

describe('checkpoints', () => {
  it('come back from the context store', async () => {
    const store = new SlowStore();
    store.value = { ...RECORD, ContinuationToken: 'token', ServerTimestamp: 5 };
    const { kept, told } = checkpoints(store);
    assert.deepEqual(await kept.load(OWNER), {
      FragmentNumber: '17',
      ContinuationToken: 'token',
      ServerTimestamp: 5,
    });
    assert.deepEqual(told, []);
  });

  it('come back from memory where Node-RED has dropped the context at redeploy', async () => {
    const store = new SlowStore();
    const first = checkpoints(store, 'redeployed');
    first.kept.save(OWNER, { FragmentNumber: '18' });
    store.complete();
    await first.kept.settled();
    const again = checkpoints(new SlowStore(), 'redeployed');
    assert.deepEqual(await again.kept.load(OWNER), { FragmentNumber: '18' });
  });

  it('of several streams that one node reads are kept apart, each under its own key', async () => {
    const stored = new Map<string, unknown>();
    const store: NodeContext = {
      get: (key, _store, done) => {
        done(null, stored.get(key));
      },
      set: (key, value, _store, done) => {
        stored.set(key, value);
        done(null);
      },
    };
    const report = (what: readonly Statement[]): void => {
      assert.fail(english.sentences(what));
    };
    const keptOf = (key: string) =>
      new Checkpoints('several', store, undefined, report, new VirtualClock(), key);
    const [door, hall] = [keptOf('door'), keptOf('hall')];
    door.save(OWNER, { FragmentNumber: '1' });
    hall.save(OWNER, { FragmentNumber: '2' });
    await Promise.all([door.settled(), hall.settled()]);
    assert.deepEqual([...stored.keys()], ['door', 'hall']);
    assert.deepEqual(await keptOf('door').load(OWNER), { FragmentNumber: '1' });
    assert.deepEqual(await keptOf('hall').load(OWNER), { FragmentNumber: '2' });
  });

  it('never overlap and never queue: a slow store gets the newest', async () => {
    const store = new SlowStore();
    const { kept } = checkpoints(store);
    for (const FragmentNumber of ['1', '2', '3', '4']) {
      kept.save(OWNER, { FragmentNumber });
    }
    assert.equal(store.writes.length, 1);
    store.complete();
    await settle();
    assert.equal(store.writes.length, 1);
    store.complete();
    await kept.settled();
    assert.equal((store.value as { FragmentNumber: string }).FragmentNumber, '4');
  });

  it('that an instance could not write any more are written by the next one', async () => {
    const clock = new VirtualClock();
    const [silent, store] = [new SlowStore(), new SlowStore()];
    const first = new Checkpoints('replaced', silent, undefined, () => undefined, clock);
    first.save(OWNER, { FragmentNumber: '18' });
    const closed = first.close();
    await clock.advance(2_000);
    await closed;
    const next = new Checkpoints('replaced', store, undefined, () => undefined, clock);
    assert.deepEqual(await next.load(OWNER), { FragmentNumber: '18' });
    await clock.advance(10_000);
    store.complete();
    assert.equal((store.value as { FragmentNumber: string }).FragmentNumber, '18');
    await next.close();
  });

  it('are forgotten on request', async () => {
    const store = new SlowStore();
    const { kept } = checkpoints(store, 'forgetful');
    kept.save(OWNER, { FragmentNumber: '1' });
    store.complete();
    await kept.settled();
    kept.clear();
    store.complete();
    assert.equal(await kept.load(OWNER), undefined);
  });

  it('survive a store that throws', async () => {
    const broken: NodeContext = {
      get: () => {
        throw new Error('no such store');
      },
      set: () => {
        throw new Error('no such store');
      },
    };
    const { kept, told } = checkpoints(broken);
    assert.equal(await kept.load(OWNER), undefined);
    kept.save(OWNER, { FragmentNumber: '1' });
    await kept.settled();
    assert.equal(told.length, 2);
  });

  const bad: readonly [name: string, value: unknown, problem: RegExp][] = [
    ['text', 'x', /not an object/],
    ['another version', { ...RECORD, version: 2 }, /version/],
    ['another stream', { ...RECORD, StreamName: 'other' }, /another stream/],
    ['another region', { ...RECORD, region: 'us-east-1' }, /another stream/],
    ['another endpoint', { ...RECORD, endpoint: 'http://127.0.0.1:4567' }, /another stream/],
    ['a number for a fragment number', { ...RECORD, FragmentNumber: 17 }, /FragmentNumber/],
  ];
  for (const [name, value, problem] of bad) {
    it(`ignore ${name}, and say so`, async () => {
      const found = readCheckpoint(value, OWNER).problem;
      assert.match(found === undefined ? '' : english.sentences([found]), problem);
      const store = new SlowStore();
      store.value = value;
      const { kept, told } = checkpoints(store);
      assert.equal(await kept.load(OWNER), undefined);
      assert.match(told.join(), problem);
    });
  }

  const tokens = [
    '91343852333181432392682062607743920146159169392',
    `v2.${'x'.repeat(150)}`,
    'AQICAHg/a+d==',
  ];
  for (const ContinuationToken of tokens) {
    it(`give back the token ${ContinuationToken.slice(0, 12)}… of ${ContinuationToken.length} characters as it came`, async () => {
      const store = new SlowStore();
      const { kept, told } = checkpoints(store);
      kept.save(OWNER, { FragmentNumber: '17', ContinuationToken });
      store.complete();
      await kept.settled();
      const again = checkpoints(store);
      assert.deepEqual(await again.kept.load(OWNER), { FragmentNumber: '17', ContinuationToken });
      assert.deepEqual([...told, ...again.told], []);
    });
  }

  const unusable: readonly [name: string, value: object][] = [
    ['a token that cannot be printed', { ContinuationToken: 'a\u0000b' }],
    ['an empty token', { ContinuationToken: '' }],
    ['a number for a token', { ContinuationToken: 17 }],
    ['a time that is none', { ServerTimestamp: 'soon' }],
  ];
  for (const [name, value] of unusable) {
    it(`with ${name} are used without it`, () => {
      assert.deepEqual(readCheckpoint({ ...RECORD, ...value }, OWNER), {
        position: { FragmentNumber: '17' },
      });
    });
  }

  it('of another stream are no news where a message chose the stream; broken ones are', async () => {
    const store = new SlowStore();
    const { kept, told } = checkpoints(store);
    store.value = { ...RECORD, StreamName: 'other' };
    assert.equal(await kept.load(OWNER, true), undefined);
    assert.deepEqual(told, []);
    store.value = { ...RECORD, FragmentNumber: 17 };
    assert.equal(await kept.load(OWNER, true), undefined);
    assert.match(told.join(), /FragmentNumber/);
  });
});
