/** An independent reckoning of what the archive has to give, and a campaign that holds a reader to it. */
export { runArchiveCampaign, type ReadRange, type CampaignResult, type Reading } from './campaign';
export { judge, reckon, reckonBetween, type Expected, type Range } from './reckoning';
export { makeFault, makeScenario, type Scenario } from './scenario';
