import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errorChunk, frontTags, secondsText, tailTags } from '../../../src/simulator/media/service-tags';
import { RECORDINGS, haveRecordings, tagValues } from '../rig';
import { skip } from '../../../testing/skip';

describe('simulator: service tags', () => {
  it('writes the front and tail groups byte for byte as the service does', function () {
    if (!haveRecordings) {
      skip(this, 'no folder shared/media beside this checkout');
    }
    const recorded = readFileSync(path.join(RECORDINGS, 'output_get_media.mkv'));
    const front = frontTags('91343852333181432392682062607743920146159169392', 1519423069070, 1511852108513);
    const at = recorded.indexOf(Buffer.from('1254c367100000eb', 'hex'));
    assert.equal(at, 0x394);
    const written = front.toString('latin1');
    const original = recorded.toString('latin1', at, at + front.length);
    // The two times are the recording's own; everything else has to agree.
    const blank = (value: string) => value.replace(/\d{10}\.\d{3}/g, 'T');
    assert.equal(blank(written), blank(original));
    const tailAt = recorded.indexOf('AWS_KINESISVIDEO_MILLIS_BEHIND_NOW') - 26;
    const [behind = ''] = tagValues(recorded, 'AWS_KINESISVIDEO_MILLIS_BEHIND_NOW');
    const tail = tailTags(Number(behind), '91343852333181432392682062607743920146159169392');
    assert.deepEqual(tail, recorded.subarray(tailAt, tailAt + tail.length));
  });

  it('writes times with three decimals always', () => {
    assert.equal(secondsText(0), '0.000');
    assert.equal(secondsText(5000), '5.000');
    assert.equal(secondsText(1519423069070), '1519423069.070');
  });

  it('writes an error as a segment without a cluster', () => {
    const bytes = errorChunk(4000, 'FRAGMENT_NOT_FOUND');
    assert.equal(bytes.indexOf(Buffer.from('1f43b675', 'hex')), -1);
    assert.match(
      bytes.toString('latin1'),
      /AWS_KINESISVIDEO_ERROR_CODE.*FRAGMENT_NOT_FOUND.*ERROR_ID.*4000/s,
    );
    assert.doesNotMatch(bytes.toString('latin1'), /FRAGMENT_NUMBER/);
  });
});
