/**
 * Reads contract files of other institutions. Strict: every field is there, none besides, each in its range, and the text
 * is the one canonical JSON text of what it says, so that no reader sees other terms than those that were signed.
 */
import { SIGNATURE_BYTES, SIGNING_KEY_BYTES } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import { AGREED_SIZES_PER_OCTAVE, isDeclaredSize, type SizesPerOctave } from '../kit/declared-size.ts';
import { PARTY_NAME, type PartyId, partyId } from '../kit/party.ts';
import { type Contract, CONTRACT_SUITE, type ContractInput, type ContractOutput, PERIODS } from './contract.ts';
import {
  constant,
  hex,
  list,
  malformed,
  moment,
  optional,
  type Read,
  record,
  strings,
  text,
  union,
  whole,
} from './strict-json.ts';

/** A contract with the signatures that are there so far. */
export interface ContractFile {
  readonly contract: Contract;
  readonly signatures: readonly ContractSignature[];
}

export interface ContractSignature {
  readonly party: PartyId;
  /** Ed25519, 128 hexadecimal digits. */
  readonly signature: string;
}

export const MAX_CONTRACT_BYTES = 1_048_576;
const MAX_PARTIES = 128;
/** Runs, and days, that nobody counts to. */
const MAX_COUNT = 1_000_000;
const MAX_DAYS = 3660;
const MAX_BUCKET: number = 2 ** 24;
export const JOB_BYTES = 16;

const party: Read<PartyId> = (value, path) => {
  if (typeof value !== 'string' || !PARTY_NAME.test(value)) throw malformed(path);
  return partyId(value);
};
const parties = distinct(list(party, MAX_PARTIES));
const sizeOf = (sizesPerOctave: SizesPerOctave): Read<number> => {
  return (value, path) => {
    const size = whole(1, MAX_BUCKET)(value, path);
    if (!isDeclaredSize(size, sizesPerOctave)) throw malformed(path);
    return size;
  };
};
const bucket = sizeOf(1);
/** Agreed on before the lists are known. */
const agreedSize = sizeOf(AGREED_SIZES_PER_OCTAVE);
const name = strings(/^[a-z0-9][a-z0-9/._-]{0,63}$/);

const input: Read<ContractInput> = record({
  inst: party,
  dataset: union(['accounts', 'evidence', 'holdings']),
  columns: distinct(list(name, 16)),
  sizeBucket: agreedSize,
});

const anyOutput = {
  receivers: parties,
  advisory: constant(true),
  ttlDays: whole(1, 366),
  duplicates: union(['first', 'max', 'sum', 'reject', 'join']),
};
const count = whole(1, 2 ** 28);
const bitOutput = record<Extract<ContractOutput, { type: 'bit' }>>({
  ...anyOutput,
  type: constant('bit'),
  quorum: whole(2, MAX_PARTIES),
  score: optional(record({ threshold: count, max: count })),
});
const rowsOutput = record<Extract<ContractOutput, { type: 'rows' }>>({
  ...anyOutput,
  type: constant('rows'),
  mode: union(['receiver', 'both']),
  columns: list(record({ name, bytes: whole(1, 64) }), 8),
  smallestBatch: whole(1, MAX_BUCKET),
});
const sizeOutput = record<Extract<ContractOutput, { type: 'size' }>>({
  ...anyOutput,
  type: constant('size'),
  smallestBatch: whole(1, MAX_BUCKET),
});
const output: Read<ContractOutput> = (value, path) => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (type === 'bit') return bitOutput(value, path);
  if (type === 'rows') return rowsOutput(value, path);
  if (type === 'size') return sizeOutput(value, path);
  throw malformed(`${path}.type`);
};

const contract: Read<Contract> = record({
  v: constant(1),
  suite: constant(CONTRACT_SUITE),
  jobId: hex(JOB_BYTES),
  projectId: party,
  question: party,
  code: name,
  identifiers: list(name, 8),
  canon: text(100),
  purpose: text(200),
  legalBasis: text(500),
  parties: list(record({ inst: party, roles: distinct(list(name, 8)), key: hex(SIGNING_KEY_BYTES) }), MAX_PARTIES),
  committee: parties,
  inputs: list(input, 2 * MAX_PARTIES),
  output,
  limits: record({
    period: union(PERIODS),
    maxRuns: whole(1, MAX_COUNT),
    failedStarts: whole(1, 100),
    smallestBucket: bucket,
  }),
  disclosures: distinct(list(name, 32)),
  leakage: list(record({ to: text(300), learns: text(1000) }), 20 * MAX_PARTIES),
  retention: record({ auditDays: whole(0, MAX_DAYS) }),
  expires: moment,
});

const file: Read<ContractFile> = record({
  contract,
  signatures: list(record({ party, signature: hex(SIGNATURE_BYTES) }), MAX_PARTIES),
});

/** @throws UsageError `bad-input` that names the line, never what stands in it */
export function decodeContractFile(textOfFile: string): ContractFile {
  let value: unknown;
  try {
    value = JSON.parse(textOfFile);
  } catch {
    throw malformed('');
  }
  const decoded = file(value, '');
  checkNames(decoded);
  // A name twice, an escape or a number in another form: a person may read something else than what is signed.
  if (canonicalJson(value) !== textOfFile.trimEnd()) {
    throw new UsageError('Cannot read contract: it is not in its canonical form', {
      code: 'bad-input',
      phase: 'contract/encoding',
      remedy: 'take the file as blindflag wrote it; an editor has changed it',
    });
  }
  return decoded;
}

/** The one text of a contract file. */
export function encodeContractFile(content: ContractFile): string {
  const encoded = canonicalJson(content);
  if (encoded === undefined) throw malformed('');
  return `${encoded}\n`;
}

/** Whom the lines name has to be a party, once. */
function checkNames({
  contract: { parties: signers, committee, inputs, output: answer },
  signatures,
}: ContractFile): void {
  const names = signers.map(({ inst }) => inst);
  if (new Set(names).size < names.length || names.toSorted().some((inst, at) => inst !== names[at])) {
    throw malformed('contract.parties');
  }
  if (new Set(signers.map(({ key }) => key)).size < signers.length) throw malformed('contract.parties');
  const known = new Set<string>(names);
  if (committee.some((inst) => !known.has(inst))) throw malformed('contract.committee');
  if (inputs.some(({ inst }) => !known.has(inst))) throw malformed('contract.inputs');
  if (answer.receivers.some((inst) => !known.has(inst))) throw malformed('contract.output.receivers');
  const signed = signatures.map((signature) => signature.party);
  if (new Set(signed).size < signed.length || signed.some((inst) => !known.has(inst))) throw malformed('signatures');
}

function distinct<T>(read: Read<readonly T[]>): Read<readonly T[]> {
  return (value, path) => {
    const entries = read(value, path);
    if (new Set(entries).size < entries.length) throw malformed(path);
    return entries;
  };
}
