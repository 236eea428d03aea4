import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Consortium, consortiumPerTest, failure, QUESTION } from '../../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../../test/support/signed-question.ts';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { ed25519Signer } from '../../crypto/signature.ts';
import { contractHash } from '../../governance/contract.ts';
import { insecureSeededRng } from '../../testing.ts';
import { type AdminClient, adminClient } from '../admin/admin-client.ts';
import { type Admin, openAdmin } from '../admin/admin-server.ts';
import { type OperatorConfig, type OperatorCredential, requestText, ROLES } from './operators.ts';

const start = consortiumPerTest();
const open: Admin[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((admin) => admin.close()));
});

const PEOPLE: readonly OperatorCredential[] = ROLES.map((role) => ({
  institution: 'bank-a',
  name: `${role}-1`,
  signer: ed25519Signer(insecureSeededRng('operator', role)),
}));
const OPERATORS: readonly OperatorConfig[] = ROLES.map((role, at) => ({
  name: `${role}-1`,
  role,
  key: toHex(PEOPLE[at].signer.publicKey),
}));
const credential = (role: string): OperatorCredential => {
  const found = PEOPLE.find(({ name }) => name === `${role}-1`);
  if (found === undefined) throw new RangeError(`nobody is ${role}`);
  return found;
};

const contract = draft();
const hash = toHex(contractHash(contract));

interface Node {
  readonly all: Consortium;
  readonly admin: Admin;
  readonly as: (operator?: OperatorCredential) => AdminClient;
}

/** bank-a with operators, and without its own signature on the contract; the others have all. */
async function administered(operators: readonly OperatorConfig[] = OPERATORS): Promise<Node> {
  const all = await start({
    configure: (config, bank) => {
      underContract(config);
      config.allow[0].id = `for-${bank}`;
    },
    nodeOptions: (bank) => ({
      contracts: contractFiles(
        bank === 'bank-a' ? signedBy(contract, ['bank-b', 'bank-c', 'bank-d']) : signedBy(contract),
      ),
    }),
  });
  const folder = join(all.folder, 'bank-a');
  const admin = await openAdmin({ folder, node: all.node('bank-a'), operators });
  open.push(admin);
  return { all, admin, as: (operator) => adminClient(folder, operator) };
}

type Call = readonly [op: string, call: (client: AdminClient) => Promise<unknown>, roles: readonly string[]];

const CALLS: readonly Call[] = [
  ['status', (client) => client.status(), ROLES],
  ['consent', (client) => client.consent(), ROLES],
  ['runs', (client) => client.runs(5), ['requester', 'approver', 'auditor']],
  ['sign-contract', (client) => client.signContract(QUESTION, hash), ['approver']],
  ['reload-contracts', (client) => client.reloadContracts(), ['approver', 'administrator']],
  ['ask', (client) => client.ask(QUESTION), ['requester']],
  ['answer', (client) => client.answer('0'.repeat(32)), ['requester']],
  ['revoke-grant', (client) => client.revokeGrant('for-bank-a'), ['approver']],
  ['revoke-contract', (client) => client.revokeContract(QUESTION), ['approver']],
  ['stop', (client) => client.stop(), ['administrator']],
];

describe('a node with operators', () => {
  it('does for each role what is the role’s, and nothing else', async () => {
    const { as } = await administered();
    for (const [op, call, roles] of CALLS) {
      // Who may not tries first, so that what is done last (stop) was refused before.
      for (const role of ROLES.filter((candidate) => !roles.includes(candidate))) {
        const error = await failure(call(as(credential(role))));
        expect(error, `${op} by ${role}`).toMatchObject({ code: 'refused', phase: 'administration/role' });
        expect(error.message).toContain(`the role ${role} does not allow`);
      }
      for (const role of roles) {
        const outcome = await call(as(credential(role))).then(
          () => 'done',
          (error: unknown) => (error instanceof Error && 'phase' in error ? error.phase : error),
        );
        // None of this run is kept; that is no matter of roles.
        expect(outcome, `${op} by ${role}`).toBe(op === 'answer' ? 'administration' : 'done');
      }
    }
  });

  it('does nothing for who signs nothing, is not listed, or has another key', async () => {
    const { as } = await administered();
    const stranger = { institution: 'bank-a', name: 'stranger', signer: ed25519Signer(insecureSeededRng('stranger')) };
    const refusal = { code: 'refused', phase: 'administration/operator' };
    for (const operator of [undefined, stranger, { ...stranger, name: 'administrator-1' }]) {
      for (const [, call] of CALLS) expect(await failure(call(as(operator)))).toMatchObject(refusal);
    }
    // The positive control: the same requests by who is listed.
    expect((await as(credential('requester')).status()).name).toBe('bank-a');
  });

  it('takes a signature for its institution, on one connection only, and on one request', async () => {
    const { admin } = await administered();
    const { name, signer } = credential('administrator');
    const request = '{"op":"stop"}';
    const signed = (nonce: string, text = request, institution = 'bank-a'): string => {
      const over = requestText({ institution, nonce: fromHex(nonce) }, text);
      return JSON.stringify({ operator: name, request, signature: toHex(signer.sign(over)) });
    };
    const first = await talk(admin.socket, (nonce) => signed(nonce, '{"op":"status"}'));
    expect(first.reply).toContain('no operator of this node has signed');
    const replayed = await talk(admin.socket, () => signed(first.nonce));
    expect(replayed.reply).toContain('no operator of this node has signed');
    // As a node of another institution, where this person has a role too, could pass it on.
    const elsewhere = await talk(admin.socket, (nonce) => signed(nonce, request, 'bank-b'));
    expect(elsewhere.reply).toContain('no operator of this node has signed');
    const bare = await talk(admin.socket, () => request);
    expect(bare.reply).toContain('no operator of this node has signed');
    // The positive control.
    expect((await talk(admin.socket, (nonce) => signed(nonce))).reply).toContain('"kind":"result"');
  });

  it('signs the contract that the approver was shown, and notes who approved it', async () => {
    const { all, as } = await administered();
    const approver = as(credential('approver'));
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ phase: 'policy/contract/unsigned' });
    expect(await failure(approver.signContract(QUESTION, 'e'.repeat(64)))).toMatchObject({ phase: 'contract' });
    expect(await approver.signContract(QUESTION, hash)).toEqual([]);
    expect(all.node('bank-a').consent.approverOf(QUESTION)).toBe('approver-1');
    expect((await as(credential('auditor')).consent()).contracts).toMatchObject([{ state: 'ready' }]);
    await as(credential('requester')).ask(QUESTION);
  });

  it('does not let who approved a contract ask under it, also after a change of role', async () => {
    const { all, as, admin } = await administered();
    await as(credential('approver')).signContract(QUESTION, hash);
    await admin.close();
    open.splice(0);
    const changed = OPERATORS.map((operator): OperatorConfig => {
      return operator.name === 'approver-1' ? { ...operator, role: 'requester' } : operator;
    });
    const folder = join(all.folder, 'bank-a');
    open.push(await openAdmin({ folder, node: all.node('bank-a'), operators: changed }));
    const error = await failure(as(credential('approver')).ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused', phase: 'administration/role' });
    expect(error.message).toContain('has approved the contract');
    await as(credential('requester')).ask(QUESTION);
  });
});

/** One connection: asks for a nonce, sends the line that this gives, and takes what comes back. */
function talk(
  socket: string,
  line: (nonce: string) => string,
): Promise<{ readonly nonce: string; readonly reply: string }> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => connection.write('{"op":"challenge"}\n'));
    let nonce = '';
    let reply = '';
    connection.on('data', (chunk) => {
      const text = String(chunk);
      if (nonce === '') {
        nonce = /"nonce":"([0-9a-f]{64})"/.exec(text)?.[1] ?? 'none';
        connection.write(`${line(nonce)}\n`);
      } else reply += text;
    });
    connection.on('error', () => undefined);
    connection.on('close', () => resolve({ nonce, reply }));
  });
}
