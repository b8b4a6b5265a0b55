import { strict as assert } from 'node:assert';
import { seededRandom } from '../../src/simulator/random';
import { Judge } from '../../testing/fleet-model/judge';
import { ModelMember } from '../../testing/fleet-model/member';
import { ModelNetwork } from '../../testing/fleet-model/network';
import { Process, World } from '../../testing/fleet-model/world';
import { MemoryFleetTable } from '../../testing/memory-fleet-store';

const STREAMS = 200;
const LEASE_MS = 15_000;
const SEED = Number(process.env['KVS_FLEET_SEED'] ?? 1);

describe('the streams of a member that dies', () => {
  it(`are read by the others within a lease and 10 s: 67 of ${STREAMS}, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const world = new World();
    const judge = new Judge<ModelMember>();
    const table = new MemoryFleetTable();
    const calm = { calmAt: 0, outageUntil: 0, lostRequests: 0, lostAnswers: 0, lateRequests: 0 };
    const streams = Array.from({ length: STREAMS }, (_, index) => `s${index}`);
    const members = ['a', 'b', 'c'].map((name) => {
      const machine = new Process(world, 1, 0, random);
      const network = new ModelNetwork(table, machine, calm, random, LEASE_MS / 5);
      let ids = 0;
      const options = {
        ...{ leaseMs: LEASE_MS, maxStreams: 0, host: name, checkpointMs: 10_000 },
        newId: () => `${name}-${ids++}`,
      };
      const member = new ModelMember(name, machine, network, judge, options, 2_000, streams, undefined);
      member.start();
      return member;
    });
    const [victim, ...others] = members;
    assert(victim !== undefined);
    await world.runUntil(60_000);
    assert.deepEqual(members.map(({ reads }) => reads).sort(), [66, 67, 67]);
    victim.process.kill();
    await world.runUntil(60_000 + LEASE_MS + 10_000);
    assert.deepEqual(
      streams.filter((name) => !others.some((member) => member.isReading(name))),
      [],
    );
    assert.deepEqual(judge.violations, []);
  });
});
