/** Tags that were too large for a message: each is reported once, though a producer may repeat it in every chunk. */
import type { Chunk, LeftOutTag } from '../matroska';
import { printable } from '../printable';

const MOST_TAGS_NAMED = 10;

export class LeftOutTags {
  /** Names and sizes of those of the last chunk. */
  #last = '';

  /** Names and sizes of the tags that were left out of the chunk; empty where they are those of the chunk before. */
  news({ tagsLeftOut = [] }: Pick<Chunk, 'tagsLeftOut'>): string {
    const names = namesOf(tagsLeftOut);
    const isNew = names !== this.#last;
    this.#last = names;
    return isNew ? names : '';
  }
}

/** The first tags, with their sizes, and how many more there are; empty where there is none. */
function namesOf(tags: readonly LeftOutTag[]): string {
  const named = tags
    .slice(0, MOST_TAGS_NAMED)
    .map(({ name, sizeInBytes }) => `"${printable(name)}" (${sizeInBytes} bytes)`);
  const others = tags.length - named.length;
  return [...named, ...(others === 0 ? [] : [`${others} more`])].join(', ');
}
