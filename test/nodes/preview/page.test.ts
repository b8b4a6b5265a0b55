import assert from 'node:assert/strict';
import { accessToken } from '../../../nodes/preview/page/preview-client';
import { behindLive, liveEdge } from '../../../nodes/preview/page/live-edge';

describe('the page of the preview', () => {
  it('plays on where a chunk is ahead, a little faster where more is, and jumps where much more is', () => {
    assert.deepEqual(liveEdge(2, 2), { playbackRate: 1 });
    assert.equal(liveEdge(4, 2).playbackRate > 1, true);
    assert.equal(liveEdge(4, 2).jumpToEndMinus, undefined);
    const { playbackRate, jumpToEndMinus } = liveEdge(30, 2);
    assert.equal(playbackRate, 1);
    assert.ok(jumpToEndMinus !== undefined && jumpToEndMinus >= 2 && jumpToEndMinus < 4);
  });

  it('never jumps because of one long chunk', () => {
    for (const seconds of [0.5, 2, 10, 30]) {
      assert.deepEqual(liveEdge(seconds, seconds), { playbackRate: 1 });
    }
  });

  it('counts what is ahead, what was late and the time since', () => {
    assert.equal(behindLive({ MillisBehindNow: 2_300, durationMs: 2_000 }, 1_500, 400), 2_200);
    assert.equal(behindLive({ durationMs: 2_000 }, 1_500, 400), 1_900);
  });

  it('takes the access token that the editor at the same address keeps', () => {
    const kept = new Map([
      ['auth-tokens', '{"access_token":"root"}'],
      ['auth-tokens-red-admin', '{"access_token":"inner","expires_in":1}'],
      ['auth-tokens-odd', 'not JSON'],
    ]);
    const storage = { getItem: (name: string) => kept.get(name) ?? null };
    assert.equal(accessToken('/kvs-get-media/preview', storage), 'root');
    assert.equal(accessToken('/red/admin/kvs-get-media/preview', storage), 'inner');
    assert.equal(accessToken('/odd/kvs-get-media/preview', storage), undefined);
    assert.equal(accessToken('/none/kvs-get-media/preview', storage), undefined);
  });
});
