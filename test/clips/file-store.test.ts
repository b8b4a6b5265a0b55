import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { FileStore, removeLeftovers } from '../../src/clips';
import { temporaryName } from '../../src/clips/temporary-files';
import { needsFfmpeg, assertDecodes, stream } from '../convert/streams';

const WRITER = [...['--require', 'tsx/cjs'], join(__dirname, 'writer.ts')];
const KILLS = 4;

describe('files of clips', function () {
  this.timeout(120_000);
  let folder = '';
  let source = '';

  beforeEach(function () {
    needsFfmpeg(this);
    folder = mkdtempSync(join(tmpdir(), 'kvs-files-'));
    source = join(folder, 'chunks');
    writeFileSync(source, Buffer.concat(stream('h264 with B-frames and AAC')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const temporary = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  it('plays whatever has a final name when the process is killed, and what is left goes with the next clip', async () => {
    const seen = { written: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const target = mkdtempSync(join(folder, 'kill-'));
      const child = spawn(process.execPath, [...WRITER, source, target], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await lines(child, 1 + kill);
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const name of readdirSync(target).filter((each) => each.endsWith('.mp4'))) {
        assertDecodes(readFileSync(join(target, name)));
        seen.written += 1;
      }
      writeFileSync(join(target, nameOfDead(child)), 'what is left');
      await new FileStore(join(target, 'next.mp4')).prepare();
      assert.deepEqual(
        readdirSync(target).filter((name) => name.endsWith('.tmp')),
        [],
      );
    }
    assert.ok(seen.written >= KILLS, 'files were complete');
  });

  it('leaves alone what another process or another machine is writing', async () => {
    const [own] = /[0-9a-f]{8}/.exec(basename(temporaryName(folder))) ?? [];
    const parent = `.kvs-clip-${own}-${process.ppid}-00000000-1.tmp`;
    const foreign = `.kvs-clip-00000000-${2 ** 22}-00000000-1.tmp`;
    writeFileSync(join(folder, parent), '');
    writeFileSync(join(folder, foreign), '');
    assert.equal(await removeLeftovers(folder), 0);
    assert.deepEqual(temporary().sort(), [parent, foreign].sort());
    assert.equal(
      await removeLeftovers(folder, Date.now() + 25 * 3_600_000),
      1,
      'a day later it is no longer written',
    );
    assert.deepEqual(temporary(), [parent]);
  });

  it('leaves a pipe or device alone whose name it is given, which a rename would remove', async function () {
    if (process.platform === 'win32') {
      this.skip();
    }
    const path = join(folder, 'pipe.mp4');
    execFileSync('mkfifo', [path]);
    await assert.rejects(new FileStore(path).prepare(), { name: 'FileError', code: 'EINVAL', path });
    await assert.rejects(new FileStore('/dev/null').prepare(), { name: 'FileError', code: 'EINVAL' });
    assert.ok(lstatSync(path).isFIFO());
  });

  it('follows a symbolic link, which stays, also to a file that does not exist yet', async function () {
    if (process.platform === 'win32') {
      this.skip();
    }
    const [links, files] = [mkdtempSync(join(folder, 'links-')), mkdtempSync(join(folder, 'files-'))];
    writeFileSync(join(files, 'old.mp4'), 'old');
    symlinkSync(join(files, 'old.mp4'), join(links, 'latest.mp4'));
    symlinkSync(join('..', basename(files), 'new.mp4'), join(links, 'latest-2.mp4'));
    const path = join(links, 'latest.mp4');
    const store = new FileStore(path);
    await store.prepare();
    const { signal } = new AbortController();
    for (const head of ['first', 'second']) {
      await store.finish(
        { head: Buffer.from(head), mediaBytes: 0, format: { mimeType: 'video/mp4' } },
        signal,
      );
    }
    assert.deepEqual(
      ['old.mp4', 'new.mp4'].map((name) => readFileSync(join(files, name), 'latin1')),
      ['first', 'second'],
    );
    assert.deepEqual(readdirSync(files).sort(), ['new.mp4', 'old.mp4']);
    assert.ok(readdirSync(links).every((name) => lstatSync(join(links, name)).isSymbolicLink()));
    symlinkSync('circle.mp4', join(links, 'circle.mp4'));
    await assert.rejects(new FileStore(join(links, 'circle.mp4')).prepare(), {
      ...{ name: 'FileError', code: 'ELOOP', reason: 'name' },
    });
  });

  it('looks at a folder of very many files in several turns of the event loop', async () => {
    for (let i = 0; i < 5_000; i++) {
      writeFileSync(join(folder, `door-${i}.mp4`), '');
    }
    writeFileSync(join(folder, '.kvs-clip-00000000-1-00000000-1.tmp'), '');
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) {
        setImmediate(count);
      }
    };
    setImmediate(count);
    assert.equal(await removeLeftovers(folder, Date.now() + 25 * 3_600_000), 1);
    isOver = true;
    assert.ok(turns >= 5, `${turns} turns`);
  });

  it('says that the disk is full, and leaves nothing', function () {
    if (process.platform === 'win32') {
      this.skip();
    }
    // A limit on the size of files stands for a full disk: the system refuses to write more, whoever asks.
    const command = `trap '' XFSZ; ulimit -f 100; exec "$@"`;
    const args = ['-c', command, 'sh', process.execPath, ...WRITER, source, folder, '1'];
    const { stdout } = spawnSync('sh', args, { encoding: 'utf8' });
    assert.equal(stdout, 'full EFBIG\n');
    assert.deepEqual(readdirSync(folder), ['chunks']);
  });
});

/** Resolves when the process has said so many lines. */
async function lines(child: ChildProcess, count: number): Promise<void> {
  assert.ok(child.stdout);
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    seen += line === '' ? 0 : 1;
    if (seen >= count) {
      return;
    }
  }
}

/** What a process that is no more could have left. */
function nameOfDead(child: ChildProcess): string {
  return basename(temporaryName(''))
    .replace(`-${process.pid}-`, `-${child.pid ?? 0}-`)
    .replace(/-[0-9a-f]{8}-(\d+)\.tmp$/, '-00000000-$1.tmp');
}
