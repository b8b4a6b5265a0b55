import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { withAbort } from '../../src/aws/abort';

describe('withAbort', () => {
  it('discards what comes when nobody waits any more', async () => {
    const controller = new AbortController();
    const discarded: string[] = [];
    let finish = (result: string): void => assert.fail(result);
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const pending = withAbort(
      [controller.signal],
      () => work,
      (result) => discarded.push(result),
    );
    controller.abort('enough');
    await assert.rejects(pending, (reason) => reason === 'enough');
    finish('late');
    await work;
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(discarded, ['late']);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('takes a failure that comes when nobody waits any more, without an unhandled rejection', async () => {
    const controller = new AbortController();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const pending = withAbort([controller.signal], (signal) => {
      return new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          setImmediate(reject, new Error('late'));
        });
      });
    });
    controller.abort();
    await assert.rejects(pending, { name: 'AbortError' });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('begins nothing once a signal has aborted, and listens on none', async () => {
    const other = new AbortController();
    await assert.rejects(
      withAbort([other.signal, AbortSignal.abort('gone')], () => assert.fail('begun')),
      (reason) => reason === 'gone',
    );
    assert.equal(getEventListeners(other.signal, 'abort').length, 0);
  });
});
