/** Puts the questions of test nodes under contracts that all their banks have signed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractFrame } from '../../src/governance/contract.ts';
import { type ContractFile, encodeContractFile } from '../../src/governance/contract-codec.ts';
import { signContract } from '../../src/governance/contract-signatures.ts';
import { readConfig } from '../../src/node/config/config.ts';
import { draftContract } from '../../src/node/agreements/contract-draft.ts';
import { nodeQuestions } from '../../src/service/start-node.ts';
import type { NodeFolders } from './node-folders.ts';

const FRAME: ContractFrame = {
  jobId: '0123456789abcdef0123456789abcdef',
  projectId: 'test',
  legalBasis: 'agreement of the banks of a test',
  limits: { period: 'month', maxRuns: 10_000, failedStarts: 100 },
  retention: { auditDays: 1 },
  expires: '2100-01-01T00:00:00.000Z',
};

export async function signContracts(folders: NodeFolders, frame: Partial<ContractFrame> = {}): Promise<void> {
  const { identities, folder } = folders;
  const publicKeys = new Map([...identities].map(([name, { card }]) => [name, card.signingKey]));
  const [first] = identities.keys();
  const { questions } = await readConfig(join(folder(first), 'node.json'));
  for (const terms of questions.filter(({ agreement }) => agreement === 'signed')) {
    const kind = nodeQuestions().find(({ name }) => name === terms.protocol);
    if (kind === undefined) throw new Error(`no question of ${terms.protocol}`);
    const contract = draftContract({ terms, kind, publicKeys }, { ...FRAME, ...frame });
    const signed = [...identities].reduce<ContractFile>(
      (file, [name, { signer }]) => signContract(file, name, signer),
      { contract, signatures: [] },
    );
    for (const name of identities.keys()) {
      mkdirSync(join(folder(name), 'contracts'), { recursive: true, mode: 0o700 });
      writeFileSync(join(folder(name), 'contracts', `${terms.name}.contract.json`), encodeContractFile(signed));
    }
  }
}
