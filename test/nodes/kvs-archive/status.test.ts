import assert from 'node:assert/strict';
import type { NodeStatus } from 'node-red';
import type { KvsState } from '../../../nodes/shared/state-to-status';
import { load, useStoredHall } from './archive-flow';

describe('kvs-archive, its status', () => {
  const { simulator, range } = useStoredHall();

  it('shows a state that flows can read', async () => {
    const { statuses, completed, send } = await load(simulator.endpoint, {});
    send(range(10, 9));
    await completed.first();
    const states = async (state: string) =>
      statuses.first((status) => (status as { kvs?: { state?: string } }).kvs?.state === state);
    await states('idle');
    send({ at: 'never' });
    assert.equal((await states('failed')).text, 'InvalidInput');
  });

  it('shows what it retries while the service is away, and that it works again', async () => {
    const { statuses, completed, send } = await load(simulator.endpoint, { output: 'fragments' });
    const failure = { ErrorType: 'InternalFailure', statusCode: 500 } as const;
    simulator.faults.add({ kind: 'http-error', operation: 'ListFragments', ...failure, times: 'always' });
    send(range(10, 9));
    const { fill, text, kvs } = (await statuses.first(
      (status) => (status as { kvs?: KvsState }).kvs?.ErrorType !== undefined,
    )) as NodeStatus & { kvs: KvsState };
    assert.deepEqual(
      [fill, text, kvs.state, kvs.ErrorType],
      ['yellow', 'InternalFailure', 'working', 'InternalFailure'],
    );
    simulator.faults.clear();
    await completed.first();
    assert.equal(
      (await statuses.first((status) => status !== statuses.all[0] && status.fill === 'grey')).text,
      'idle',
    );
  });
});
