import type * as Converting from './convert-node';
import type * as Runtime from './index';
import type * as PreviewRuntime from './previews';

/**
 * The run time, loaded when first called: a Node-RED that has the package but none of its nodes in a flow starts as
 * fast, and stays as small, as one without it.
 */
export function loadRuntime(): typeof Runtime {
  return require('./index') as typeof Runtime;
}

/** What `kvs-convert` needs, which the other nodes do not. */
export function loadConverting(): typeof Converting {
  return require('./convert-node') as typeof Converting;
}

/** The previews, with all that makes MP4 of chunks, loaded when someone first looks. */
export function loadPreviews(): PreviewRuntime.Previews {
  const { Previews } = require('./previews') as typeof PreviewRuntime;
  return new Previews();
}
