import assert from 'node:assert/strict';
import { judge } from './judge';
import { runScenario, type Saboteur } from './run-scenario';
import type { Flaw, FragmentPlan, Scenario } from './scenario';

const FRAGMENT: FragmentPlan = { silence: 0, duration: 1_000, frames: 2, restart: false, content: 'media' };

/** Six chunks, nothing special. */
function scenarioOf({
  reader = {},
  service = {},
  ...others
}: Partial<Omit<Scenario, 'reader' | 'service'>> & {
  readonly reader?: Partial<Scenario['reader']>;
  readonly service?: Partial<Scenario['service']>;
} = {}): Scenario {
  return {
    reader: { emit: 'chunk', maxInFlight: 0, start: 'EARLIEST', startsAt: 0, ackWithin: 500, ...reader },
    service: {
      retention: 0,
      onForgotten: 'oldest',
      tokens: 'numbers',
      tokensInclusive: false,
      numbers: 'aws',
      clusterSize: 'unknown',
      beforeSilence: false,
      maxAge: 0,
      window: 0,
      slice: 16_384,
      ...service,
    },
    fragments: Array.from({ length: 6 }, () => FRAGMENT),
    flaws: [],
    calls: [],
    acts: [],
    store: [],
    chance: 1,
    ...others,
  };
}

const flawed = (flaw: Partial<Flaw>): Flaw => ({
  fragment: 2,
  kind: 'damage',
  at: 'media',
  growing: 0,
  times: 1,
  ErrorId: 5000,
  ...flaw,
});

/** The rules that are broken where the session's words are changed so on their way. */
async function brokenRules(scenario: Scenario, saboteur?: Saboteur): Promise<Set<string>> {
  const { log, fragments } = await runScenario(scenario, saboteur);
  return new Set(judge(scenario, fragments, log).map((violation) => violation.split(':')[0] ?? violation));
}

/** Leaves out errors that fit. */
const hush =
  (...types: readonly string[]): Saboteur =>
  (events) => ({
    ...events,
    error: (error) => {
      if (!types.includes(error.ErrorType)) {
        events.error(error);
      }
    },
  });

const CASES: readonly {
  readonly what: string;
  readonly rule: string;
  readonly scenario?: Scenario;
  readonly saboteur: Saboteur;
}[] = [
  {
    what: 'a chunk that is left out',
    rule: 'lost',
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        if (delivery.sequence !== 3) {
          events.chunk(delivery);
        }
      },
    }),
  },
  {
    what: 'a chunk that comes twice',
    rule: 'order',
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        events.chunk(delivery);
        if (delivery.sequence === 3) {
          events.chunk(delivery);
        }
      },
    }),
  },
  {
    what: 'two chunks that change places',
    rule: 'order',
    saboteur: (events) => {
      let kept: Parameters<typeof events.chunk>[0] | undefined;
      return {
        ...events,
        chunk: (delivery) => {
          if (delivery.sequence === 3) {
            kept = delivery;
            return;
          }
          events.chunk(delivery);
          if (kept !== undefined) {
            events.chunk(kept);
            kept = undefined;
          }
        },
      };
    },
  },
  {
    what: 'a byte that changes',
    rule: 'bytes',
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        delivery.chunk.data[100] = (delivery.chunk.data[100] ?? 0) ^ 1;
        events.chunk(delivery);
      },
    }),
  },
  {
    what: 'a frame that is left out',
    rule: 'order',
    scenario: scenarioOf({ reader: { emit: 'frame' } }),
    saboteur: (events) => ({
      ...events,
      frame: (delivery) => {
        if (delivery.frame.index !== 0) {
          events.frame(delivery);
        }
      },
    }),
  },
  {
    what: 'a checkpoint before its chunk is acknowledged',
    rule: 'checkpoint ahead',
    scenario: scenarioOf({ reader: { maxInFlight: 2 } }),
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        events.chunk(delivery);
        events.checkpoint({ FragmentNumber: delivery.FragmentNumber });
      },
    }),
  },
  {
    what: 'a checkpoint that goes back',
    rule: 'checkpoint back',
    saboteur: (events) => {
      let first: Parameters<typeof events.checkpoint>[0] | undefined;
      return {
        ...events,
        checkpoint: (position) => {
          events.checkpoint(position);
          first ??= position;
          if (first !== position) {
            events.checkpoint(first);
          }
        },
      };
    },
  },
  {
    what: 'checkpoints that are not told',
    rule: 'checkpoint behind',
    saboteur: (events) => ({ ...events, checkpoint: () => undefined }),
  },
  {
    what: 'a loss to retention without a word',
    rule: 'lost in silence',
    // While the session waits a minute to ask again, all but the last is no longer kept.
    scenario: scenarioOf({
      service: { retention: 3_000 },
      fragments: [...Array.from({ length: 6 }, () => FRAGMENT), { ...FRAGMENT, silence: 70_000 }],
      flaws: [flawed({ kind: 'break' })],
      calls: [{ call: 1, kind: 'refused' }],
    }),
    saboteur: hush('FragmentGap'),
  },
  {
    what: 'a chunk given up without a word',
    rule: 'lost',
    scenario: scenarioOf({ flaws: [flawed({ times: 1_000 })] }),
    saboteur: hush('MalformedMedia', 'FragmentGap'),
  },
  {
    what: 'a refusal without a word',
    rule: 'unreported failure',
    scenario: scenarioOf({ calls: [{ call: 0, kind: 'refused' }] }),
    saboteur: hush('AccessDeniedException'),
  },
  {
    what: 'a broken connection without a word',
    rule: 'unreported failure',
    scenario: scenarioOf({ flaws: [flawed({ kind: 'break' })] }),
    saboteur: hush('NetworkError'),
  },
  {
    what: 'a gap that is none',
    rule: 'unfounded report',
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        if (delivery.sequence === 3) {
          const { FragmentNumber, RequestId } = delivery;
          events.error({ ...ALARM, ErrorType: 'FragmentGap', FragmentNumber, RequestId });
        }
        events.chunk(delivery);
      },
    }),
  },
  {
    what: 'damage that is none',
    rule: 'unfounded report',
    saboteur: (events) => ({
      ...events,
      chunk: (delivery) => {
        const { RequestId } = delivery;
        events.chunk(delivery);
        events.error({ ...ALARM, ErrorType: 'MalformedMedia', RequestId });
      },
    }),
  },
  {
    what: 'a chunk given up that a second fetch would have brought',
    rule: 'given up early',
    scenario: scenarioOf({ flaws: [flawed({ at: 'closing' })] }),
    saboteur: (events, log) => {
      let number: string | undefined;
      return {
        ...events,
        chunk: (delivery) => {
          const flaw = log.calls
            .flatMap(({ response }) => response?.pieces ?? [])
            .find(
              ({ piece }) => piece.fragment.number === delivery.FragmentNumber && piece.flaw !== undefined,
            );
          if (flaw === undefined) {
            events.chunk({ ...delivery, sequence: delivery.sequence - (number === undefined ? 0 : 1) });
          } else {
            number = delivery.FragmentNumber;
            events.error({
              ...ALARM,
              ErrorType: 'TruncatedChunk',
              action: 'skip',
              FragmentNumber: number,
              RequestId: delivery.RequestId,
            });
          }
        },
      };
    },
  },
  {
    what: 'a session that stops listening',
    rule: 'lost',
    saboteur: (events) => {
      let chunks = 0;
      return {
        ...events,
        chunk: (delivery) => {
          if (chunks++ < 2) {
            events.chunk(delivery);
          }
        },
        checkpoint: (position) => {
          if (chunks <= 2) {
            events.checkpoint(position);
          }
        },
      };
    },
  },
];

const ALARM = {
  RequestId: null,
  message: 'as the test has it',
  ...{ statements: [], errorClass: 'transient' as const, needsPerson: false },
  operation: 'GetMedia',
  statusCode: null,
  retryable: true,
  action: 'ignore',
  attempt: 1,
} as const;

describe('the judge of the model scenarios', function () {
  this.timeout(60_000);

  it('has nothing to say of a session that does as it should', async () => {
    for (const { scenario = scenarioOf() } of CASES) {
      assert.deepEqual([...(await brokenRules(scenario))], []);
    }
  });

  for (const { what, rule, scenario = scenarioOf(), saboteur } of CASES) {
    it(`sees ${what}`, async () => {
      const rules = await brokenRules(scenario, saboteur);
      assert.ok(rules.has(rule), `broken: ${[...rules].join(', ')}`);
    });
  }
});
