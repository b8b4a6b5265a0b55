import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Checkpoints } from '../../../../nodes/shared/checkpoints/checkpoints';
import type { NodeContext } from '../../../../nodes/shared/checkpoints/context-store';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../../../testing/properties';
import { english } from '../../../../testing/texts';
import { VirtualClock, settle } from '../../../../testing/virtual-clock';

const OWNER = { stream: { StreamName: 'door' }, account: { region: 'eu-central-1' } };
const OTHER = { ...OWNER, stream: { StreamName: 'gate' } };

interface Write {
  readonly begunAt: number;
  readonly record: { readonly FragmentNumber?: string; readonly StreamName?: string } | undefined;
  /** The record arrives in the store, and the answer at the node. */
  readonly land: () => void;
  readonly fail: (error: Error) => void;
}

/** A store on a server: what it has and when it answers is up to the test. */
class Server {
  constructor(private readonly clock: VirtualClock) {}

  value: Write['record'];
  readonly writes: Write[] = [];

  readonly store: NodeContext = {
    get: (_key, _store, done) => {
      done(null, this.value);
    },
    set: (_key, value, _store, done) => {
      const record = value as Write['record'];
      this.writes.push({
        begunAt: this.clock.now(),
        record,
        land: () => {
          this.value = record;
          done(null);
        },
        fail: done,
      });
    },
  };

  get numbers(): (string | undefined)[] {
    return this.writes.map(({ record }) => record?.FragmentNumber);
  }

  async land(index: number): Promise<void> {
    const write = this.writes[index];
    assert.ok(write !== undefined, `write ${index} has begun`);
    write.land();
    await settle();
  }
}

describe('a slow context store', () => {
  let ids = 0;
  let id: string;
  let clock: VirtualClock;
  let server: Server;
  let told: string[];

  beforeEach(() => {
    id = `slow${ids++}`;
    clock = new VirtualClock();
    server = new Server(clock);
    told = [];
  });

  const instance = (): Checkpoints =>
    new Checkpoints(id, server.store, undefined, (what) => told.push(english.sentences(what)), clock);

  for (const owner of [OWNER, OTHER]) {
    it(`never gets a closed node's write after its successor's, of ${owner === OWNER ? 'the same' : 'a changed'} stream`, async () => {
      const first = instance();
      first.save(OWNER, { FragmentNumber: '1' });
      first.save(OWNER, { FragmentNumber: '2' });
      const closed = first.close();
      await clock.advance(2_000);
      await closed;
      const second = instance();
      second.save(owner, { FragmentNumber: '3' });
      await settle();
      assert.deepEqual(server.numbers, ['1'], 'two writes at a time may land in any order');
      await server.land(0);
      await server.land(1);
      await settle();
      assert.deepEqual(server.numbers, ['1', '3']);
      assert.equal(server.value?.FragmentNumber, '3');
      assert.equal(server.value.StreamName, owner.stream.StreamName);
      assert.deepEqual(told, []);
      await second.close();
      assert.equal(clock.pending, 0);
    });
  }

  it('gets what a node wanted written before it was closed, where it is quick enough', async () => {
    const first = instance();
    first.save(OWNER, { FragmentNumber: '1' });
    first.save(OWNER, { FragmentNumber: '2' });
    const closed = first.close();
    await server.land(0);
    await server.land(1);
    await closed;
    assert.equal(server.value?.FragmentNumber, '2');
    assert.equal(clock.pending, 0);
  });

  it('and its memory take nothing from a node that has a successor', async () => {
    const first = instance();
    const second = instance();
    second.save(OWNER, { FragmentNumber: '7' });
    first.save(OWNER, { FragmentNumber: '1' });
    first.clear();
    await server.land(0);
    assert.deepEqual(server.numbers, ['7']);
    assert.deepEqual(await second.load(OWNER), { FragmentNumber: '7' });
  });

  it('that loses an answer is written to again, with the newest', async () => {
    const kept = instance();
    kept.save(OWNER, { FragmentNumber: '1' });
    await clock.advance(9_000);
    kept.save(OWNER, { FragmentNumber: '2' });
    await clock.advance(1_000);
    assert.match(
      told.join(),
      /^The checkpoint could not be written .* no answer within 10 s\. The node retries\.$/,
    );
    kept.save(OWNER, { FragmentNumber: '3' });
    await clock.advance(1_000);
    assert.deepEqual(server.numbers, ['1', '3']);
    await server.land(1);
    kept.save(OWNER, { FragmentNumber: '4' });
    await server.land(2);
    assert.equal(server.value?.FragmentNumber, '4');
    assert.equal(told.length, 1);
    assert.equal(clock.pending, 0);
  });

  it('that fails is tried again with growing waits though the stream has fallen silent, and is reported once', async () => {
    const kept = instance();
    kept.save(OWNER, { FragmentNumber: '1' });
    for (const [index, waitMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      server.writes[index]?.fail(new Error('disk full'));
      await clock.advance(waitMs - 1);
      assert.equal(server.writes.length, index + 1);
      await clock.advance(1);
      assert.equal(server.writes.length, index + 2);
    }
    await server.land(7);
    assert.deepEqual(told, [
      'The checkpoint could not be written to the context store: disk full. The node retries.',
    ]);
    kept.save(OWNER, { FragmentNumber: '2' });
    server.writes[8]?.fail(new Error('gone'));
    await settle();
    assert.match(told[1] ?? '', /: gone\. /);
    const closed = kept.close();
    await settle();
    await server.land(9);
    await closed;
    assert.equal(server.value?.FragmentNumber, '2', 'tried once more before the node was closed');
    assert.equal(clock.pending, 0);
  });

  it('whose late write replaced a newer record gets that again', async () => {
    const kept = instance();
    kept.save(OWNER, { FragmentNumber: '1' });
    await clock.advance(10_000);
    kept.save(OWNER, { FragmentNumber: '2' });
    await clock.advance(1_000);
    await server.land(1);
    await server.land(0);
    assert.equal(server.value?.FragmentNumber, '1');
    await server.land(2);
    assert.equal(server.value.FragmentNumber, '2');
    assert.equal(clock.pending, 0);
  });

  it('that always answers too late is not written to without end', async () => {
    const kept = instance();
    kept.save(OWNER, { FragmentNumber: '1' });
    await clock.advance(10_500);
    await server.land(0);
    await clock.advance(600_000);
    assert.equal(server.writes.length, 1);
    assert.equal(clock.pending, 0);
  });

  it(`of any behaviour has the newest place of the last instance in the end, and never two writes at a time (seed ${PROPERTY_SEED})`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.constant({ kind: 'save' as const }) },
            { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
            { weight: 1, arbitrary: fc.constant({ kind: 'deploy' as const }) },
            { weight: 3, arbitrary: fc.record({ kind: fc.constant('land' as const), which: fc.nat(5) }) },
            { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), which: fc.nat(5) }) },
            { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
          ),
          { maxLength: 40 },
        ),
        async (steps) => {
          id = `slow${ids++}`;
          clock = new VirtualClock();
          server = new Server(clock);
          const answered = new Set<Write>();
          const open = (): Write[] => server.writes.filter((write) => !answered.has(write));
          let kept = instance();
          let number = 0;
          let newest: string | undefined;
          const check = (): void => {
            const busy = open().filter((write) => clock.now() - write.begunAt < 10_000);
            assert.ok(busy.length <= 1, 'two writes at a time');
          };
          for (const step of steps) {
            switch (step.kind) {
              case 'save':
                newest = String(++number);
                kept.save(OWNER, { FragmentNumber: newest });
                break;
              case 'clear':
                newest = undefined;
                kept.clear();
                break;
              case 'deploy': {
                const closed = kept.close();
                await clock.advance(2_000);
                await closed;
                kept = instance();
                const position = await Promise.race([
                  kept.load(OWNER),
                  settle().then(() => 'asked of the store'),
                ]);
                if (number > 0) {
                  assert.deepEqual(position, newest === undefined ? undefined : { FragmentNumber: newest });
                }
                newest = String(++number);
                kept.save(OWNER, { FragmentNumber: newest });
                break;
              }
              case 'land':
              case 'fail': {
                const write = open()[step.which];
                if (write !== undefined) {
                  answered.add(write);
                  if (step.kind === 'land') {
                    write.land();
                  } else {
                    write.fail(new Error('disk full'));
                  }
                }
                break;
              }
              case 'wait':
                await clock.advance(step.ms);
                break;
            }
            await settle();
            check();
          }
          // The server is quick from now on, and what it had not answered yet comes first.
          for (let turn = 0; turn < 3; turn++) {
            for (let [write] = open(); write !== undefined; [write] = open()) {
              answered.add(write);
              write.land();
              await settle();
              check();
            }
            await clock.advance(30_000);
          }
          if (number > 0) {
            assert.equal(server.value?.FragmentNumber, newest);
          }
          assert.equal(clock.pending, 0);
        },
      ),
      cases(200),
    )).timeout(PROPERTY_TIMEOUT_MS);
});
