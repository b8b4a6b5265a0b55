import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConvertMessage } from '../../../nodes/kvs-convert/convert-messages';
import { ConvertNode } from '../../../nodes/kvs-convert/convert-node';
import { KeyFrameDecoder } from '../../../src/pictures';
import { skip } from '../../../testing/skip';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';

describe('pictures without a decoder', () => {
  const chunk = smallChunk({ number: 1, at: 120, tracks: [videoEntry(AVCC)], blocks: pictures(3) });

  function convertNode(decoder: KeyFrameDecoder): {
    node: ConvertNode;
    errors: ConvertMessage[];
    media: ConvertMessage[];
    send: Parameters<ConvertNode['handle']>[1];
  } {
    const errors: ConvertMessage[] = [];
    const media: ConvertMessage[] = [];
    const quiet = (): void => undefined;
    const node = new ConvertNode(
      { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
      { to: 'jpeg' },
      { decoder, clock: new VirtualClock() },
    );
    return {
      node,
      errors,
      media,
      send: ([some, others]) => {
        media.push(...(some ?? []));
        errors.push(...(others ?? []));
      },
    };
  }

  const typesIn = (errors: readonly ConvertMessage[]): unknown[] =>
    errors.map(({ payload }) => (payload as { ErrorType: string }).ErrorType);

  it('are an error that says what to install', async () => {
    const { node, errors, send } = convertNode(new KeyFrameDecoder('no-such-ffmpeg'));
    await node.begin();
    await node.handle({ payload: chunk }, send);
    assert.deepEqual(typesIn(errors), ['NoDecoder']);
    assert.match((errors[0]?.payload as { message: string }).message, /Install it/);
    node.close();
  });

  describe('that works', () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'kvs-decoder-'));
    });
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    /** In place of ffmpeg: answers `-version`, and does something else with pictures. */
    function fake(name: string, script: string): KeyFrameDecoder {
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\nif [ "$1" = "-version" ]; then exit 0; fi\n${script}\n`);
      chmodSync(file, 0o755);
      return new KeyFrameDecoder(file);
    }

    it('are an error with its complaint', async () => {
      const { node, errors, send } = convertNode(
        fake('fails', 'cat > /dev/null; echo "bad frame" >&2; exit 1'),
      );
      await node.handle({ payload: chunk }, send);
      assert.deepEqual(typesIn(errors), ['DecoderFailed']);
      assert.match((errors[0]?.payload as { message: string }).message, /bad frame/);
      node.close();
    });

    it('are bounded in size, decoded and scaled, which bounds the memory of the decoder', async () => {
      const decoder = fake('args', 'cat > /dev/null; echo "$@"');
      const args = async (displayWidth: number, displayHeight: number): Promise<string> =>
        String(await decoder.decode(Buffer.from('key frame'), 'video/H264', { displayWidth, displayHeight }));
      assert.match(await args(7_680, 4_320), /-max_pixels 35651584 .*-i pipe:0 -vf scale=7680:4320,/);
      assert.match(await args(16_000, 15_000), /-max_pixels 35651584 .*-i pipe:0 -frames:v 1 /);
    });

    it('are made by a process that gets none of the secrets in the environment', async () => {
      const secrets = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'NODE_RED_CREDENTIAL_SECRET'];
      const before = { ...process.env };
      for (const name of secrets) {
        process.env[name] = 'canary';
      }
      try {
        const { node, media, send } = convertNode(fake('tells', 'cat > /dev/null; env'));
        await node.handle({ payload: chunk }, send);
        const environment = String(media[0]?.payload);
        assert.match(environment, /^PATH=/m);
        assert.doesNotMatch(environment, /canary/);
        node.close();
      } finally {
        process.env = before;
      }
    });

    it('are an error where the system has no file descriptor left, and come when it has', function () {
      if (process.platform === 'win32') {
        skip(this, 'Windows has no limit on file descriptors');
      }
      const script = join(__dirname, '../../../testing/decode-without-descriptors.ts');
      const limited = spawnSync(
        'sh',
        ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, '--import', 'tsx', script],
        { encoding: 'utf8' },
      );
      assert.equal(limited.stderr, '');
      assert.deepEqual(JSON.parse(limited.stdout), {
        searching: 'DecoderFailed decoder.noResources',
        starting: 'DecoderFailed decoder.noResources',
        later: 'picture',
      });
      assert.equal(limited.status, 0);
    });

    it('are left out where too many wait, and the rest is made in turn', async () => {
      const gate = join(folder, 'gate');
      const decoder = fake(
        'slow',
        `cat > /dev/null; while [ ! -e "${gate}" ]; do sleep 0.05; done; printf jpeg`,
      );
      const { node, errors, media, send } = convertNode(decoder);
      const handled = Array.from({ length: 14 }, () => node.handle({ payload: chunk }, send));
      const busy = Promise.race(handled);
      await busy;
      assert.ok(errors.length > 0);
      writeFileSync(gate, '');
      await Promise.all(handled);
      assert.ok(typesIn(errors).every((type) => type === 'DecoderBusy'));
      assert.equal(media.length + errors.length, 14);
      assert.ok(media.length >= 8 && media.length <= 10);
      node.close();
    });

    it('end with the node: nothing is sent any more', async () => {
      const { node, errors, media, send } = convertNode(fake('hangs', 'exec sleep 60'));
      const handled = node.handle({ payload: chunk }, send);
      await new Promise((resolve) => setImmediate(resolve));
      node.close();
      await handled;
      assert.deepEqual([media, errors], [[], []]);
    });
  });
});
