/** What runs in the page: one party of a flag run, written against the package as its users have it. */
import {
  type AccountRows,
  allowList,
  flag,
  type FlagInput,
  type FlagOptions,
  flagParameters,
  partyId,
  runParty,
  systemRng,
} from 'blindflag';
import {
  createIdentity,
  formatCard,
  type Identity,
  openBrowserNetwork,
  parseCard,
  portablePrimitives,
} from 'blindflag/browser';

export { ristretto255Engine } from 'blindflag/browser';

export type Scored = readonly [account: string, score: number];

/** Plain data, as it goes into a page. */
export interface Part {
  readonly peers: readonly { readonly card: string; readonly url: string }[];
  readonly runName: readonly number[];
  readonly rule: FlagOptions;
  readonly accounts?: readonly string[];
  readonly evidence?: readonly Scored[];
}

export interface PartOutcome {
  /** Absent for who is not the asker. */
  readonly flagged: readonly number[] | undefined;
  readonly suites: readonly string[];
}

let identity: Identity | undefined;

/** Makes the page's identity; its card. */
export function enrol(name: string): string {
  identity = createIdentity(partyId(name), systemRng, portablePrimitives.keyAgreement);
  return formatCard(identity.card);
}

export async function takePart(part: Part): Promise<PartOutcome> {
  if (identity === undefined) throw new Error('enrol first');
  const { card, signer } = identity;
  const peers = part.peers.map(({ card: line, url }) => ({ ...parseCard(line), url }));
  const suites: string[] = [];
  const network = openBrowserNetwork({
    identity,
    peers,
    // Everybody knows the run and opens its own links.
    onRun: () => undefined,
    onEvent: (event) => void (event.kind === 'connected' && suites.push(event.suite)),
  });
  try {
    const runName = Uint8Array.from(part.runName);
    const parameters = flagParameters(part.rule);
    const { output } = await runParty(flag, {
      self: card.name,
      parameters,
      input: inputOf(part),
      initiator: parameters.asker,
      links: await network.links(
        peers.map(({ name }) => name),
        runName,
      ),
      publicKeys: new Map([card, ...peers].map(({ name, signingKey }) => [name, signingKey])),
      signer,
      policy: allowList([{ protocol: flag.spec.id, initiators: [parameters.asker] }]),
      runName,
    });
    return { flagged: output === undefined ? undefined : [...output.flagged], suites };
  } finally {
    await network.stop();
  }
}

function inputOf({ accounts, evidence }: Part): FlagInput {
  return {
    ...(accounts === undefined ? {} : { accounts: [{ accounts }] }),
    ...(evidence === undefined ? {} : { evidence: [evidenceRows(evidence)] }),
  };
}

function evidenceRows(rows: readonly Scored[]): AccountRows {
  return { accounts: rows.map(([account]) => account), scores: Uint32Array.from(rows, ([, score]) => score) };
}
