/** Which transport reads media, as the operator has chosen it by KVS_MEDIA_TRANSPORT. */

/** `https`: over `node:https`; `socket`: straight from a socket. */
export const MEDIA_TRANSPORTS = ['https', 'socket'] as const;
export type MediaTransport = (typeof MEDIA_TRANSPORTS)[number];

const DEFAULT: MediaTransport = 'socket';

/** Names that earlier versions gave them. */
const FORMER_NAMES: Readonly<Record<string, MediaTransport>> = { library: 'https', lean: 'socket' };

/** The operator's choice by the environment's KVS_MEDIA_TRANSPORT; anything unknown counts as no choice. */
export function chosenMediaTransport(environment: NodeJS.ProcessEnv = process.env): MediaTransport {
  const chosen = environment['KVS_MEDIA_TRANSPORT']?.trim().toLowerCase() ?? '';
  return MEDIA_TRANSPORTS.find((transport) => transport === chosen) ?? FORMER_NAMES[chosen] ?? DEFAULT;
}
