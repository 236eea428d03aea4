/** What is used up of each limit of each asker, line by line. */
import type { AgreedLimits, Budgets } from '../../governance/budgets.ts';
import { periodOf } from '../../governance/period.ts';
import type { PartyId } from '../../kit/party.ts';
import type { AllowEntry } from '../config/node-config.ts';

export interface Used {
  readonly used: number;
  readonly most: number;
}

/** One limit of one asker. */
export type BudgetLine =
  | ({ readonly kind: 'day'; readonly question: string; readonly asker: PartyId } & Used)
  | ({ readonly kind: 'grant'; readonly question: string; readonly grant: string } & Used)
  | {
      readonly kind: 'contract';
      readonly question: string;
      readonly asker: PartyId;
      readonly period: string;
      readonly rows: Used;
      readonly runs: Used;
      readonly failedStarts: Used;
    };

/** A question under a contract here, with what it limits for each who may ask. */
export interface AgreedQuestion {
  readonly question: string;
  readonly askers: readonly (readonly [asker: PartyId, limits: AgreedLimits])[];
  /** Who answers; where each answers for itself, this institution. */
  readonly contributors: readonly PartyId[];
}

export interface Limits {
  readonly allow: readonly AllowEntry[];
  readonly agreed: readonly AgreedQuestion[];
}

export function budgetLines(budgets: Budgets, { allow, agreed }: Limits, nowMs: number): readonly BudgetLine[] {
  return [...ofAllow(budgets, allow, nowMs), ...agreed.flatMap((one) => ofContract(budgets, one, nowMs))];
}

function ofAllow(budgets: Budgets, allow: readonly AllowEntry[], nowMs: number): readonly BudgetLine[] {
  return allow.flatMap(({ id, question, askers, perDay, uses }): BudgetLine[] => [
    ...askers.map((asker): BudgetLine => {
      const used = budgets.requestsToday({ question, asker }, nowMs);
      return { kind: 'day', question, asker, used, most: perDay };
    }),
    ...(id === undefined || uses === undefined
      ? []
      : [{ kind: 'grant', question, grant: id, used: budgets.uses(id), most: uses } as const]),
  ]);
}

function ofContract(
  budgets: Budgets,
  { question, askers, contributors }: AgreedQuestion,
  nowMs: number,
): readonly BudgetLine[] {
  return askers.map(([asker, limits]) => {
    const { rows, runs, failedStarts } = budgets.use(limits, { asker, contributors }, nowMs);
    return {
      kind: 'contract',
      question,
      asker,
      period: periodOf(limits.period, nowMs),
      rows: { used: rows, most: limits.baseRows },
      runs: { used: runs, most: limits.maxRuns },
      failedStarts: { used: failedStarts, most: limits.failedStarts },
    };
  });
}
