/**
 * Reads half a gigabyte of chunks, of which nothing is kept, and prints how many full collections of garbage that takes
 * once the heap has its size.
 * A program of its own, since a heap with other things in it is collected for their sake too.
 */
import { constants, PerformanceObserver, type NodeGCPerformanceDetail } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../src/clock';
import { processTurn } from '../src/event-loop-turn';
import type { ByteSink } from '../src/http';
import { ResponseReader } from '../src/session/response-reader';
import { makeChunk } from './made-chunks';

const WARM_UP_CHUNKS = 1024;
const CHUNKS = 512;
const CHUNK_BYTES = 1024 * 1024;
const SLICE_BYTES = 16 * 1024;

interface CollectionEntry extends PerformanceEntry {
  readonly detail?: NodeGCPerformanceDetail;
}

function ignore(): void {
  // Nothing is kept.
}

async function main(): Promise<void> {
  let full = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as readonly CollectionEntry[]) {
      full += Number(detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  let sink: ByteSink | undefined;
  const response = {
    RequestId: null,
    read: (reader: ByteSink) => (sink = reader),
    ...{ pause: ignore, resume: ignore, close: ignore },
  };
  let chunks = -WARM_UP_CHUNKS;
  const failed = (error: Error): void => {
    throw error;
  };
  const events = {
    chunk: () => (chunks += 1),
    ...{ inBandError: ignore, tooLarge: ignore, ended: ignore, stalled: ignore, received: ignore },
    ...{
      malformed: failed,
      failed,
      truncated: () => {
        failed(new Error('A chunk is truncated.'));
      },
    },
  };
  const options = { stallTimeoutMs: 60_000, maxChunkBytes: 2 * CHUNK_BYTES };
  const reader = new ResponseReader(response, options, systemClock, events, processTurn);
  reader.start();
  const chunk = makeChunk({ sequence: 1, at: Date.UTC(2026, 0), frames: [0], frameBytes: CHUNK_BYTES });
  for (let count = -WARM_UP_CHUNKS; count < CHUNKS; count++) {
    if (count === 0) {
      full = 0;
    }
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      sink?.bytes(chunk.subarray(at, at + SLICE_BYTES));
    }
    await turn();
  }
  reader.close();
  await turn();
  observer.disconnect();
  process.stdout.write(`${JSON.stringify({ chunks, full })}\n`);
}

void main();
