/** What has been read of the current BlockGroup. One is used for all of them. */

/** In place of a duration. */
export const NO_DURATION = -1;

/** All positions are offsets in the response. */
export class BlockGroup {
  start = 0;
  contentStart = 0;
  /** The content of its Block, which begins with the block's header. */
  blockStart = 0;
  blockEnd = 0;
  /** BlockDuration, in ticks. */
  duration = NO_DURATION;
  isKeyframe = true;

  begin(start: number, contentStart: number): void {
    this.start = start;
    this.contentStart = contentStart;
    this.duration = NO_DURATION;
    this.isKeyframe = true;
  }
}
