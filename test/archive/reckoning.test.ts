import assert from 'node:assert/strict';
import { ArchiveBudgets, ArchiveReader } from '../../src/archive';
import { KinesisVideoService } from '../../src/kinesis-video';
import { CallLimiter } from '../../src/session';
import { runArchiveCampaign, type ReadRange } from '../../testing/archive-oracle';

/** The same ranges and faults every time, so that a red run is a change's doing; `random` looks for more. */
const GIVEN_SEED = process.env['KVS_ARCHIVE_SEED'] ?? '20261128';
const SEED = GIVEN_SEED === 'random' ? Math.floor(Math.random() * 2 ** 32) : Number(GIVEN_SEED);
/** 300 for a whole campaign. */
const SCENARIOS = Number(process.env['KVS_ARCHIVE_SCENARIOS'] ?? 20);
const HOUR = 3_600_000;
const isWhole = SCENARIOS >= 100;

const budgets = new ArchiveBudgets();

const readRange: ReadRange = async (endpoint, StreamName, range, clock) => {
  const service = new KinesisVideoService({
    region: 'eu-west-1',
    endpoint,
    credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
    clock,
  });
  const chunks: { FragmentNumber: string; data: Buffer }[] = [];
  try {
    const run = new ArchiveReader(
      {
        stream: { StreamName },
        timestampType: range.member === 'ProducerTimestamp' ? 'PRODUCER_TIMESTAMP' : 'SERVER_TIMESTAMP',
        ...{ from: range.from, to: range.to, waitMs: 60_000, maxInFlight: 0, maxChunkBytes: 10_000_000 },
        tracks: [],
      },
      { service, clock, limiter: new CallLimiter(), budgets, streamKey: StreamName },
      {
        chunk: ({ FragmentNumber, chunk }) => {
          chunks.push({ FragmentNumber, data: chunk.data });
        },
        error: () => undefined,
      },
    );
    const { missing } = await run.run(new AbortController().signal);
    return { chunks, missing: missing.map(({ FragmentNumber }) => FragmentNumber) };
  } finally {
    service.close();
  }
};

describe('the archive under faults of all kinds', function () {
  this.timeout(1_200_000);

  it(`gives of ${SCENARIOS} random ranges what an independent reckoning says`, async () => {
    process.stdout.write(`    seed ${SEED} (KVS_ARCHIVE_SEED)\n`);
    const options = {
      seed: SEED,
      scenarios: SCENARIOS,
      recordedMs: isWhole ? 24 * HOUR : 3 * HOUR,
      longestRangeMs: isWhole ? 2 * HOUR : HOUR / 4,
    };
    const { problems, chunks, faults, byList } = await runArchiveCampaign(options, readRange);
    process.stdout.write(`    ${chunks} chunks, ${faults} faults, ${byList} ranges by list\n`);
    assert.deepEqual(problems, []);
    assert.ok(chunks > 10 * SCENARIOS && faults > SCENARIOS / 2 && byList > SCENARIOS / 3);
  });
});
