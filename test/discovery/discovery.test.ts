import assert from 'node:assert/strict';
import { Discovery, Roster, type DiscoveryService } from '../../src/discovery';
import { KinesisVideoError, type StreamInfo } from '../../src/kinesis-video';
import type { StreamRef, StreamSelection } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import { ScriptedService } from '../../testing/scripted-service';
import { settle, VirtualClock } from '../../testing/virtual-clock';

const arnOf = (name: string, made = 1): string =>
  `arn:aws:kinesisvideo:eu-west-1:123456789012:stream/${name}/${made}`;
const info = (StreamName: string, Status = 'ACTIVE'): StreamInfo => ({
  ...{ StreamName, StreamARN: arnOf(StreamName), Status },
});

function refusal(operation: 'ListStreams' | 'GetResources' | 'ListTagsForStream'): KinesisVideoError {
  return new KinesisVideoError(`${operation} was refused.`, {
    ...{ ErrorType: 'AccessDeniedException', statusCode: 403, operation },
  });
}

/** An account with streams and their tags. */
class AccountOfStreams extends ScriptedService implements DiscoveryService {
  streams: StreamInfo[] = [];
  readonly tags = new Map<string, Record<string, string>>();
  readonly made: string[] = [];
  readonly failures: KinesisVideoError[] = [];
  tagging: 'there' | 'refused' | 'none' = 'there';

  listStreams({ prefix = '' }: { readonly prefix?: string }): Promise<StreamInfo[]> {
    this.made.push(`ListStreams ${prefix}`);
    const failure = this.failures.shift();
    return failure === undefined
      ? Promise.resolve(this.streams.filter(({ StreamName }) => StreamName.startsWith(prefix)))
      : Promise.reject(failure);
  }

  streamsWithTags(wanted: readonly { key: string; value: string }[]): Promise<string[] | undefined> {
    this.made.push('GetResources');
    if (this.tagging === 'refused') {
      return Promise.reject(refusal('GetResources'));
    }
    const has = ({ StreamName }: StreamInfo): boolean =>
      wanted.every(({ key, value }) => this.tags.get(StreamName)?.[key] === value);
    const arns = this.streams.filter(has).map(({ StreamARN }) => StreamARN);
    return Promise.resolve(this.tagging === 'there' ? arns : undefined);
  }

  listTagsForStream({ StreamName }: StreamRef): Promise<ReadonlyMap<string, string>> {
    this.made.push(`ListTagsForStream ${StreamName}`);
    return Promise.resolve(new Map(Object.entries(this.tags.get(StreamName) ?? {})));
  }
}

const NAMED: StreamSelection = { by: 'prefix', prefix: 'cam', exclude: ['*-test'] };
const NORTH: StreamSelection = { by: 'tags', tags: [{ key: 'site', value: 'north' }], exclude: [] };

function discovery(selection: StreamSelection) {
  const clock = new VirtualClock();
  const service = new AccountOfStreams();
  const listed: string[][] = [];
  const errors: ErrorReport[] = [];
  const subject = new Discovery(
    { selection, everyMs: 60_000 },
    { service, clock },
    {
      listed: (streams) => listed.push(streams.map(({ StreamName }) => StreamName)),
      error: (error) => errors.push(error),
    },
  );
  return { subject, service, clock, listed, errors };
}

describe('discovery', () => {
  it('finds streams by name, less those excluded and those that cannot be read', async () => {
    const { subject, service, clock, listed } = discovery(NAMED);
    service.streams = [
      ...[info('cam1'), info('cam2-test'), info('door')],
      ...[info('cam3', 'CREATING'), info('cam4', 'UPDATING'), info('cam5', 'DELETING')],
    ];
    subject.search();
    await settle();
    service.streams.push(info('cam6'));
    await clock.advance(60_000);
    assert.deepEqual(listed, [
      ['cam1', 'cam4'],
      ['cam1', 'cam4', 'cam6'],
    ]);
    subject.stop();
    assert.equal(clock.pending, 0);
  });

  it('searches again at once when it is asked to, also during a search', async () => {
    const { subject, clock, listed } = discovery(NAMED);
    subject.search();
    subject.search();
    await clock.advance(0);
    assert.equal(listed.length, 2);
    subject.search();
    await settle();
    assert.equal(listed.length, 3);
    subject.stop();
  });

  it('reports a failed search, takes nothing from it, and repeats it after growing waits', async () => {
    const { subject, service, clock, listed, errors } = discovery(NAMED);
    const limit = (): KinesisVideoError =>
      new KinesisVideoError('too fast', {
        ...{ ErrorType: 'ClientLimitExceededException', statusCode: 400, operation: 'ListStreams' },
      });
    service.failures.push(limit(), limit());
    subject.search();
    await settle();
    assert.deepEqual(
      errors.map(({ ErrorType, operation, action, attempt }) => [ErrorType, operation, action, attempt]),
      [['ClientLimitExceededException', 'ListStreams', 'retry', 1]],
    );
    await clock.advance(errors[0]?.retryInMs ?? 0);
    assert.equal(errors[1]?.attempt, 2);
    await clock.advance(errors[1].retryInMs ?? 0);
    assert.deepEqual(listed, [[]]);
    subject.stop();
  });

  it('says which right is missing, and asks again slowly', async () => {
    const { subject, service, errors } = discovery(NAMED);
    service.failures.push(refusal('ListStreams'));
    subject.search();
    await settle();
    assert.ok((errors[0]?.retryInMs ?? 0) >= 60_000);
    assert.ok(errors[0]?.statements.some(({ key }) => key === 'advice.listRights'));
    subject.stop();
  });

  it('reports nothing after it was stopped', async () => {
    const { subject, listed } = discovery(NAMED);
    subject.search();
    subject.stop();
    await settle();
    assert.deepEqual(listed, []);
  });

  describe('by tags', () => {
    it('asks the Resource Groups Tagging API', async () => {
      const { subject, service, listed } = discovery(NORTH);
      service.streams = [info('a'), info('b')];
      service.tags.set('b', { site: 'north', kind: 'door' });
      subject.search();
      await settle();
      assert.deepEqual(listed, [['b']]);
      assert.deepEqual(service.made, ['GetResources']);
      subject.stop();
    });

    for (const tagging of ['refused', 'none'] as const) {
      it(`asks for the tags of each stream where that is ${tagging}, at most 10 a second, and seldom again`, async () => {
        const { subject, service, clock, listed, errors } = discovery(NORTH);
        service.tagging = tagging;
        service.streams = Array.from({ length: 30 }, (_, index) => info(`cam${index}`));
        service.tags.set('cam7', { site: 'north' });
        subject.search();
        await clock.advance(1_000);
        const asked = (): number =>
          service.made.filter((call) => call.startsWith('ListTagsForStream')).length;
        assert.ok(asked() <= 11, `${asked()}`);
        await clock.advance(3_000);
        assert.deepEqual(listed, [['cam7']]);
        await clock.advance(120_000);
        assert.equal(listed.length, 3);
        assert.equal(asked(), 30);
        service.tags.set('cam8', { site: 'north' });
        await clock.advance(30 * 60_000);
        assert.deepEqual(listed.at(-1), ['cam7', 'cam8']);
        assert.deepEqual(errors, []);
        subject.stop();
        assert.equal(clock.pending, 0);
      });
    }
  });
});

describe('what has come and gone', () => {
  const ref = (StreamName: string, made = 1): StreamRef => ({
    StreamName,
    StreamARN: arnOf(StreamName, made),
  });
  const names = (streams: readonly StreamRef[]): string[] => streams.map(({ StreamName }) => StreamName);

  it('is a stream that is listed and not known, and one that three lists in a row lack', () => {
    const roster = new Roster();
    const known = [ref('a'), ref('b')];
    const compare = (listed: StreamRef[]): string[][] => {
      const { found, gone } = roster.compare(known, listed, () => false);
      return [names(found), names(gone)];
    };
    assert.deepEqual(compare([ref('a'), ref('c')]), [['c'], []]);
    assert.deepEqual(compare([ref('a')]), [[], []]);
    assert.deepEqual(compare([ref('a'), ref('b')]), [[], []]);
    assert.deepEqual(compare([ref('a')]), [[], []]);
    assert.deepEqual(compare([ref('a')]), [[], []]);
    assert.deepEqual(compare([ref('a')]), [[], ['b']]);
  });

  it('is at once one that the service does not know either', () => {
    const { gone } = new Roster().compare([ref('a'), ref('b')], [], (name) => name === 'b');
    assert.deepEqual(names(gone), ['b']);
  });

  it('is both where a stream was deleted and made again', () => {
    const { found, gone } = new Roster().compare([ref('a')], [ref('a', 2)], () => false);
    assert.deepEqual([found, gone], [[ref('a', 2)], [ref('a')]]);
  });
});
