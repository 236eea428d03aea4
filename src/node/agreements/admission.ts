/** Requests against what the ledger says is used up. Checking and counting are one step: two never take what is there once. */
import { toHex } from '../../crypto/bytes.ts';
import type { AgreedLimits, Exceeded, Request } from '../../governance/budgets.ts';
import type { Ledger } from '../../governance/ledger.ts';
import { periodOf } from '../../governance/period.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Agreement } from './agreements.ts';
import type { AllowEntry } from '../config/node-config.ts';
import type { PlannedRun } from '../questions/question.ts';
import { RunEntries } from '../ledger/run-entries.ts';

/** `ledger`: it cannot be written, or ends before what this institution has signed. */
export type NotAdmitted = Exceeded | 'ledger';

/** Roles whose party brings a list of its own. */
export const BRINGS_LIST: readonly string[] = ['contributor', 'holder'];

export interface AdmissionRequest {
  readonly run: Uint8Array;
  readonly question: string;
  readonly asker: PartyId;
  readonly agreement: Agreement;
  readonly planned: PlannedRun;
  /** The consent that a peer's request is answered under; an own request has none. */
  readonly entry?: AllowEntry;
}

export class Admission {
  readonly #ledger: Ledger;
  readonly #wallClock: WallClock;

  constructor(ledger: Ledger, wallClock: WallClock) {
    this.#ledger = ledger;
    this.#wallClock = wallClock;
  }

  /** The limit that stands against the request now; changes nothing. */
  exceeded(request: Omit<AdmissionRequest, 'run'>): NotAdmitted | undefined {
    return this.#exceeded(countedRequest({ ...request, run: NO_RUN }));
  }

  /** Counts the request unless a limit stands against it; it is durable when this resolves. */
  async admit(request: AdmissionRequest): Promise<RunEntries | NotAdmitted> {
    const counted = countedRequest(request);
    const exceeded = this.#exceeded(counted);
    if (exceeded !== undefined) return exceeded;
    const { run, question, protocol, asker, contributors, bucket, grant, agreed } = counted;
    const timeMs = this.#ledger.budgets.timeAt(this.#wallClock.now());
    const period = agreed === undefined ? undefined : periodOf(agreed.period, timeMs);
    // No turn of the event loop lies between the check and this: it counts from here on.
    await this.#ledger.append('run-admitted', {
      run,
      question,
      protocol,
      asker,
      contributors,
      bucket,
      ...(grant === undefined ? {} : { grant: grant.id }),
      ...(agreed === undefined ? {} : { contract: agreed.contract }),
      ...(period === undefined ? {} : { period }),
    });
    return new RunEntries(this.#ledger, { name: run, asker, period });
  }

  #exceeded(request: Request): NotAdmitted | undefined {
    const { isWhole, state, budgets } = this.#ledger;
    return isWhole && !state.rolledBack ? budgets.exceeded(request, this.#wallClock.now()) : 'ledger';
  }
}

const NO_RUN = new Uint8Array(16);

function countedRequest({ run, question, asker, agreement, planned, entry }: AdmissionRequest): Request {
  const contributors = [...planned.roles].filter(([, roles]) => roles.some((role) => BRINGS_LIST.includes(role)));
  const agreed = agreedLimits(agreement, asker);
  const grant = entry?.id === undefined ? undefined : { id: entry.id, uses: entry.uses };
  return {
    run: toHex(run),
    question,
    protocol: planned.protocol,
    asker,
    contributors: contributors.map(([party]) => party).sort(),
    bucket: planned.askerBucket,
    ...(entry === undefined ? {} : { perDay: entry.perDay }),
    ...(grant === undefined ? {} : { grant }),
    ...(agreed === undefined ? {} : { agreed }),
  };
}

/** What the contract limits for this asker; undefined without one. */
export function agreedLimits(agreement: Agreement, asker: PartyId): AgreedLimits | undefined {
  if (agreement.kind === 'configured') return undefined;
  const { inputs, limits, output } = agreement.contract;
  const own = inputs.find(({ inst, dataset }) => inst === asker && dataset === 'accounts');
  return {
    contract: toHex(agreement.hash),
    period: limits.period,
    baseRows: own?.sizeBucket ?? 0,
    maxRuns: limits.maxRuns,
    failedStarts: limits.failedStarts,
    oneRule: output.type === 'bit',
  };
}
