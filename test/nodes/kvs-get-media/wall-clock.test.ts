import assert from 'node:assert/strict';
import { Checkpoints } from '../../../nodes/shared/checkpoints/checkpoints';
import { Account } from '../../../nodes/shared/account';
import { GetMediaNode } from '../../../nodes/kvs-get-media/get-media-node';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';

describe('a node whose machine’s clock is set back by two hours', () => {
  it('goes on showing its status', async () => {
    const clock = new VirtualClock();
    const shown: (string | undefined)[] = [];
    const quiet = (): void => undefined;
    const account = new Account(
      { region: 'eu-central-1', auth: 'keys', endpoint: 'http://127.0.0.1:1' },
      { accessKeyId: 'a', secretAccessKey: 'b' },
      () => undefined,
    );
    const node = new GetMediaNode(
      {
        ...{
          takesMedia: () => false,
          media: quiet,
          frame: quiet,
          flush: quiet,
          error: quiet,
          raise: quiet,
          warn: quiet,
          log: quiet,
          words: english,
        },
        status: ({ text }) => {
          shown.push(text);
        },
      },
      { stream: 'demo', startSelectorType: 'NOW', resume: false },
      account,
      () => new Checkpoints('clock', { get: quiet, set: quiet }, undefined, quiet, clock),
      clock,
    );
    node.begin();
    await clock.advance(1_000);
    assert.notEqual(shown.length, 0);
    clock.setWall(-7_200_000);
    await node.handle({ action: 'pause' });
    await clock.advance(1_000);
    assert.equal(shown.at(-1), 'paused');
    await node.handle({ action: 'stop' });
  });
});
