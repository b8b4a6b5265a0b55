/**
 * One measurement of a real Node-RED that reads stored media, from a simulator in this process, over TLS.
 *
 * node --import tsx bench/archive/task.ts '{"what":"reading","minutes":20}'
 */
import { mediaNode } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import { inputFile } from '../reader/input-file';
import type { ArchiveResult, ArchiveTask } from './measurement';
import { withArchive } from './rig';

const MINUTE = 60_000;

/** Counts what comes, throws it away, and says when it was the last. */
const COUNT = `
const seen = context.get('seen') || { fragments: 0, bytes: 0 };
if (Array.isArray(msg.payload)) {
  seen.fragments = msg.payload.length;
} else if (!msg.complete) {
  seen.fragments += 1;
  seen.bytes += msg.payload.length;
}
context.set('seen', seen);
if (msg.complete || Array.isArray(msg.payload) || msg.kvs.last) {
  node.warn('read ' + seen.fragments + ' ' + seen.bytes);
}`;

/** From `from` until before `to`, ms since the epoch. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function readerOf({ what, media }: ArchiveTask, { from, to }: Range): FlowNode {
  if (media === 'get-media') {
    return mediaNode('reader', 'tab', {
      ...{ stream: 'camera', autoStart: false, resume: false, startSelectorType: 'PRODUCER_TIMESTAMP' },
      ...{ startValue: new Date(from).toISOString() },
      ...{ untilType: 'at', untilValue: new Date(to).toISOString() },
      wires: [['count'], ['fault']],
    });
  }
  return {
    ...{ id: 'reader', type: 'kvs-archive', z: 'tab', name: '', x: 100, y: 100, version: 1 },
    ...{ config: 'config', stream: 'camera', output: what === 'listing' ? 'fragments' : 'chunks' },
    wires: [['count'], ['fault']],
  };
}

function measure(task: ArchiveTask): Promise<ArchiveResult> {
  const to = Date.now() - 60 * MINUTE;
  const range: Range = { from: to - task.minutes * MINUTE, to };
  const count: FlowNode = {
    ...{ id: 'count', type: 'function', z: 'tab', name: '', x: 300, y: 100, outputs: 0, wires: [] },
    func: COUNT,
  };
  const options = {
    ...{ file: inputFile('video'), recordedMs: (task.minutes + 120) * MINUTE },
    ...{ nodes: [readerOf(task, range), count], first: 'reader' },
  };
  return withArchive(options, async ({ ask, idleMB, addedMB }) => {
    const began = performance.now();
    const line = await ask(task.media === 'get-media' ? { action: 'start' } : { ...range }, 'read');
    const ms = performance.now() - began;
    const [, fragments, bytes] = /\] read (\d+) (\d+)/.exec(line) ?? [];
    return { fragments: Number(fragments), megabytes: Number(bytes) / 1e6, ms, idleMB, addedMB: addedMB() };
  });
}

measure(JSON.parse(process.argv[2] ?? '{}') as ArchiveTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
