import type { Flaw, FragmentPlan, Scenario } from './scenario';

/** What a scenario is without anything special. */
const PLAIN_READER: Partial<Scenario['reader']> = {
  emit: 'chunk',
  maxInFlight: 0,
  start: 'EARLIEST',
  startsAt: 0,
  ackWithin: 0,
};
const PLAIN_SERVICE: Scenario['service'] = {
  retention: 0,
  onForgotten: 'oldest',
  tokens: 'numbers',
  tokensInclusive: false,
  numbers: 'aws',
  clusterSize: 'known',
  beforeSilence: false,
  maxAge: 0,
  window: 0,
  slice: 16_384,
};
const PLAIN_FRAGMENT: FragmentPlan = {
  silence: 0,
  duration: 1_000,
  frames: 1,
  restart: false,
  content: 'media',
};
const PLAIN_FLAW: Partial<Flaw> = { growing: 0, times: 1, at: 'media' };

/**
 * Leaves out of a bad scenario what it is bad without, so that a person sees what matters. Knows what the parts mean:
 * a fragment that is left out does not move the flaws of the others.
 *
 * @param isBad whether a scenario still shows what the first one showed
 */
export async function simplify(
  bad: Scenario,
  isBad: (scenario: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  let simplest: Scenario = {
    ...bad,
    flaws: bad.flaws.map((flaw) => ({ ...flaw, fragment: flaw.fragment % bad.fragments.length })),
  };
  let changed = true;
  const attempt = async (simpler: Scenario): Promise<void> => {
    if (JSON.stringify(simpler) !== JSON.stringify(simplest) && (await isBad(simpler))) {
      simplest = simpler;
      changed = true;
    }
  };
  while (changed) {
    changed = false;
    for (const simpler of smaller(simplest)) {
      await attempt(simpler(simplest));
    }
  }
  return simplest;
}

/** The ways of making a scenario smaller or plainer by one part, largest parts first. Each is tried on what is left. */
function smaller(scenario: Scenario): ((from: Scenario) => Scenario)[] {
  const backwards = (list: readonly unknown[]) => list.map((_, index) => list.length - 1 - index);
  return [
    ...(['acts', 'calls', 'flaws', 'store'] as const).flatMap((list) =>
      backwards(scenario[list]).map((index) => (from: Scenario) => ({
        ...from,
        [list]: from[list].filter((_, other) => other !== index),
      })),
    ),
    ...backwards(scenario.fragments).map((index) => (from: Scenario) => withoutFragment(from, index)),
    ...plainer(scenario.service, PLAIN_SERVICE).map((service) => (from: Scenario) => ({
      ...from,
      service: { ...from.service, ...service },
    })),
    ...plainer(scenario.reader, PLAIN_READER).map((reader) => (from: Scenario) => ({
      ...from,
      reader: { ...from.reader, ...reader },
    })),
    ...scenario.fragments.flatMap((fragment, index) =>
      plainer(fragment, PLAIN_FRAGMENT).map((plain) => (from: Scenario) => ({
        ...from,
        fragments: from.fragments.map((other, place) => (place === index ? { ...other, ...plain } : other)),
      })),
    ),
    ...scenario.flaws.flatMap((flaw, index) =>
      plainer(flaw, PLAIN_FLAW).map((plain) => (from: Scenario) => ({
        ...from,
        flaws: from.flaws.map((other, place) => (place === index ? { ...other, ...plain } : other)),
      })),
    ),
  ];
}

function withoutFragment(from: Scenario, index: number): Scenario {
  return from.fragments.length === 1 || index >= from.fragments.length
    ? from
    : {
        ...from,
        fragments: from.fragments.filter((_, other) => other !== index),
        flaws: from.flaws
          .filter(({ fragment }) => fragment !== index)
          .map((flaw) => ({ ...flaw, fragment: flaw.fragment > index ? flaw.fragment - 1 : flaw.fragment })),
      };
}

/** One member after the other that is not plain yet, made so. */
function plainer<Part extends object>(part: Part, plain: Partial<Part>): Partial<Part>[] {
  return (Object.keys(plain) as (keyof Part)[])
    .filter((member) => part[member] !== plain[member])
    .map((member) => ({ [member]: plain[member] }) as Partial<Part>);
}
