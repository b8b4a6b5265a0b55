/** One Node-RED of each release for all suites of a run that need no settings of their own. */
import { closeAtEnd } from './leak-check';
import { startNodeRed, type FlowCredentials, type FlowNode, type RunningNodeRed } from './node-red';
import type { NodeRedLine } from './node-red-lines';

/** What a suite sees of it: the process and the user directory outlive the suite. */
export type SharedNodeRed = Pick<
  RunningNodeRed,
  'url' | 'userDir' | 'pid' | 'log' | 'admin' | 'deploy' | 'waitForLog'
>;

const running = new Map<NodeRedLine, Promise<RunningNodeRed>>();

/** Deploys the suite's flows in place of all that the one before has left; its log begins here. */
export async function useNodeRed(
  line: NodeRedLine,
  flows: readonly FlowNode[],
  credentials?: FlowCredentials,
): Promise<SharedNodeRed> {
  const server = await (running.get(line) ?? start(line));
  // With its nodes Node-RED forgets their contexts and credentials.
  await server.deploy([]);
  const begin = server.log.length;
  await server.deploy(flows, credentials);
  return {
    url: server.url,
    userDir: server.userDir,
    pid: server.pid,
    get log() {
      return server.log.slice(begin);
    },
    admin: (...request) => server.admin(...request),
    deploy: (...deployed) => server.deploy(...deployed),
    waitForLog: (pattern, options = {}) =>
      server.waitForLog(pattern, { ...options, from: begin + (options.from ?? 0) }),
  };
}

/** The editor's tips come by a timer, which fails in Node-RED 5 where the page takes longer than a second to load. */
const WITHOUT_TIPS = { editor: { view: { 'view-show-tips': false } } };

async function startWithoutTips(line: NodeRedLine): Promise<RunningNodeRed> {
  const server = await startNodeRed({ line });
  await server.admin('/settings/user', WITHOUT_TIPS);
  return server;
}

function start(line: NodeRedLine): Promise<RunningNodeRed> {
  const starting = startWithoutTips(line);
  running.set(line, starting);
  closeAtEnd(async () => {
    running.delete(line);
    await (await starting).stop();
  });
  return starting;
}
