/** Tags that were too large for a message: each is reported once, though a producer may repeat it in every chunk. */
import type { Chunk } from '../matroska';
import { printable } from '../printable';

const NONE: NonNullable<Chunk['tagsLeftOut']> = { count: 0, named: [] };

export class LeftOutTags {
  /** The names that were given for the last chunk: sizes and numbers may change from chunk to chunk. */
  #last = '[]';

  /** Names and sizes of the tags that were left out of the chunk; empty where they are those of the chunk before. */
  news({ tagsLeftOut: { count, named } = NONE }: Pick<Chunk, 'tagsLeftOut'>): string {
    const names = JSON.stringify(named.map(({ name }) => name));
    const isNew = names !== this.#last;
    this.#last = names;
    if (!isNew) {
      return '';
    }
    const others = count - named.length;
    return [
      ...named.map(({ name, sizeInBytes }) => `"${printable(name)}" (${sizeInBytes} bytes)`),
      ...(others === 0 ? [] : [`${others} more`]),
    ].join(', ');
  }
}
