import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { planFor, type Holding, type Place } from '../../src/fleet';

const places = (...limits: number[]): Place[] =>
  limits.map((maxStreams, index) => ({ id: `m${index}`, maxStreams }));

/** Streams by owner: so many for each member; those of the last number are free. */
function holdings(...loads: number[]): Holding[] {
  return loads.flatMap((count, index) =>
    Array.from({ length: count }, (_, each) => ({
      StreamName: `s${index}-${each}`,
      ...(index === loads.length - 1 ? {} : { owner: `m${index}` }),
    })),
  );
}

const half = () => 0.5;

describe('the plan of a member', () => {
  it('takes free streams up to its share', () => {
    const plan = planFor('m0', places(Infinity, Infinity, Infinity), holdings(0, 0, 0, 10), half);
    assert.equal(plan.claims.length, 4);
    assert.deepEqual(plan.asks, []);
  });

  it('asks the most loaded member for as many as make the loads even', () => {
    const plan = planFor('m2', places(Infinity, Infinity, Infinity), holdings(6, 3, 0, 0), half);
    assert.equal(plan.asks.length, 3);
    assert(plan.asks.every((name) => name.startsWith('s0-')));
  });

  it('asks for nothing where the loads differ by one', () => {
    assert.deepEqual(planFor('m1', places(Infinity, Infinity), holdings(4, 3, 0), half).asks, []);
  });

  it('takes no more than the member may read, and leaves the rest to the others', () => {
    const some = places(2, Infinity);
    assert.equal(planFor('m0', some, holdings(0, 0, 10), half).claims.length, 2);
    assert.equal(planFor('m1', some, holdings(0, 0, 10), half).claims.length, 8);
  });

  it('says how many streams have no place', () => {
    assert.equal(planFor('m0', places(2, 3), holdings(2, 3, 4), half).homeless, 4);
    assert.equal(planFor('m0', places(2, Infinity), holdings(2, 3, 4), half).homeless, 0);
  });

  it('hands over what makes the loads more even, and keeps the rest', () => {
    const asked = holdings(4, 2, 0).map((holding, index) =>
      index < 3 ? { ...holding, wanted: 'm1' } : holding,
    );
    const plan = planFor('m0', places(Infinity, Infinity), asked, half);
    assert.deepEqual([plan.handOvers.length, plan.declines.length], [1, 2]);
  });

  it('keeps what a member asked for that is gone', () => {
    const asked = holdings(2, 0, 0).map((holding) => ({ ...holding, wanted: 'm9' }));
    assert.equal(planFor('m0', places(Infinity, Infinity), asked, half).declines.length, 2);
  });

  it('of all members, carried out one after the other, ends with loads that differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 12 }), { minLength: 2, maxLength: 7 }),
        fc.nat(),
        (loads, chance) => {
          const members = loads.slice(0, -1).map((_, index) => ({ id: `m${index}`, maxStreams: Infinity }));
          let state = holdings(...loads);
          let moves = 0;
          for (let round = 0; round < 3; round += 1) {
            for (const { id } of members) {
              const plan = planFor(id, members, state, () => (chance % 97) / 97);
              const taken = new Set([...plan.claims, ...plan.asks]);
              moves += taken.size;
              state = state.map((holding) =>
                taken.has(holding.StreamName) ? { ...holding, owner: id } : holding,
              );
            }
          }
          const counts = members.map(({ id }) => state.filter(({ owner }) => owner === id).length);
          assert(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
          assert(state.every(({ owner }) => owner !== undefined));
          assert(moves <= 2 * state.length, `${moves} moves of ${state.length} streams`);
        },
      ),
    );
  });
});
