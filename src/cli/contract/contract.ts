/** `blindflag contract` and `blindflag grant`: what an institution agrees to, and takes back. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { toHex } from '../../crypto/bytes.ts';
import { contractHash, isExpired } from '../../governance/contract.ts';
import { readIdentityFile } from '../../net/identity-file.ts';
import type { ConsentStatus } from '../../node/admin/admin-protocol.ts';
import { adminSocket } from '../../node/admin/held-folder.ts';
import type { RevokedConsent } from '../../node/agreements/consent.ts';
import { revokedHere } from '../../node/agreements/contract-signing.ts';
import {
  type AddedContract,
  ContractDesk,
  type ListedContract,
  type SeenContract,
} from '../../service/contract-desk.ts';
import { type ConsentToRevoke, revokeWithoutNode } from '../../service/revoke-consent.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import type {
  ContractAddOptions,
  ContractDraftOptions,
  ContractListOptions,
  ContractRevokeOptions,
  ContractShowOptions,
  ContractSignOptions,
  GrantRevokeOptions,
} from './contract-arguments.ts';
import { contractScreen } from './contract-screen.ts';
import { EXIT } from '../errors/exit-code.ts';
import { operatorClient } from './operator-client.ts';
import { passphrase } from '../node/passphrase.ts';
import { NotRunningError, withRunningNode } from '../running-node.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Fault, Texts } from '../texts.ts';

/** Runs that may fail while they open, for each asker and period: bounds how often a run id can be tried for. */
const FAILED_STARTS = 3;

export async function runContractDraft(
  { folder, question, expires, project, runs, period, auditDays, legalBasis }: ContractDraftOptions,
  { stdout, wallClock }: Surroundings,
  { contract, faults }: Texts,
): Promise<number> {
  if (Date.parse(expires) <= wallClock.now()) throw new ArgumentError(faults.contract.badExpiry());
  const desk = await ContractDesk.open(folder);
  await desk.draft(question, {
    projectId: project,
    legalBasis,
    limits: { period, maxRuns: runs, failedStarts: FAILED_STARTS },
    retention: { auditDays },
    expires,
  });
  stdout.write(`${contract.drafted(shownPath(desk.path(question)))}\n`);
  return EXIT.ok;
}

export async function runContractShow(
  { folder, contract: wanted, json }: ContractShowOptions,
  { stdout }: Surroundings,
  texts: Texts,
): Promise<number> {
  const desk = await ContractDesk.open(folder);
  const seen = 'file' in wanted ? await desk.lookAt(wanted.file) : await desk.look(wanted.question);
  stdout.write(json ? `${JSON.stringify(plain(seen), undefined, 2)}\n` : contractScreen(seen, texts));
  return EXIT.ok;
}

export async function runContractSign(
  { folder, question, files, confirmed }: ContractSignOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { stdout } = surroundings;
  const desk = await ContractDesk.open(folder);
  if (files.length > 0) sayNotTaken(await desk.add(files), surroundings, texts);
  const seen = await desk.look(question);
  stdout.write(contractScreen(seen, texts));
  if (isExpired(seen.file.contract, surroundings.wallClock.now()))
    throw new ArgumentError(texts.faults.contract.isOver(question));
  if (seen.revoked) throw revokedHere(desk.config.name);
  const asked = {
    word: question,
    prompt: texts.contract.confirm(question),
    fault: texts.faults.contract.notConfirmed(),
  };
  if (!confirmed) await confirm(asked, surroundings);
  const missing = await sign(desk, seen, { folder, surroundings, texts });
  stdout.write(`${texts.contract.signedNow({ question, path: shownPath(desk.path(question)), missing })}\n`);
  return EXIT.ok;
}

/** By the node in an operator's name where it has operators, else with the identity of the institution. */
async function sign(
  desk: ContractDesk,
  { file }: SeenContract,
  { folder, surroundings, texts }: InFolder,
): Promise<readonly string[]> {
  const { question } = file.contract;
  if (desk.config.operators !== undefined) {
    const client = await operatorClient(folder, surroundings, texts);
    const hash = toHex(contractHash(file.contract));
    return await withRunningNode(folder, texts.faults, () => client.signContract(question, hash));
  }
  const secret = await passphrase(surroundings, texts, { isNew: false });
  const { signer } = await readIdentityFile(desk.config.identity, secret);
  const { check } = await desk.sign(question, signer);
  surroundings.stderr.write(`${texts.contract.oneOperator()}\n`);
  await tellNode(desk, { folder, surroundings, texts });
  return check.missing;
}

interface InFolder {
  readonly folder: string;
  readonly surroundings: Surroundings;
  readonly texts: Texts;
}

export async function runContractAdd(
  { folder, files }: ContractAddOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const desk = await ContractDesk.open(folder);
  const added = await desk.add(files);
  sayNotTaken(added, surroundings, texts);
  for (const { file, check } of added) {
    const { question } = file.contract;
    surroundings.stdout.write(`${texts.contract.added({ question, missing: check.missing })}\n`);
  }
  await tellNode(desk, { folder, surroundings, texts });
  return EXIT.ok;
}

function sayNotTaken(added: readonly AddedContract[], { stderr }: Surroundings, { contract }: Texts): void {
  for (const { file, notTaken } of added) {
    if (notTaken.length === 0) continue;
    stderr.write(`${contract.notTaken({ question: file.contract.question, parties: notTaken })}\n`);
  }
}

export async function runContractList(
  { folder, json }: ContractListOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { stdout, wallClock } = surroundings;
  const { contract } = texts;
  const desk = await ContractDesk.open(folder);
  const found = await desk.list();
  const node = await runningState({ folder, surroundings, texts });
  if (json) {
    const contracts = found.map(plainListed);
    stdout.write(`${JSON.stringify({ contracts, ...(node === undefined ? {} : { node }) }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  const lines = found.map((listed) => {
    const { question } = listed;
    if ('problem' in listed) {
      return contract.listed({ question, state: texts.faults.known(listed.problem), expires: undefined });
    }
    const { seen } = listed;
    if (seen === undefined) return contract.listed({ question, state: contract.notDrafted(), expires: undefined });
    const { missing, bad, strangers } = seen.check;
    const terms = seen.file.contract;
    const state = contract.standing({
      missing,
      bad: [...bad, ...strangers],
      line: seen.staleLine,
      expired: isExpired(terms, wallClock.now()),
      revoked: seen.revoked,
    });
    return contract.listed({ question, state, expires: terms.expires });
  });
  const grants = (node?.grants ?? []).map((grant) => contract.grantListed(grant));
  const shown = [...lines, ...grants];
  stdout.write(`${(shown.length === 0 ? [contract.nothingSigned()] : shown).join('\n')}\n`);
  if (node === undefined && found.length > 0) surroundings.stderr.write(`${contract.notRunning()}\n`);
  return EXIT.ok;
}

export async function runContractRevoke(
  { folder, question, confirmed }: ContractRevokeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const asked = {
    word: question,
    prompt: texts.contract.confirmRevoking(question),
    fault: texts.faults.contract.notRevoked(),
  };
  if (!confirmed) await confirm(asked, surroundings);
  const { runs, head } = await revoke({ question }, { folder, surroundings, texts });
  surroundings.stdout.write(
    `${texts.contract.revoked({ question, runs })}\n${texts.contract.revokedAt({ ...head, folder })}\n`,
  );
  return EXIT.ok;
}

export async function runGrantRevoke(
  { folder, id, confirmed }: GrantRevokeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const asked = {
    word: id,
    prompt: texts.contract.confirmGrantRevoking(id),
    fault: texts.faults.contract.grantNotRevoked(),
  };
  if (!confirmed) await confirm(asked, surroundings);
  const { runs, head } = await revoke({ grant: id }, { folder, surroundings, texts });
  surroundings.stdout.write(
    `${texts.contract.grantRevoked({ id, runs })}\n${texts.contract.revokedAt({ ...head, folder })}\n`,
  );
  return EXIT.ok;
}

/** By the node, and where none runs with the identity of the institution. */
async function revoke(what: ConsentToRevoke, { folder, surroundings, texts }: InFolder): Promise<RevokedConsent> {
  const client = await operatorClient(folder, surroundings, texts);
  try {
    return await withRunningNode(folder, texts.faults, () =>
      'question' in what ? client.revokeContract(what.question) : client.revokeGrant(what.grant),
    );
  } catch (error) {
    if (!(error instanceof NotRunningError) || !existsSync(join(folder, CONFIG_FILE))) throw error;
  }
  const secret = await passphrase(surroundings, texts, { isNew: false });
  const revoked = await revokeWithoutNode(folder, what, { passphrase: secret, wallClock: surroundings.wallClock });
  surroundings.stderr.write(`${texts.contract.revokedWithoutNode()}\n`);
  return revoked;
}

/** A node that runs in this folder reads what has changed. */
async function tellNode(desk: ContractDesk, { folder, surroundings, texts }: InFolder): Promise<void> {
  const { stderr, operator } = surroundings;
  if (!existsSync(adminSocket(folder))) return;
  if (desk.config.operators !== undefined && operator === undefined) {
    stderr.write(`${texts.contract.notReloaded()}\n`);
    return;
  }
  const client = await operatorClient(folder, surroundings, texts);
  try {
    await withRunningNode(folder, texts.faults, () => client.reloadContracts());
    stderr.write(`${texts.contract.reloaded()}\n`);
  } catch (error) {
    // A socket that a killed node left behind: the next one reads its contracts when it starts.
    if (!(error instanceof NotRunningError)) throw error;
  }
}

interface Confirmation {
  /** What is to be typed. */
  readonly word: string;
  readonly prompt: string;
  readonly fault: Fault;
}

/** Without a terminal nobody has typed it. @throws ArgumentError */
async function confirm({ word, prompt, fault }: Confirmation, { readSecret, signal }: Surroundings): Promise<void> {
  const typed = await readSecret?.(prompt);
  signal.throwIfAborted();
  if (typed?.trim() !== word) throw new ArgumentError(fault);
}

/** What a node that runs in this folder says besides; undefined where none runs. */
async function runningState({ folder, surroundings, texts }: InFolder): Promise<ConsentStatus | undefined> {
  if (!existsSync(adminSocket(folder))) return undefined;
  const client = await operatorClient(folder, surroundings, texts);
  try {
    return await withRunningNode(folder, texts.faults, () => client.consent());
  } catch (error) {
    if (error instanceof NotRunningError) return undefined;
    throw error;
  }
}

function plain({ file, check, staleLine, revoked }: SeenContract): object {
  return { ...file, ...check, ...(staleLine === undefined ? {} : { staleLine }), ...(revoked ? { revoked } : {}) };
}

function plainListed(listed: ListedContract): object {
  const { question } = listed;
  if (!('problem' in listed)) return { question, ...(listed.seen === undefined ? {} : plain(listed.seen)) };
  const { code, message, remedy } = listed.problem;
  return { question, problem: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
}

function shownPath(path: string): string {
  return relative(process.cwd(), path) || '.';
}
