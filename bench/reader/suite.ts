/** The suite `reader`: our reader beside other Matroska parsers, in memory. */
import { median } from '../statistics';
import {
  atLeast,
  ratios,
  short,
  spread,
  type Check,
  type Highlight,
  type Results,
  type Suite,
  type Table,
} from '../suite';
import { hasRecording, type InputName } from './input-file';
import { PARSERS, type ParserName } from './parsers';
import type { ReaderResult, ReaderTask } from './task';

/** One input in slices of one size, for all parsers. */
interface Setting {
  readonly input: InputName;
  readonly sliceBytes: number;
}

const KIB = 1024;
/** What a TLS record brings. */
const SMALL_SLICE = 16 * KIB;
const LARGE_SLICE = 64 * KIB;
const REFERENCE = 'ts-ebml';
const TITLES: Readonly<Record<ParserName, string>> = {
  chunk: '**chunk mode**',
  frame: '**frame mode**',
  view: 'frame mode, each frame cut out as a Buffer',
  own: 'frame mode, each frame in memory of its own',
  'ts-ebml': 'ts-ebml 3.0.2',
  'ebml-stream': 'ebml-stream 1.0.3',
  copy: 'plain copy',
};
const INPUT_TITLES: Readonly<Record<InputName, string>> = {
  video: '1080p video of 8 Mbit/s with AAC',
  small: 'small frames: 160 bytes, 50 a second',
  recording: 'a recording of AWS, 640x360',
};

const QUICK_SETTINGS: readonly Setting[] = [
  { input: 'video', sliceBytes: SMALL_SLICE },
  { input: 'small', sliceBytes: SMALL_SLICE },
];
const SETTINGS: readonly Setting[] = [
  ...QUICK_SETTINGS,
  { input: 'video', sliceBytes: LARGE_SLICE },
  { input: 'small', sliceBytes: LARGE_SLICE },
  { input: 'recording', sliceBytes: SMALL_SLICE },
];

/** The reader beside other parsers of Matroska, from memory to frames, with no network and no Node-RED. */
export const reader: Suite = {
  name: 'reader',

  tasks(quick) {
    const settings = SETTINGS.filter(({ input }) => input !== 'recording' || hasRecording());
    return (quick ? QUICK_SETTINGS : settings).flatMap((setting) =>
      PARSERS.map((parser) => {
        const argument: ReaderTask = { ...setting, parser, seconds: quick ? 0.2 : 0.6 };
        return { id: idOf(parser, setting), script: 'reader/task.ts', argument };
      }),
    );
  },

  report(results) {
    const tables: Table[] = [];
    const checks: Check[] = [];
    const highlights: Highlight[] = [];
    for (const setting of SETTINGS) {
      const runs = new Runs(results, setting);
      if (runs.of(REFERENCE).length > 0) {
        runs.check();
        tables.push(table(setting, runs));
        if (setting.sliceBytes === SMALL_SLICE) {
          checks.push(...targets(setting, runs));
          highlights.push(...highlightsOf(setting, runs));
        }
      }
    }
    return { tables, checks, highlights };
  },
};

function idOf(parser: ParserName, { input, sliceBytes }: Setting): string {
  return `${parser} ${input} ${sliceBytes}`;
}

/** The results of one setting. */
class Runs {
  constructor(
    private readonly results: Results,
    private readonly setting: Setting,
  ) {}

  of(parser: ParserName): readonly ReaderResult[] {
    return (this.results.get(idOf(parser, this.setting)) ?? []) as readonly ReaderResult[];
  }

  /** MB/s, of each round. */
  speeds(parser: ParserName): number[] {
    return this.of(parser).map(
      ({ inputBytes, passes, wallSeconds }) => (inputBytes * passes) / 1e6 / wallSeconds,
    );
  }

  /** Million frames a second. */
  frames(parser: ParserName): number[] {
    const frames = this.of(REFERENCE)[0]?.frames ?? 0;
    return this.of(parser).map(({ passes, wallSeconds }) => (frames * passes) / 1e6 / wallSeconds);
  }

  /** CPU seconds a GB. */
  costs(parser: ParserName): number[] {
    return this.of(parser).map(
      ({ inputBytes, passes, cpuSeconds }) => cpuSeconds / ((inputBytes * passes) / 1e9),
    );
  }

  /** How many times as fast as another. */
  times(parser: ParserName, other: ParserName): number[] {
    return ratios(this.speeds(parser), this.speeds(other));
  }

  /** Throws where a parser has not found what the others have: its speed would mean nothing. */
  check(): void {
    const [reference] = this.of(REFERENCE);
    for (const parser of PARSERS) {
      const joins = parser === 'chunk' || parser === 'copy';
      for (const { frames, bytes, fragments, inputBytes } of this.of(parser)) {
        if (
          fragments !== reference?.fragments ||
          (parser !== 'copy' && frames !== reference.frames) ||
          bytes !== (joins ? inputBytes : reference.bytes)
        ) {
          throw new Error(`${parser} found ${frames} frames and ${bytes} bytes, unlike ${REFERENCE}`);
        }
      }
    }
  }
}

function table({ input, sliceBytes }: Setting, runs: Runs): Table {
  return {
    title: `Reader, ${INPUT_TITLES[input]}, slices of ${sliceBytes / KIB} KiB`,
    columns: ['', 'MB/s', 'million frames/s', 'CPU-s/GB', '× ts-ebml', '× ts-ebml by CPU', '× plain copy'],
    rows: PARSERS.map((parser) => [
      TITLES[parser],
      spread(runs.speeds(parser)),
      parser === 'copy' ? '' : spread(runs.frames(parser)),
      spread(runs.costs(parser)),
      spread(runs.times(parser, REFERENCE)),
      spread(ratios(runs.costs(REFERENCE), runs.costs(parser))),
      spread(runs.times(parser, 'copy')),
    ]),
  };
}

function targets({ input }: Setting, runs: Runs): Check[] {
  const ratio = (parser: ParserName): number => median(runs.times(parser, REFERENCE));
  switch (input) {
    case 'video':
      return [
        atLeast('chunk mode, video: times the MB/s of ts-ebml', ratio('chunk'), 1.5),
        atLeast('frame mode, video: times the MB/s of ts-ebml', ratio('frame'), 2),
      ];
    case 'small':
      return [atLeast('frame mode, small frames: times the frames/s of ts-ebml', ratio('frame'), 6)];
    case 'recording':
      return [];
  }
}

function highlightsOf({ input }: Setting, runs: Runs): Highlight[] {
  const beside = (parser: ParserName): string =>
    (['ts-ebml', 'ebml-stream'] as const)
      .map((other) => `${short(median(runs.times(parser, other)), 2)} × ${TITLES[other]}`)
      .join(', ');
  switch (input) {
    case 'video':
      return (['chunk', 'frame'] as const).map((parser) => ({
        what: `Reading 1080p video, ${parser} mode`,
        measured: `${short(median(runs.speeds(parser)) / 1_000, 2)} GB/s`,
        beside: beside(parser),
      }));
    case 'small':
      return (['frame', 'view'] as const).map((parser) => ({
        what: `Reading telephone audio (160 bytes a frame), ${parser === 'frame' ? 'frame mode' : 'a Buffer for each frame'}`,
        measured: `${short(median(runs.frames(parser)), 2)} million frames/s`,
        beside: beside(parser),
      }));
    case 'recording':
      return [];
  }
}
