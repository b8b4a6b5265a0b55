/** Keeps the previews of this Node-RED: opens and shares them, and refuses what cannot be shown. */
import type { ServerResponse } from 'node:http';
import type { Node } from 'node-red';
import { systemClock, type Clock } from '../../src/clock';
import { observableMediaOf, type ObservableMedia } from '../shared/media-observer';
import { refused, type Answer } from '../shared/admin-answer';
import { MOST_VIEWERS, Preview } from './preview';
import { openPreviewSession } from './preview-session';

const MEDIA_HEADERS = {
  'Content-Type': 'application/octet-stream',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // nginx would otherwise hold back what is to be seen at once.
  'X-Accel-Buffering': 'no',
};

/** The previews that someone looks at, one for each node. */
export class PreviewRegistry {
  readonly #open = new Map<ObservableMedia, Preview>();

  constructor(private readonly clock: Clock = systemClock) {}

  /** Lets the response see the node until it is closed, or says why not. */
  show(node: Node | null | undefined, response: ServerResponse, withSound: boolean): Answer | undefined {
    const media = observableMediaOf(node);
    if (media === undefined) {
      return refused(404, 'NotDeployed', 'This node is not deployed, or disabled.', 'Deploy it.');
    }
    const { problem } = media;
    if (problem !== undefined) {
      return refused(409, problem.ErrorType, media.words.sentences(problem.statements));
    }
    let preview = this.#open.get(media);
    if (preview !== undefined && preview.viewers >= MOST_VIEWERS) {
      return refused(503, 'TooManyViewers', `${MOST_VIEWERS} others are looking.`, 'Close another preview.');
    }
    response.writeHead(200, MEDIA_HEADERS);
    response.flushHeaders();
    if (preview === undefined) {
      preview = new Preview(
        media,
        (events) => openPreviewSession(media, this.clock, events),
        this.clock,
        () => {
          this.#open.delete(media);
        },
      );
      this.#open.set(media, preview);
    }
    preview.add(response, withSound);
    return undefined;
  }
}
