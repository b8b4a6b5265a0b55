import { median } from '../statistics';
import { atLeast, ratios, spread, type Check, type Results, type Suite, type Table } from '../suite';
import { INPUTS, type InputName } from './inputs';
import { PARSERS, type ParserName } from './parsers';
import type { ReaderResult, ReaderTask } from './task';

const SLICES = [16 * 1024, 64 * 1024];
const KIB = 1024;
const REFERENCE = 'ts-ebml';
const TITLES: Readonly<Record<ParserName, string>> = {
  chunk: '**chunk mode**',
  frame: '**frame mode**',
  'ts-ebml': 'ts-ebml',
  'ts-ebml-array-buffer': 'ts-ebml, given ArrayBuffers',
  'ebml-stream': 'ebml-stream',
  copy: 'plain copy',
};
const INPUT_TITLES: Readonly<Record<InputName, string>> = {
  video: '1080p video of 8 Mbit/s with AAC',
  small: 'small frames: 160 bytes, 50 a second',
};

/** The reader beside other parsers of Matroska, from memory to frames, with no network and no Node-RED. */
export const reader: Suite = {
  name: 'reader',

  tasks(quick) {
    return INPUTS.flatMap((input) =>
      (quick ? SLICES.slice(0, 1) : SLICES).flatMap((sliceBytes) =>
        PARSERS.map((parser) => {
          const argument: ReaderTask = { parser, input, sliceBytes, seconds: quick ? 0.2 : 1 };
          return { id: idOf(parser, input, sliceBytes), script: 'reader/task.ts', argument };
        }),
      ),
    );
  },

  report(results) {
    const tables: Table[] = [];
    const checks: Check[] = [];
    for (const input of INPUTS) {
      for (const sliceBytes of SLICES) {
        const runsOf = (parser: ParserName): readonly ReaderResult[] =>
          resultsOf(results, parser, input, sliceBytes);
        if (runsOf(REFERENCE).length > 0) {
          checkSameWork(runsOf);
          tables.push(table(input, sliceBytes, runsOf));
          checks.push(...targets(input, sliceBytes, runsOf));
        }
      }
    }
    return { tables, checks };
  },
};

type RunsOf = (parser: ParserName) => readonly ReaderResult[];

function idOf(parser: ParserName, input: InputName, sliceBytes: number): string {
  return `${parser} ${input} ${sliceBytes}`;
}

function resultsOf(
  results: Results,
  parser: ParserName,
  input: InputName,
  sliceBytes: number,
): ReaderResult[] {
  return (results.get(idOf(parser, input, sliceBytes)) ?? []) as ReaderResult[];
}

/** Throws where a parser has not found what the others have: its speed would mean nothing. */
function checkSameWork(runsOf: RunsOf): void {
  for (const parser of PARSERS) {
    for (const { frames, bytes, fragments, inputBytes } of runsOf(parser)) {
      const [reference] = runsOf(REFERENCE);
      const joins = parser === 'chunk' || parser === 'copy';
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

function megabytesPerSecond({ inputBytes, passes, wallSeconds }: ReaderResult): number {
  return (inputBytes * passes) / 1e6 / wallSeconds;
}

function cpuSecondsPerGB({ inputBytes, passes, cpuSeconds }: ReaderResult): number {
  return cpuSeconds / ((inputBytes * passes) / 1e9);
}

function table(input: InputName, sliceBytes: number, runsOf: RunsOf): Table {
  const speeds = (parser: ParserName): number[] => runsOf(parser).map(megabytesPerSecond);
  const frames = runsOf(REFERENCE)[0]?.frames ?? 0;
  return {
    title: `Reader, ${INPUT_TITLES[input]}, slices of ${sliceBytes / KIB} KiB`,
    columns: ['', 'MB/s', 'million frames/s', 'CPU-s/GB', '× ts-ebml', '× ts-ebml by CPU', '× plain copy'],
    rows: PARSERS.map((parser) => [
      TITLES[parser],
      spread(speeds(parser)),
      parser === 'copy'
        ? ''
        : spread(runsOf(parser).map(({ passes, wallSeconds }) => (frames * passes) / 1e6 / wallSeconds)),
      spread(runsOf(parser).map(cpuSecondsPerGB)),
      spread(ratios(speeds(parser), speeds(REFERENCE))),
      spread(ratios(runsOf(REFERENCE).map(cpuSecondsPerGB), runsOf(parser).map(cpuSecondsPerGB))),
      spread(ratios(speeds(parser), speeds('copy'))),
    ]),
  };
}

function targets(input: InputName, sliceBytes: number, runsOf: RunsOf): Check[] {
  if (sliceBytes !== SLICES[0]) {
    return [];
  }
  const ratio = (parser: ParserName): number =>
    median(ratios(runsOf(parser).map(megabytesPerSecond), runsOf(REFERENCE).map(megabytesPerSecond)));
  return input === 'video'
    ? [
        atLeast('chunk mode, video: times the MB/s of ts-ebml', ratio('chunk'), 1.5),
        atLeast('frame mode, video: times the MB/s of ts-ebml', ratio('frame'), 2),
      ]
    : [atLeast('frame mode, small frames: times the frames/s of ts-ebml', ratio('frame'), 6)];
}
