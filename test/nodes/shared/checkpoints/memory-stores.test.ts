import assert from 'node:assert/strict';
import { isLostAtRestart, memoryStores } from '../../../../nodes/shared/checkpoints/context-store';

const memory = { module: 'memory' };
const file = { module: 'localfilesystem' };
const server = { module: () => ({}) };

describe('context stores in memory', () => {
  const cases: readonly [name: string, contextStorage: unknown, stores: string[]][] = [
    ['the default store where nothing is configured', undefined, ['', 'memory']],
    ['the default store where no store is configured', {}, ['', 'memory']],
    ['none where the only store is a file', { default: file }, []],
    ['the default store by its name too', { default: memory, file }, ['', 'default']],
    ['the store that "default" stands for', { default: 'fast', fast: memory, file }, ['', 'default', 'fast']],
    ['not the default where that stands for a file', { default: 'kept', kept: file, fast: memory }, ['fast']],
    ['the first store, the default where none is named so', { fast: memory, kept: file }, ['', 'fast']],
    ['not what a module of somebody else does', { default: server }, []],
    ['not what Node-RED keeps to itself', { _: memory, kept: file }, []],
  ];
  for (const [name, contextStorage, stores] of cases) {
    it(`are ${name}`, () => {
      assert.deepEqual(memoryStores(contextStorage), stores);
    });
  }

  it('lose the place at a restart, as does a name that Node-RED does not know where the default is in memory', () => {
    assert.equal(isLostAtRestart({ default: memory, file }, 'file'), false);
    assert.equal(isLostAtRestart({ default: memory, file }, undefined), true);
    assert.equal(isLostAtRestart({ default: memory, file }, 'fiel'), true);
    assert.equal(isLostAtRestart({ default: file, fast: memory }, 'fiel'), false);
    assert.equal(isLostAtRestart({ default: file, fast: memory }, 'fast'), true);
    assert.equal(isLostAtRestart(undefined, 'file'), true);
  });
});
