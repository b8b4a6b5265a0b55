import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describeTransports } from '../../testing/transports';
import { KEYS } from './stub-service';

describeTransports('KinesisVideoService: what it loads', () => {
  it('loads nothing of the SDK before the first call', async () => {
    const script = `
      const { KinesisVideoService } = require('./src/kinesis-video');
      new KinesisVideoService(${JSON.stringify({ region: 'eu-west-1', credentials: KEYS })}).close();
      const loaded = Object.keys(require.cache).filter((name) => /@(aws-sdk|smithy)/.test(name));
      process.stdout.write(JSON.stringify(loaded));`;
    const cwd = path.resolve(__dirname, '../..');
    const { stdout } = await promisify(execFile)(process.execPath, ['-r', 'tsx/cjs', '-e', script], { cwd });
    assert.equal(stdout, '[]');
  });
});
