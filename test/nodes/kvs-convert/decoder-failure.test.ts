import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConvertMessage } from '../../../nodes/kvs-convert/convert-messages';
import { ConvertNode } from '../../../nodes/kvs-convert/convert-node';
import type { ErrorPayload } from '../../../nodes/shared/error-output';
import { KeyFrameDecoder } from '../../../src/pictures';
import { skip } from '../../../testing/skip';
import { wordsIn } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';
import { catalogue } from '../definition';

const LANGUAGES = ['de', 'en-US', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN'];
/** Long enough to start a program. */
const TIMEOUT_MS = 300;

interface Failure {
  /** What the program does in place of decoding. */
  readonly script: string;
  /** What becomes of the program between the search and the picture. */
  readonly after?: (file: string) => void;
  /** Pixels of the pictures; with a width, they are read from a Matroska stream. */
  readonly width?: number;
  readonly timeoutMs?: number;
  readonly english: RegExp;
  readonly german: RegExp;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  'ends with an exit code': {
    script: 'cat > /dev/null; printf "no memory\\nat all\\n" >&2; exit 3',
    english: /ffmpeg ended with exit code 3\. .*check .*\. Details: "no memory at all"$/,
    german: /ffmpeg endete mit dem Exit-Code 3\. .*[Pp]rüfen Sie .*\. Einzelheiten: „no memory at all“$/,
  },
  'writes more words than a message should have': {
    script: 'cat > /dev/null; head -c 100000 /dev/zero | tr "\\0" x >&2; exit 3',
    english: /Details: "x{300}"$/,
    german: /Einzelheiten: „x{300}“$/,
  },
  'is killed': {
    script: 'kill -9 $$',
    english: /ffmpeg was ended by SIGKILL\. /,
    german: /ffmpeg wurde durch SIGKILL beendet\. /,
  },
  'lacks a decoder': {
    script: 'cat > /dev/null; echo "Decoding requested, but no decoder found for: hevc" >&2; exit 1',
    english: /This ffmpeg was built without .*\. Install a complete one\. Details: "Decoding requested/,
    german: /Diesem ffmpeg fehlt .*\. Installieren Sie ein vollständiges\. Einzelheiten: „Decoding requested/,
  },
  'gives no picture': {
    script: 'cat > /dev/null',
    english: /ffmpeg made no picture .* damaged\. .*check the producer\.$/,
    german: /ffmpeg erzeugte .* kein Bild.* beschädigt.*prüfen Sie den Produzenten\.$/,
  },
  'writes too much': {
    script: 'exec cat /dev/zero',
    english: /ffmpeg wrote more than 32 MB for one picture and was stopped\. /,
    german: /ffmpeg schrieb mehr als 32 MB für ein Bild und wurde beendet\. /,
  },
  'writes no pictures': {
    script: 'cat > /dev/null; head -c 1000 /dev/zero',
    width: 8,
    english: /ffmpeg wrote something other than pictures\. /,
    german: /ffmpeg schrieb etwas anderes als Bilder\. /,
  },
  'takes too long': {
    script: 'exec sleep 600',
    timeoutMs: TIMEOUT_MS,
    english: /ffmpeg took longer than 300 ms for a picture and was stopped\. /,
    german: /ffmpeg brauchte für ein Bild länger als 300 ms und wurde beendet\. /,
  },
  'has gone': {
    script: '',
    after: rmSync,
    english: /ffmpeg is no longer where it was found\. Install it again/,
    german: /ffmpeg ist nicht mehr dort, wo es gefunden wurde\. Installieren Sie es neu/,
  },
  'may not be run': {
    script: '',
    after: (file) => {
      chmodSync(file, 0o644);
    },
    english: /Node-RED may not run ffmpeg \(EACCES\)\. /,
    german: /Node-RED darf ffmpeg nicht ausführen \(EACCES\)\. /,
  },
  'cannot be started': {
    script: '',
    after: (file) => {
      rmSync(file);
      symlinkSync(file, file);
    },
    english: /ffmpeg could not be started \(ELOOP\)\. /,
    german: /ffmpeg ließ sich nicht starten \(ELOOP\)\. /,
  },
};

describe('a decoder that fails', function () {
  let folder = '';
  let made = 0;
  before(function () {
    if (process.platform === 'win32') {
      skip(this, 'the programs are shell scripts');
    }
    folder = mkdtempSync(join(tmpdir(), 'kvs-decoder-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function failureIn(language: string, failure: Failure): Promise<ErrorPayload> {
    const { script, after, width = 0, timeoutMs } = failure;
    const file = join(folder, String(made++));
    writeFileSync(file, `#!/bin/sh\nif [ "$1" = "-version" ]; then exit 0; fi\n${script}\n`, { mode: 0o755 });
    const errors: ConvertMessage[] = [];
    const quiet = (): void => undefined;
    const words = wordsIn(language);
    const node = new ConvertNode(
      { status: quiet, warn: quiet, log: quiet, words, clone: (msg) => structuredClone(msg) },
      { to: 'jpeg', width },
      { decoder: new KeyFrameDecoder(file, timeoutMs), clock: new VirtualClock() },
    );
    await node.begin();
    after?.(file);
    const payload = smallChunk({ number: 1, at: 0, tracks: [videoEntry(AVCC)], blocks: pictures(1) });
    await node.handle({ payload }, ([, others]) => errors.push(...(others ?? [])));
    node.close();
    assert.equal(errors.length, 1);
    return errors[0]?.payload as ErrorPayload;
  }

  for (const [name, failure] of Object.entries(FAILURES)) {
    it(`is an error in the reader's language that says what to do: one that ${name}`, async () => {
      const english = await failureIn('en-US', failure);
      assert.deepEqual([english.ErrorType, english.action], ['DecoderFailed', 'skip']);
      assert.match(english.message, failure.english);
      assert.match(english.message, /^No picture was made; the node continues with the next key frame\. /);
      const { message } = await failureIn('de', failure);
      assert.match(message, failure.german);
      assert.match(
        message,
        /^Es wurde kein Bild erzeugt; der Node macht mit dem nächsten Keyframe weiter\. /,
      );
    });
  }

  it('has a sentence of its own in each language', () => {
    const keys = [...catalogue('en-US', 'shared').keys()].filter((key) =>
      key.startsWith('kvs-flow.decoder.'),
    );
    assert.ok(keys.length > 10, keys.join());
    for (const key of keys) {
      const sentences = new Set(LANGUAGES.map((language) => catalogue(language, 'shared').get(key)));
      assert.equal(sentences.size, LANGUAGES.length, key);
    }
  });
});
