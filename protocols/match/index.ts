export { matchAsker } from './asker.ts';
export { matchContributor } from './contributor.ts';
export { matchJobs } from './jobs.ts';
export { matchFlow, matchRounds } from './flow.ts';
export { matchMember, type SharedMatches } from './member.ts';
export { type MatchPlan, planMatch } from './plan.ts';
export { createMatch, type MatchInput, type MatchOutput } from './protocol.ts';
