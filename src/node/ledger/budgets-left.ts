/** The limits of askers as configuration, contracts and ledger say them at this moment. */
import type { LedgerBodies } from '../../governance/ledger-entry.ts';
import type { Ledger } from '../../governance/ledger.ts';
import type { AskerLimits } from '../../governance/monitor.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import { agreedLimits } from '../agreements/admission.ts';
import type { Agreements } from '../agreements/agreements.ts';
import { type AgreedQuestion, type BudgetLine, budgetLines } from './budget-lines.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { powerOfTwoFor } from '../questions/planning.ts';

export interface BudgetsLeftOptions {
  readonly config: NodeConfig;
  readonly agreements: Agreements;
  readonly ledger: Ledger;
  readonly wallClock: WallClock;
}

export class BudgetsLeft {
  readonly #options: BudgetsLeftOptions;

  constructor(options: BudgetsLeftOptions) {
    this.#options = options;
  }

  /** Of every asker that this node answers, and of itself where a contract limits it. */
  lines(): readonly BudgetLine[] {
    const { config, ledger, wallClock } = this.#options;
    const agreed = config.questions.flatMap((terms) => this.#agreedQuestion(terms));
    return budgetLines(ledger.budgets, { allow: config.allow, agreed }, wallClock.now());
  }

  /** Those of one asker of one question, and of the grant that it asks under. */
  linesOf(question: string, asker: PartyId): readonly BudgetLine[] {
    return this.lines().filter((line) => line.question === question && (line.kind === 'grant' || line.asker === asker));
  }

  /** What the patterns of an asker's requests are held against. */
  limitsOf({ question, asker }: Pick<LedgerBodies['run-admitted'], 'question' | 'asker'>): AskerLimits {
    const { config, agreements } = this.#options;
    const terms = config.questions.find(({ name }) => name === question);
    const found = terms === undefined ? undefined : agreements.of(terms);
    const agreed = found?.kind === 'good' ? agreedLimits(found.agreement, asker) : undefined;
    const grant = config.allow.find((entry) => entry.question === question && entry.askers.includes(asker));
    const perDay = grant === undefined ? Infinity : grant.perDay * grant.maxItems;
    const customers = config.peers.find(({ name }) => name === asker)?.customers;
    return {
      mostRows: agreed?.baseRows ?? perDay,
      ...(customers === undefined
        ? {}
        : { customerBucket: powerOfTwoFor(Math.max(customers, terms?.buckets.smallest ?? 1)) }),
    };
  }

  #agreedQuestion(terms: QuestionTerms): readonly AgreedQuestion[] {
    const { config, agreements } = this.#options;
    const found = agreements.of(terms);
    if (found.kind === 'bad' || found.agreement.kind === 'configured') return [];
    const { agreement } = found;
    const askers = agreement.contract.inputs.filter(({ dataset }) => dataset === 'accounts').map(({ inst }) => inst);
    return [
      {
        question: terms.name,
        contributors: [config.name],
        askers: askers.flatMap((asker) => {
          const limits = agreedLimits(agreement, asker);
          return limits === undefined ? [] : [[asker, limits] as const];
        }),
      },
    ];
  }
}
