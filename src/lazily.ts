/** Loads a value with its first use. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * So many file descriptors must be free before packages are loaded. Loading takes one at a time; the others are a
 * margin for what this process opens meanwhile.
 */
const SPARE_DESCRIPTORS = 16;

/**
 * Loads when first called, and again after a failure: only what was loaded is kept.
 *
 * Node.js itself keeps failures: a dynamic `import()` that could not read its file fails from then on, and for Node.js
 * 20 a package whose `package.json` could not be opened is missing from then on. So `load` is to use `require`, and is
 * called only while there are file descriptors to spare.
 *
 * @throws what `load` throws, and the system's EMFILE or ENFILE
 */
export function lazily<T>(load: () => T): () => T {
  let loaded: { readonly value: T } | undefined;
  return () => {
    if (loaded === undefined) {
      assertSpareDescriptors();
      loaded = { value: load() };
    }
    return loaded.value;
  };
}

/** @throws the system's EMFILE or ENFILE where this process can open hardly any file */
export function assertSpareDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < SPARE_DESCRIPTORS) {
      opened.push(openSync(devNull, 'r'));
    }
  } finally {
    for (const descriptor of opened) {
      closeSync(descriptor);
    }
  }
}
