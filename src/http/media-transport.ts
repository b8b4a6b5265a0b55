/** How GetMedia's responses can be read: through the SDK's HTTP handler, or straight from a socket. */
export const MEDIA_TRANSPORTS = ['library', 'lean'] as const;
export type MediaTransport = (typeof MEDIA_TRANSPORTS)[number];

const DEFAULT: MediaTransport = 'lean';

/** What an operator has chosen by the environment's KVS_MEDIA_TRANSPORT; anything unknown counts as no choice. */
export function chosenMediaTransport(environment: NodeJS.ProcessEnv = process.env): MediaTransport {
  const chosen = environment['KVS_MEDIA_TRANSPORT']?.trim().toLowerCase();
  return MEDIA_TRANSPORTS.find((transport) => transport === chosen) ?? DEFAULT;
}
