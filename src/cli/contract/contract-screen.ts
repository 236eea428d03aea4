/** A contract in plain words: made from the contract and from what the protocol says of itself, line by line. */
import { toHex } from '../../crypto/bytes.ts';
import { type Contract, contractHash } from '../../governance/contract.ts';
import type { SignatureCheck } from '../../governance/contract-signatures.ts';
import type { PartyId } from '../../kit/party.ts';
import type { SeenContract } from '../../service/contract-desk.ts';
import { answers, contractNotLearned } from './contract-not-learned.ts';
import type { ContractLabel, Signed } from './contract-texts.ts';
import { disclosureText } from '../ask/disclosure-text.ts';
import { displayWidth, padEndColumns, wrapColumns } from '../screen/display-width.ts';
import type { Texts } from '../texts.ts';

const SCREEN_COLUMNS = 118;

/** What stands on the screen, with its last line end. */
export function contractScreen({ file, check, staleLine, revoked }: SeenContract, texts: Texts): string {
  const { contract } = texts;
  const here = staleLine === undefined ? contract.agrees() : contract.differs(staleLine);
  return laidOut(
    [
      ...termLines(file.contract, texts),
      [
        'signatures',
        file.contract.parties.map((party) => contract.party({ ...party, state: stateOf(party.inst, check) })),
      ],
      ['here', [here, ...(revoked ? [contract.isRevoked()] : [])]],
    ],
    texts,
  );
}

type Section = readonly [label: ContractLabel, lines: readonly string[]];

function termLines(terms: Contract, texts: Texts): readonly Section[] {
  const { contract } = texts;
  const { question, projectId, inputs, output, limits, leakage } = terms;
  const pooled = leakage.filter(({ to }) => isPooled(to));
  const statements = (lines: Contract['leakage']): readonly string[] =>
    lines.map(({ to, learns }) => texts.node.learns(to, learns));
  return [
    ['contract', [contract.title({ question, project: projectId, hash: toHex(contractHash(terms)) })]],
    ['purpose', [terms.purpose, contract.basis(terms.legalBasis)]],
    ['asks', [contract.askers(inputs.filter((input) => !answers(input)).map(({ inst }) => inst))]],
    ['answer', answerLines(terms, texts)],
    [
      'lists',
      [
        ...inputs.map((input) => contract.list({ ...input, answers: answers(input) })),
        contract.identifiers(terms.identifiers),
        contract.smallestBucket(limits.smallestBucket),
      ],
    ],
    ['computes', [computes(terms, texts)]],
    ['learns', statements(leakage.filter((line) => !isPooled(line.to)))],
    ['pooled', statements(pooled)],
    ['notLearned', contractNotLearned(terms, texts).map(({ parties, text }) => `${contract.learner(parties)} ${text}`)],
    ['often', [contract.often(limits), contract.rowsInPeriod(limits.period)]],
    ['until', [contract.until({ expires: terms.expires, ttlDays: output.ttlDays, advisory: output.advisory })]],
    ['kept', [contract.kept(terms.retention.auditDays)]],
    ['technical', [contract.technical({ ...terms, version: terms.v, job: terms.jobId })]],
  ];
}

function answerLines({ output, disclosures }: Contract, texts: Texts): readonly string[] {
  const { contract } = texts;
  const roles = { receiver: undefined, holder: undefined };
  return [
    contract.answer(output),
    contract.duplicates(output.duplicates),
    ...('smallestBatch' in output ? [contract.batch(output.smallestBatch)] : []),
    ...disclosures.map((name) => disclosureText(name, roles, texts)),
  ];
}

function computes({ committee, output }: Contract, { contract }: Texts): string {
  if (output.type !== 'bit') return contract.noCommittee();
  return committee.length === 0 ? contract.firstThree() : contract.committee(committee);
}

/** A statement about parties that put together what each of them sees. */
function isPooled(to: string): boolean {
  return /^any (?:two|three)\b/.test(to);
}

function stateOf(party: PartyId, { bad, missing, strangers }: SignatureCheck): Signed {
  if (strangers.includes(party)) return 'stranger';
  if (bad.includes(party)) return 'bad';
  return missing.includes(party) ? 'missing' : 'signed';
}

function laidOut(sections: readonly Section[], { contract }: Texts): string {
  const shown = sections.filter(([, lines]) => lines.length > 0);
  const width = Math.max(...shown.map(([label]) => displayWidth(contract.labels[label])));
  const lines = shown.flatMap(([label, texts]) =>
    texts
      .flatMap((text) => wrapColumns(text, SCREEN_COLUMNS - width - 2))
      .map((line, at) => `${padEndColumns(at === 0 ? contract.labels[label] : '', width)}  ${line}`),
  );
  return `${lines.join('\n')}\n`;
}
