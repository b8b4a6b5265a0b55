/**
 * Writes docs/reference/errors.md. Classes, waits and advice come from the tables by which the session acts; what
 * happened and the order are written here.
 *
 * npx tsx scripts/error-docs.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONVERSION_ERRORS } from '../src/convert';
import { DECODER_FAILURES } from '../src/pictures';
import { ERROR_TABLE, IN_BAND_TABLE, type ErrorClass, type ErrorRow } from '../src/session/error-table';
import { adviceOf } from '../src/session/error-report';
import { MAX_CHUNK_ATTEMPTS, reactTo } from '../src/session/retry-policy';
import { TABLE_ERRORS, tableAdvice } from '../nodes/kvs-fleet/sharing-errors';
import { duration } from '../nodes/shared/shown-values';
import { SHARING_DEFAULTS } from '../src/options';
import { english } from '../testing/texts';

const FILE = resolve(__dirname, '..', 'docs', 'reference', 'errors.md');

/** What happened, with the ErrorTypes that mean it, in the order of the page. */
type Meanings = readonly (readonly [happened: string, ...ErrorTypes: string[]])[];

interface Section {
  readonly title: string;
  readonly errorClass: ErrorClass;
  /** What the node does, before its waits. */
  readonly reaction: string;
  /** What else there is to know of it, after its waits. */
  readonly more?: string;
  readonly meanings: Meanings;
}

const SECTIONS: readonly Section[] = [
  {
    title: 'Too many calls or readers',
    errorClass: 'throttled',
    reaction: 'The node waits and retries',
    meanings: [
      ['Too many calls for this stream.', 'ClientLimitExceededException'],
      ['The stream has no free connection.', 'ConnectionLimitExceededException'],
      [
        'A service of AWS limits the calls of the account.',
        'LimitExceededException',
        'RequestLimitExceeded',
        'Throttling',
        'ThrottlingException',
        'ThrottledException',
        'TooManyRequestsException',
        'SlowDown',
      ],
    ],
  },
  {
    title: 'Network and service',
    errorClass: 'transient',
    reaction: 'The node retries',
    meanings: [
      [
        'No connection, or it broke. `code` is the network’s own name of the error, such as `ECONNREFUSED`. For codes of TLS the message names the host and says what to check.',
        'NetworkError',
      ],
      ['The connection is open, but has delivered nothing for the stall timeout.', 'StalledStream'],
      [
        'The service has a problem, or is overloaded.',
        'InternalFailure',
        'InternalFailureException',
        'InternalServerError',
        'InternalServerException',
        'ServiceUnavailable',
        'ServiceUnavailableException',
        'RequestTimeout',
      ],
      [
        'The source of credentials could not be asked: a credential process failed, or the instance metadata service did not answer.',
        'CredentialsUnavailable',
      ],
      ['The identity provider behind the role could not be reached.', 'IDPCommunicationError'],
    ],
  },
  {
    title: 'Data endpoint',
    errorClass: 'endpoint',
    reaction: 'The node asks for the stream’s address again and retries',
    meanings: [['The stream’s address for media has changed.', 'InvalidEndpointException']],
  },
  {
    title: 'Expired credentials',
    errorClass: 'credentials',
    reaction: 'The node gets new credentials from their source and retries',
    meanings: [
      ['The session token has expired.', 'ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    ],
  },
  {
    title: 'Clock',
    errorClass: 'clock',
    reaction: 'The node signs with the time that the service gave in its answer and retries',
    meanings: [
      [
        'The clock of this machine differs from the service’s by more than AWS accepts.',
        'RequestExpired',
        'RequestInTheFuture',
        'RequestTimeTooSkewed',
      ],
    ],
  },
  {
    title: 'Refused',
    errorClass: 'refused',
    reaction:
      'Someone has to act. The node retries slowly, since the cause can be fixed without touching the flow',
    more: ' The status is red. With `keepTrying` off the node stops at the first refusal.',
    meanings: [
      [
        'A permission is missing.',
        'AccessDenied',
        'AccessDeniedException',
        'NotAuthorized',
        'NotAuthorizedException',
      ],
      ['The stream does not exist in this region and account.', 'ResourceNotFoundException'],
      [
        'The keys are wrong. Where the service’s clock differs by 4 minutes or more, `InvalidSignatureException` and `SignatureDoesNotMatch` are treated as errors of the [clock](#clock).',
        'UnrecognizedClientException',
        'InvalidClientTokenId',
        'InvalidAccessKeyId',
        'InvalidSignatureException',
        'SignatureDoesNotMatch',
      ],
      ['The account does not use the service in this region yet.', 'OptInRequired'],
      [
        'The selected source has no credentials. The message says what to do. If the account itself should hold access keys and has none, the node stops, since only a deploy can change that.',
        'MissingCredentials',
      ],
      ['A file of CA certificates cannot be read.', 'InvalidCaBundle'],
      [
        'The request arrived without its signature.',
        'MissingAuthenticationToken',
        'MissingAuthenticationTokenException',
      ],
      [
        'The request arrived with a part of its signature missing.',
        'IncompleteSignature',
        'IncompleteSignatureException',
      ],
      [
        'An endpoint gave an address that is neither its own host nor of Kinesis Video Streams in the region. The node sends no signed call there.',
        'InvalidEndpoint',
      ],
      ['The answer, or a list, is larger than any answer of AWS. It is not read further.', 'AnswerTooLarge'],
    ],
  },
  {
    title: 'Settings and input',
    errorClass: 'configuration',
    reaction:
      'The same call would always fail, so the session ends. An input message that is refused changes nothing: a running session continues',
    meanings: [
      [
        'A setting or an input message cannot be used. The message names it. A setting stops the node (`action: stop`); an input message is left out (`action: ignore`, of **kvs archive** and **kvs convert** `skip`).',
        'InvalidInput',
      ],
      ['Keys contain characters that cannot be sent. The message names the value.', 'MalformedCredentials'],
      ['Settings of endpoints exclude each other.', 'EndpointError'],
      [
        'AWS does not accept a value. If it is a position that the node has learnt from the stream, it is treated as [position](#position).',
        'InvalidArgumentException',
        'ValidationException',
      ],
      [
        'AWS does not accept the request.',
        'InvalidParameterCombination',
        'InvalidParameterValue',
        'InvalidQueryParameter',
        'MalformedQueryString',
        'MissingAction',
        'MissingParameter',
        'InvalidAction',
        'ValidationError',
      ],
      ['The server at the endpoint does not have this operation.', 'UnknownOperationException'],
    ],
  },
];

/** Errors about media that were received: they do not end the session. */
const MEDIA: Meanings = [
  [
    `A chunk is damaged. The node fetches it again, skips it after ${MAX_CHUNK_ATTEMPTS} attempts and continues. \`byteOffset\`, \`elementId\` and \`elementPath\` say where it is damaged.`,
    'MalformedMedia',
  ],
  [
    `A chunk ended too early in ${MAX_CHUNK_ATTEMPTS} consecutive attempts. The node skips it and continues.`,
    'TruncatedChunk',
  ],
  ['A chunk is larger than `maxChunkMB`. The node skips it and continues.', 'ChunkTooLarge'],
  ['Tags are too large or too many. The chunk is sent without them.', 'TagTooLarge'],
  ['Fragments are missing: see [gaps](#gaps). The node continues after them.', 'FragmentGap'],
  [
    'No media for `silentSeconds`. The node continues to ask. It reports again, with `silentMs`, when media arrives.',
    'StreamSilent',
  ],
  ['A message was not acknowledged within `ackTimeoutSeconds`. The node continues to wait.', 'AckTimeout'],
];

const ARCHIVE: Meanings = [
  ['The range has no media.', 'NoMediaInRange'],
  ['The stream has no retention period.', 'NoDataRetentionException'],
  ['AWS cannot make a URL for the codecs of this stream.', 'UnsupportedStreamMediaTypeException'],
  [
    'The codec private data of a track is missing or wrong.',
    'MissingCodecPrivateDataException',
    'InvalidCodecPrivateDataException',
  ],
  ['AWS cannot parse a frame.', 'InvalidMediaFrameException'],
];

/** The waits of the first tries, as the session draws them. */
function waits(errorClass: ErrorClass): string {
  const at = (n: number, chance: number): string => {
    const reaction = reactTo(errorClass, { inRow: n, sameClass: n }, true, () => chance);
    return reaction.action === 'stop'
      ? ''
      : reaction.retryInMs === 0
        ? 'at once'
        : duration(reaction.retryInMs);
  };
  const range = (n: number): string => {
    const [least, most] = [at(n, 0), at(n, 1)];
    return least === most ? most : `${least} to ${most}`;
  };
  if (errorClass === 'configuration') {
    return '';
  }
  const first = range(1);
  return `: ${first === 'at once' ? first : `after ${first}`}, then after ${range(2)}, and so on up to ${at(100, 1)}`;
}

/** Tables hold plain text; names that Markdown would take for emphasis, and names of code, are code on the page. */
function adviceText(row: ErrorRow): string {
  return english
    .sentences(adviceOf(row))
    .replaceAll(/\b(?:AWS_[A-Z_]*\w|NODE_EXTRA_CA_CERTS|ca_bundle|(?:kinesisvideo|kms):[A-Z]\w+)/g, '`$&`');
}

const shown = new Set<string>();

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function lines(meanings: Meanings): string {
  return meanings
    .map(([happened, ...names]) => {
      const advice = new Set(
        names.map((name) => {
          shown.add(name);
          const row = ERROR_TABLE[name];
          if (row === undefined) {
            throw new Error(`${name} is not in ERROR_TABLE`);
          }
          return adviceText(row);
        }),
      );
      if (advice.size !== 1) {
        throw new Error(`${names.join()} have different advice`);
      }
      return `- **${codes(names)}**: ${happened} ${[...advice].join('')}`.trimEnd();
    })
    .join('\n');
}

function section({ title, errorClass, reaction, more = '', meanings }: Section): string {
  const astray = meanings.flatMap(([, ...names]) =>
    names.filter((name) => ERROR_TABLE[name]?.class !== errorClass),
  );
  if (astray.length > 0) {
    throw new Error(`not of class ${errorClass}: ${astray.join()}`);
  }
  return `### ${title}\n\n${reaction}${waits(errorClass)}.${more}\n\n${lines(meanings)}`;
}

/** What DynamoDB's errors mean; those that mean the same share a line. */
function tableLines(): string {
  const byMeaning = new Map<string, string[]>();
  for (const [name, { class: errorClass }] of Object.entries(TABLE_ERRORS)) {
    const advice = tableAdvice(name, SHARING_DEFAULTS.table);
    const said = advice === undefined ? 'Nothing to do.' : english.sentences([advice]);
    const meaning = `${CLASS_MEANINGS[errorClass] ?? ''} ${said.replaceAll(/dynamodb:\w+/g, '`$&`')}`.trim();
    byMeaning.set(meaning, [...(byMeaning.get(meaning) ?? []), name]);
  }
  return [...byMeaning].map(([meaning, names]) => `- **${codes(names)}**: ${meaning}`).join('\n');
}

const CLASS_MEANINGS: Readonly<Partial<Record<ErrorClass, string>>> = {
  throttled: 'Too many calls.',
  transient: 'Another write of the same item was under way.',
  configuration: 'The table has other keys.',
};

/** ErrorTypes by what to do about them; the ids that have the same ErrorType share a line. */
function inBandLines(): string {
  const byAdvice = new Map<string, Map<string, string[]>>();
  for (const [id, row] of Object.entries(IN_BAND_TABLE)) {
    const to = SECTION_OF[row.class];
    const advice = `${adviceText(row) || 'Nothing to do.'} See [${to}](#${anchor(to)}).`;
    const meaning = english.text(`meaning.${row.meaning}`).replace(/^It /, 'The service ');
    const line = `**\`${row.ErrorType}\`**: ${meaning}`;
    const rows = byAdvice.get(advice) ?? new Map<string, string[]>();
    rows.set(line, [...(rows.get(line) ?? []), id]);
    byAdvice.set(advice, rows);
  }
  return [...byAdvice]
    .flatMap(([advice, rows]) =>
      rows.size === 1
        ? [...rows].map(([line, ids]) => `- ${line} ${advice} (id ${ids.join(', ')})`)
        : [`- ${advice}`, ...[...rows].map(([line, ids]) => `  - ${line} (id ${ids.join(', ')})`)],
    )
    .join('\n');
}

const POSITION = 'Position';
const SECTION_OF = {
  ...(Object.fromEntries(SECTIONS.map(({ errorClass, title }) => [errorClass, title])) as Record<
    ErrorClass,
    string
  >),
  position: POSITION,
};

/** What can be said of a decoder that failed, with values as they may be. */
function decoderLines(): string {
  const codes: Readonly<Record<string, string>> = {
    'decoder.noResources': 'EMFILE',
    'decoder.notStarted': 'ENOEXEC',
  };
  const values = {
    ...{ exitCode: 1, signal: 'SIGKILL' },
    ...{ allowedMs: 15_000, silentMs: 15_000, allowedBytes: 32 * 1024 * 1024 },
  };
  return Object.keys(DECODER_FAILURES)
    .map((key) => `  - ${english.text(key, { ...values, code: codes[key] ?? 'EACCES' })}`)
    .join('\n');
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

/** The whole file. */
export function errorDocs(): string {
  shown.clear();
  const page = `# Errors

What each ErrorType means, what the node does, and what you can do. [Output 2](kvs-get-media.md#output-2-an-error) describes the message. The ErrorType never changes with the language.

\`scripts/error-docs.ts\` writes this page from the tables in the code; a test compares them.

- An ErrorType that is not listed is judged by its HTTP status: 429 as [too many calls](#too-many-calls-or-readers), 5xx as [network and service](#network-and-service), other 4xx and no status at all as [refused](#refused).
- \`UnknownError\` is a response without an ErrorType: another server than Kinesis Video Streams answers at the endpoint. \`UnexpectedError\` is a fault of this package: please report it.
- Where waits are given as a range, the node draws at random from it, so that many nodes do not call in step. Waits start over when media has arrived.
- All nodes of one Node-RED together make at most 5 GetMedia calls a second for a stream.
- The end of a response is no error: after 45 minutes, after 3 seconds without media, or at any time. If media was flowing the node calls again at once, otherwise after 1 to 2 s, growing to 10 s.

## Calls

${SECTIONS.map(section).join('\n\n')}

### ${POSITION}

The service no longer knows the position at which the node wants to continue. The node falls back from the continuation token to the fragment number, then to the server time, then to the configured start${waits('position')}.

## Media

These do not end the session.

${lines(MEDIA)}

### Gaps

\`FragmentGap\` has a property \`gap\`. Unknown values are absent.

- \`from\` and \`to\`: the missing time by the service’s clock, in milliseconds since the epoch
- \`durationMs\`: its length
- \`AfterFragmentNumber\`: the last chunk before the gap. \`FragmentNumber\` of the error is the first one after it.

The node judges by fragment numbers: within a producer’s session they count up by one, and from one session to the next they step by about a thousand. Two limits follow. A producer that connected several times and sent nothing can look like a gap. Media that is missing at the very end of a producer’s session looks like silence.

### Errors inside a response

A response with status 200 may contain an error of the service. Its id (\`AWS_KINESISVIDEO_ERROR_ID\`) decides the ErrorType; its text is part of the message. If the id is not listed, the ErrorType is the text if that is a single word, otherwise \`InBandError\` and the id. An error inside a chunk is reported after that chunk.

${inBandLines()}

## Stored media

From **kvs archive**. The request fails; others continue.

${lines(ARCHIVE)}
- **\`ArchiveIncomplete\`**: Some stored fragments could not be read, the beginning of the range is outside the retention period, or nothing is shown at some of the times of which pictures were requested. The rest was sent. \`gaps\` says what is missing. Request again what could not be read.
- **\`ClipTooLarge\`**: The clip or picture is larger than a message may be. Save it to a file, or request a shorter range, a smaller width or a lower quality.
- **\`FileError\`**: The clip or picture could not be saved: the disk is full, the folder does not exist, or Node-RED may not write there. The message names the path and the system's error code. Nothing is left of the clip.
- **\`MissingKeyFrame\`, \`UnsupportedCodec\`, \`InvalidCodecData\`** and others under [What cannot be converted](#what-cannot-be-converted): no clip could be made of the media.
- **\`QueueFull\`**: 100 requests are waiting. Send fewer at a time, or use several nodes.
- **\`Cancelled\`**: The action \`cancel\` ended the request.

## Many streams

From **kvs fleet**, with the operation \`Fleet\`. Streams that are read continue.

- **\`NoStreamsFound\`**: No stream has such a name or such tags. Check the selection, the account and its region. The node searches again by itself.
- **\`FleetFull\`**: More streams are selected than *Max streams* allows, or more than 1000 if it is 0. The others are read when streams end. Narrow the selection, or set *Max streams*.
- **\`FleetTableError\`**: The DynamoDB table of a shared fleet cannot be reached, or refuses. Streams are read for 0.8 of a lease, then pause. The node retries until the table is back. The message says what to allow or to check: see [the table of a shared fleet](#the-table-of-a-shared-fleet).
- **\`FleetTableMissing\`**: There is no such table. Create it in the settings of the fleet, or correct its name. The node retries.
- **\`FleetItemMalformed\`**: Someone has edited the item of a stream in the table so that no member can read it, or write it safely. Nobody reads that stream; others continue. Correct the item, or delete it: the next search or start message adds the stream again, from its start.
- **\`LeaseLost\`**: This Node-RED was silent or without the table for longer than its lease, so that another one continues the stream. Nothing has to be done.

### The table of a shared fleet

\`FleetTableError\` and \`FleetTableMissing\` name in their sentences what DynamoDB answered. Whatever it is, the node retries: signs of life after 1/12 of a lease (1.25 s for 15 s), checkpoints and changes after 1/6, reads after 1/3. \`needsPerson\` is true for what is refused. These mean something of their own; all others mean what they mean under [Calls](#calls).

${tableLines()}
- **\`UnknownError\`**: Another server than DynamoDB answers at the endpoint. ${adviceText({ class: 'refused', advice: 'endpoint' })}

## What cannot be converted

From **kvs convert**, with the operation \`Convert\`. If \`action\` is \`skip\` the chunk was left out; if it is \`ignore\` it was converted anyway. Conversion continues with the next chunk.

${Object.entries(CONVERSION_ERRORS)
  .map(([name, { meaning, advice }]) => `- **\`${name}\`**: ${meaning} ${advice}`.trimEnd())
  .join('\n')}
- **\`NoDecoder\`**: Pictures need ffmpeg, and no usable one was found on the \`PATH\` or in \`ffmpeg-static\` or \`@ffmpeg-installer/ffmpeg\`. Install it where Node-RED runs, and restart Node-RED. \`kvs-archive\` can let AWS decode instead: set _Decoded by_ to _AWS (GetImages)_.
- **\`DecoderFailed\`**: ffmpeg made no picture. The message says why and what to do, how many frames gave no picture where that is known, and ends with what ffmpeg itself wrote, in quotes. Decoding continues: with a new process at the next key frame if this one has ended, but not within a second of a process that gave no picture at all. A request to \`kvs-archive\` ends. Damaged frames alone are no error while ffmpeg makes pictures of them.
${decoderLines()}
- **\`DecoderBusy\`**: More pictures are requested than the machine can decode, or more than 64 decoders would run. Choose a longer time between pictures, or _Skip late pictures_.
- **\`AckTimeout\`**: A picture was not acknowledged within 60 s (_Max in flight_). The next one is sent.
`;
  const missing = Object.keys(ERROR_TABLE).filter((name) => !shown.has(name));
  if (missing.length > 0) {
    throw new Error(`say what these mean: ${missing.join()}`);
  }
  return page;
}

if (require.main === module) {
  writeFileSync(FILE, errorDocs());
}
