import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Simulator } from '../../../src/simulator';

describe('simulator: adding a stream', () => {
  it('refuses a stream whose name is taken or malformed, and a file that is none', () => {
    const simulator = new Simulator();
    simulator.addStream({ name: 'a' });
    assert.throws(() => simulator.addStream({ name: 'a' }), /already/);
    assert.throws(() => simulator.addStream({ name: 'a b' }), /cannot be a stream's name/);
    const file = path.join(tmpdir(), `kvs-simulator-${process.pid}.mkv`);
    assert.throws(() => simulator.addStream({ name: 'b', source: { file } }), /ENOENT/);
    writeFileSync(file, 'nonsense');
    try {
      assert.throws(() => simulator.addStream({ name: 'b', source: { file } }), /neither Matroska nor WebM/);
    } finally {
      rmSync(file);
    }
  });
});
