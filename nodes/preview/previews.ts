import type { ServerResponse } from 'node:http';
import type { Node } from 'node-red';
import { systemClock, type Clock } from '../../src/clock';
import type { Answer, Refusal } from '../kvs-config/admin-answers';
import { MediaNode } from '../kvs-get-media/media-node';
import { MOST_VIEWERS, Preview } from './preview';

const MEDIA_HEADERS = {
  'Content-Type': 'application/octet-stream',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // nginx would otherwise hold back what is to be seen at once.
  'X-Accel-Buffering': 'no',
};

/** The previews that someone looks at, one for each node. */
export class Previews {
  readonly #open = new Map<MediaNode, Preview>();

  constructor(private readonly clock: Clock = systemClock) {}

  /** Lets the response see the node until it is closed, or says why not. */
  show(node: Node | null | undefined, response: ServerResponse, withSound: boolean): Answer | undefined {
    const media = mediaOf(node);
    if (media === undefined) {
      return refused(404, 'NotDeployed', 'This node is not deployed, or disabled.', 'Deploy it.');
    }
    const { problem } = media;
    if (problem !== undefined) {
      return refused(409, problem.ErrorType, problem.message);
    }
    let preview = this.#open.get(media);
    if (preview !== undefined && preview.viewers >= MOST_VIEWERS) {
      return refused(503, 'TooManyViewers', `${MOST_VIEWERS} others are looking.`, 'Close another preview.');
    }
    response.writeHead(200, MEDIA_HEADERS);
    response.flushHeaders();
    if (preview === undefined) {
      preview = new Preview(media, this.clock, () => {
        this.#open.delete(media);
      });
      this.#open.set(media, preview);
    }
    preview.add(response, withSound);
    return undefined;
  }
}

function refused(status: number, ErrorType: string, message: string, advice = ''): Answer {
  const body: Refusal = { ErrorType, message, advice };
  return { status, body };
}

/** The node of what `RED.nodes.getNode` found: undefined for no node, or one of another type. */
function mediaOf(node: Node | null | undefined): MediaNode | undefined {
  const media = node !== null && node !== undefined && 'media' in node ? node.media : undefined;
  return media instanceof MediaNode ? media : undefined;
}
