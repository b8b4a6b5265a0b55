/**
 * The page of the live preview: asks, plays, and says how it goes. While its tab is not looked at it asks for nothing.
 */
import type { InitRecord, MediaRecord, Received, StateRecord } from '../records';
import { accessToken, receive, Refused } from './preview-client';
import { behindLive, liveEdge, Recent } from './live-edge';
import { Player } from './player';
import { Texts } from './texts';

const TICK_MS = 500;
const FIGURES_MS = 5_000;
const CHUNKS_MS = 30_000;
/** A glance at another tab ends nothing. */
const HIDDEN_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
/** Codecs of sound that an MP4 file may hold. */
const SOUND = /mp4a|opus/i;

const texts = new Texts(window.localStorage);
const video = element('video', HTMLVideoElement);
const soundBox = element('sound', HTMLInputElement);
const node = new URLSearchParams(window.location.search).get('node') ?? '';

const chunks = new Recent<MediaRecord>(CHUNKS_MS);
const shownFrames = new Recent<number>(FIGURES_MS);
let player: Player | undefined;
let init: InitRecord | undefined;
let state: StateRecord | undefined;
let problem = '';
let wait = FIRST_WAIT_MS;
let asking = new AbortController();

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`The page has no ${id}.`);
  }
  return found;
}

function say(id: string, text: string): void {
  const place = element(id, HTMLElement);
  // Only what is new, or screen readers would repeat it.
  if (place.textContent !== text) {
    place.textContent = text;
  }
}

function take({ record, data }: Received): void {
  switch (record.type) {
    case 'state':
      state = record;
      break;
    case 'problem':
      problem = record.message;
      break;
    case 'init':
      begin(record, data);
      break;
    case 'media':
      wait = FIRST_WAIT_MS;
      chunks.add(record, performance.now());
      if (player !== undefined) {
        problem = '';
        player.media(record, data);
      }
      break;
  }
  show();
}

function begin(record: InitRecord, data: Received['data']): void {
  if (init !== undefined && kinds(init) !== kinds(record)) {
    // A player takes other codecs, but no more and no fewer tracks.
    closePlayer();
  }
  init = record;
  chunks.clear();
  if (!MediaSource.isTypeSupported(record.mimeType)) {
    closePlayer();
    problem = texts.get('cannotPlay', { codec: codecs(record) });
    return;
  }
  problem = '';
  player ??= new Player(video, (why) => {
    problem = texts.get('cannotDecode', { why });
    closePlayer();
    // From the beginning, with a new player, without the state of the one that failed.
    wait = LONGEST_WAIT_MS / 2;
    asking.abort();
  });
  player.init(record, data);
}

function closePlayer(): void {
  player?.close();
  player = undefined;
  shownFrames.clear();
}

/** Which kinds of tracks a file has. */
function kinds({ mimeType }: Pick<InitRecord, 'mimeType'>): string {
  return codecs({ mimeType })
    .split(',')
    .map((codec) => (SOUND.test(codec) ? 'audio' : 'video'))
    .join(' ');
}

function codecs({ mimeType }: Pick<InitRecord, 'mimeType'>): string {
  return /codecs="([^"]*)"/.exec(mimeType)?.[1] ?? mimeType;
}

// --- what a person sees ----------------------------------------------------------------------------------------------

function show(): void {
  const streaming = state?.state === 'streaming';
  const stateText = texts.get(state?.state ?? 'connecting');
  const isStarting = player === undefined || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
  const isPlaying = video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !video.paused;
  const quiet = streaming ? (isStarting ? texts.get('starting') : '') : isPlaying ? '' : stateText;
  say('message', problem === '' ? quiet : problem);
  say('state', stateText);
  say('stream', state?.StreamName ?? '');
  document.title = [state?.StreamName, texts.get('title')].filter(Boolean).join(' · ');
  const silent = soundBox.checked && init !== undefined && !SOUND.test(init.mimeType);
  say(
    'source',
    [state === undefined ? '' : texts.get(state.source), silent ? texts.get('noSound') : '']
      .filter((text) => text !== '')
      .join(' '),
  );
  say('figures', figures());
}

function figures(): string {
  const last = chunks.values.at(-1);
  if (init === undefined || last === undefined || player === undefined) {
    return '';
  }
  const now = performance.now();
  const { value: record, at } = last;
  const behind = behindLive(record, player.ahead * 1_000, now - at) / 1_000;
  return [
    framesPerSecond(),
    bitRate(),
    init.width === undefined ? '' : `${init.width}×${init.height ?? 0}`,
    codecs(init),
    texts.get('behind', { seconds: decimal(behind) }),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function framesPerSecond(): string {
  const [first] = shownFrames.values;
  const last = shownFrames.values.at(-1);
  return first === undefined || last === undefined || last.at === first.at
    ? ''
    : texts.get('fps', { fps: decimal(((last.value - first.value) * 1_000) / (last.at - first.at)) });
}

function bitRate(): string {
  const sum = (of: (record: MediaRecord) => number): number =>
    chunks.values.reduce((total, { value }) => total + of(value), 0);
  const kilobits =
    (sum(({ bytes }) => bytes) * 8) /
    Math.max(
      1,
      sum(({ durationMs }) => durationMs),
    );
  return kilobits < 1_000 ? `${decimal(kilobits, 0)} kb/s` : `${decimal(kilobits / 1_000)} Mb/s`;
}

function decimal(value: number, digits = 1): string {
  return value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function tick(): void {
  if (player !== undefined) {
    // Those of the first moment are decoded ahead of their time, and would make the rate too high.
    if (video.currentTime > 1) {
      shownFrames.add(video.getVideoPlaybackQuality().totalVideoFrames, performance.now());
    }
    const longest = Math.max(0, ...chunks.values.map(({ value }) => value.durationMs)) / 1_000;
    const { playbackRate, jumpToEndMinus } = liveEdge(player.ahead, longest);
    video.playbackRate = playbackRate;
    if (jumpToEndMinus !== undefined) {
      player.jumpToEndMinus(jumpToEndMinus);
    }
  }
  show();
}

// --- asking ----------------------------------------------------------------------------------------------------------

async function look(): Promise<never> {
  for (;;) {
    await seen();
    asking = new AbortController();
    try {
      const token = accessToken(window.location.pathname, window.localStorage);
      await receive(node, soundBox.checked, token, asking.signal, take);
    } catch (error) {
      if (!asking.signal.aborted) {
        problem = reason(error);
      }
    }
    state = undefined;
    show();
    await pause();
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Refused)) {
    return texts.get('noAnswer');
  }
  if (error.message !== '') {
    return error.message;
  }
  return texts.get(error.status === 401 || error.status === 403 ? 'notAllowed' : 'noAnswer');
}

/** A while, longer each time, until media come again. */
function pause(): Promise<void> {
  const ms = wait;
  wait = Math.max(FIRST_WAIT_MS, Math.min(LONGEST_WAIT_MS, wait * 2));
  return new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });
}

/** Resolves when the page can be seen. */
function seen(): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!document.hidden) {
        document.removeEventListener('visibilitychange', check);
        resolve();
      }
    };
    document.addEventListener('visibilitychange', check);
    check();
  });
}

function endWhenHidden(): void {
  let timer: number | undefined;
  document.addEventListener('visibilitychange', () => {
    window.clearTimeout(timer);
    if (document.hidden) {
      timer = window.setTimeout(() => {
        wait = FIRST_WAIT_MS;
        asking.abort();
      }, HIDDEN_MS);
    }
  });
}

say('sound-label', texts.get('sound'));
soundBox.addEventListener('change', () => {
  video.muted = !soundBox.checked;
  wait = 0;
  closePlayer();
  asking.abort();
});
video.addEventListener('playing', show);
video.addEventListener('waiting', show);
show();
if (typeof MediaSource === 'undefined') {
  say('message', texts.get('noMediaSource'));
} else {
  endWhenHidden();
  window.setInterval(tick, TICK_MS);
  void look();
}
