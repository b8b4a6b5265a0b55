/**
 * Writes docs/reference/errors.md from the tables by which the session acts, so that what is said is what is done.
 *
 * npx tsx scripts/error-docs.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONVERSION_ERRORS } from '../src/convert';
import {
  ERROR_CLASSES,
  ERROR_TABLE,
  IN_BAND_TABLE,
  type ErrorClass,
  type ErrorRow,
} from '../src/session/error-table';
import { adviceOf } from '../src/session/error-report';
import { reactTo } from '../src/session/retry-policy';
import { duration } from '../nodes/shared/values';
import { english } from '../testing/texts';

const FILE = resolve(__dirname, '..', 'docs', 'reference', 'errors.md');

const MEANING: Readonly<Record<ErrorClass, string>> = {
  throttled: 'Too many calls or readers.',
  transient: 'The same call may succeed in a moment.',
  endpoint: 'The data endpoint has moved. The node asks for the new one.',
  credentials: 'They have expired. The node resolves them anew.',
  clock: 'This machine’s clock is off. The node signs with the service’s clock, from its `Date` header.',
  position:
    'The service no longer knows where to go on. The node falls back: continuation token, fragment number, server time, configured start.',
  refused:
    'A right, a key or the stream is missing. It may be mended behind the node’s back, so the node asks again, slowly; where *keep trying* is off, it stops.',
  configuration: 'The node’s own settings are wrong.',
};

/** The waits of the first tries, as the session draws them. */
function waits(errorClass: ErrorClass): string {
  const at = (n: number, chance: number): string => {
    const reaction = reactTo(errorClass, { inRow: n, sameClass: n }, true, () => chance);
    return reaction.action === 'stop'
      ? 'stops'
      : reaction.retryInMs === 0
        ? 'at once'
        : duration(reaction.retryInMs);
  };
  const range = (n: number): string => {
    const [least, most] = [at(n, 0), at(n, 1)];
    return least === most ? most : `${least} to ${most}`;
  };
  return errorClass === 'configuration' ? 'stops' : `${range(1)}, then ${range(2)}, … at most ${at(100, 1)}`;
}

function row(name: string, found: ErrorRow, meaning = ''): string {
  const advice = english.sentences(adviceOf(found));
  return `| ${name} | ${found.class} | ${[meaning, advice].filter((text) => text !== '').join(' ')} |`;
}

/** The whole file. */
export function errorDocs(): string {
  return `# Errors, and what the node does

Made by \`scripts/error-docs.ts\` from the tables in \`src/session/\` and \`src/convert/\`; a test holds the two together.

## Classes

| class | what it means | the node tries again after |
| --- | --- | --- |
${ERROR_CLASSES.map((name) => `| ${name} | ${MEANING[name]} | ${waits(name)} |`).join('\n')}

Where a range is given the wait is drawn at random from it, so that many nodes do not come back in step. Waits begin anew when media has flowed. A stream gets at most 5 GetMedia calls a second from all nodes of one Node-RED together.

The end of a response is no error: after 45 minutes, after 3 seconds without media, or whenever the service likes. Where media was flowing the node asks again at once, else after up to 1 s, growing to 10 s.

## ErrorTypes

\`UnexpectedError\` is a fault of this package: please report it. \`UnknownError\` stands for a response without an ErrorType. An ErrorType that is not listed is judged by its HTTP status: 429 is throttled, 5xx is transient, no status at all and other 4xx are refused.

| ErrorType | class | what you can do |
| --- | --- | --- |
${Object.entries(ERROR_TABLE)
  .map(([name, found]) => row(`\`${name}\``, found))
  .join('\n')}

\`InvalidArgumentException\` is of class position where the node asked for a position that it had learnt from the stream, and \`InvalidSignatureException\` of class clock where the service’s clock differs by 4 minutes or more.

## Gaps

\`FragmentGap\` has a property \`gap\`: \`from\`, \`to\` and \`durationMs\` say which time is missing by the service’s clock, in ms (since the epoch, where it is a time), and \`AfterFragmentNumber\` names the last chunk before it; \`FragmentNumber\` is the first one after it. What is not known is absent. The node judges by the fragment numbers: within a producer’s session they count up by one, and from one session to the next they step by about a thousand. A producer that connected several times and sent nothing can look like a gap, and media that are missing at the very end of a producer’s session cannot be told from silence.

## Errors within the media

A response with status 200 may carry \`AWS_KINESISVIDEO_ERROR_ID\`. It decides the ErrorType and the class; the text of \`AWS_KINESISVIDEO_ERROR_CODE\` is a description, and part of the message. An id that is not listed has that text for its ErrorType where it is one identifier, else \`InBandError\` and the id. An error within a chunk is reported when that chunk has been sent, or turns out not to be whole.

| ErrorId | ErrorType | class | what it means, and what you can do |
| --- | --- | --- | --- |
${Object.entries(IN_BAND_TABLE)
  .map(([id, found]) =>
    row(`${id} | \`${found.ErrorType}\``, found, english.text(`meaning.${found.meaning}`)),
  )
  .join('\n')}

## What cannot be converted

\`kvs-convert\` sends these with the operation \`Convert\`. Where \`action\` is \`skip\` the chunk was left out, where it is \`ignore\` it was converted all the same; either way it goes on with the next one.

| ErrorType | what it means | what you can do |
| --- | --- | --- |
${Object.entries(CONVERSION_ERRORS)
  .map(([name, { meaning, advice }]) => `| \`${name}\` | ${meaning} | ${advice} |`)
  .join('\n')}
| \`NoDecoder\` | Pictures of H.264 and H.265 need ffmpeg, which is not on the path. | Install it where Node-RED runs, and start Node-RED again. |
| \`DecoderFailed\` | ffmpeg could not be started, made no picture of a key frame, or took longer than 15 s. | The message has its own words. |
| \`DecoderBusy\` | More pictures are asked for than the machine can decode. One was left out. | A longer time between pictures. |
`;
}

if (require.main === module) {
  writeFileSync(FILE, errorDocs());
}
