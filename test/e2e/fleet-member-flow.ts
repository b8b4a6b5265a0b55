import { simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';

export interface MemberSettings {
  readonly endpoint: string;
  readonly table: string;
  readonly tableEndpoint: string;
  readonly leaseSeconds: number;
  /** The streams of the second fleet; the first one has all. */
  readonly ofSecond: readonly string[];
  /** Where chunks are posted, with what they are in headers. */
  readonly sinkUrl: string;
  readonly member: number;
}

/** The flow of a member of two fleets: each chunk is posted, and acknowledged when the answer is `taken`. */
export function memberFlow(settings: MemberSettings): FlowNode[] {
  const { endpoint, table, tableEndpoint, leaseSeconds, ofSecond, sinkUrl, member } = settings;
  const place = { z: 'tab', x: 300, y: 100 };
  const action = (id: string): FlowNode => ({
    ...{ id, type: 'inject', ...place, wires: [['fleet', 'second']] },
    ...{ props: [{ p: 'action', v: id, vt: 'str' }], repeat: '', once: false },
  });
  const fleet = (id: string, more: object): FlowNode => ({
    ...{ id, type: 'kvs-fleet', ...place, config: 'config', wires: [['hand'], [], []] },
    ...{ startSelectorType: 'EARLIEST', maxInFlight: 1, coordination: 'dynamodb', table },
    ...{ tableEndpoint, leaseSeconds, checkpointSeconds: 0, ...more },
  });
  return [
    { id: 'tab', type: 'tab', label: 'fleet' },
    simulatorConfig(endpoint),
    fleet('fleet', {}),
    fleet('second', { fleet: 'second', selectBy: 'list', streams: ofSecond.join('\n') }),
    action('drain'),
    action('join'),
    {
      ...{ id: 'hand', type: 'function', ...place, outputs: 1, wires: [['post']] },
      // Called by node.send itself, in the same turn.
      func: `const { StreamName, FragmentNumber, fleet } = msg.kvs;
msg.headers = { 'x-fleet': fleet.name, 'x-stream': StreamName, 'x-fragment': FragmentNumber, 'x-epoch': String(fleet.leaseEpoch),
  'x-member': '${member}', 'x-sent-at': String(Date.now()), 'content-type': 'text/plain' };
msg.payload = '';
return msg;`,
    },
    {
      ...{ id: 'post', type: 'http request', ...place, method: 'POST', ret: 'txt', url: sinkUrl },
      ...{ paytoqs: 'ignore', persist: true, senderr: false, headers: [], wires: [['ack']] },
    },
    {
      ...{ id: 'ack', type: 'function', ...place, wires: [['fleet'], ['second']] },
      outputs: 2,
      func: `const ack = msg.payload === 'taken' ? { kvs: msg.kvs, action: 'ack' } : null;
return msg.kvs.fleet.name === 'second' ? [null, ack] : [ack, null];`,
    },
  ];
}
