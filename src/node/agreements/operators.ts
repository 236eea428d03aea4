/**
 * People who administer a node, each with a key and one role: whoever asks does not approve, whoever audits changes
 * nothing, whoever starts and stops the node sees neither data nor results. A request is signed (Ed25519) over the name of
 * the institution and a nonce of the connection, so that none serves twice, or at another institution where the same person
 * has a role. Roles bind those who talk to the node; who knows the passphrase of the
 * institution's identity file can act for it without the node.
 */
import { fromHex, utf8 } from '../../crypto/bytes.ts';
import { hashTuple } from '../../crypto/hash.ts';
import { type Signer, verifyEd25519 } from '../../crypto/signature.ts';
import { PolicyError } from '../../errors.ts';
import type { AdminRequest, SignedRequest } from '../admin/admin-protocol.ts';

export const ROLES = ['requester', 'approver', 'auditor', 'administrator'] as const;
export type OperatorRole = (typeof ROLES)[number];

export interface OperatorConfig {
  readonly name: string;
  readonly role: OperatorRole;
  /** Ed25519, 64 hexadecimal digits. */
  readonly key: string;
}

/** Signs requests as one operator of one institution. */
export interface OperatorCredential {
  readonly institution: string;
  readonly name: string;
  readonly signer: Signer;
}

/** Who may request what. What is on no list is for nobody. */
const MAY: Readonly<Record<AdminRequest['op'], readonly OperatorRole[]>> = {
  status: ROLES,
  consent: ROLES,
  monitor: ROLES,
  runs: ['requester', 'approver', 'auditor'],
  ask: ['requester'],
  answer: ['requester'],
  'reload-contracts': ['approver', 'administrator'],
  'sign-contract': ['approver'],
  'revoke-contract': ['approver'],
  'revoke-grant': ['approver'],
  stop: ['administrator'],
};

export function mayRequest(role: OperatorRole, op: AdminRequest['op']): boolean {
  return MAY[op].includes(role);
}

/** The connection that a request is signed for. */
export interface SignedFor {
  readonly institution: string;
  readonly nonce: Uint8Array;
}

/** What is signed for one request of one connection: 32 bytes. */
export function requestText({ institution, nonce }: SignedFor, request: string): Uint8Array {
  return hashTuple('admin-request', utf8(institution), nonce, utf8(request));
}

/** The operator who signed a request. @throws PolicyError `refused` when none did, or not for this connection */
export function operatorOf(
  { operator, request, signature }: SignedRequest,
  {
    operators,
    institution,
    nonce,
  }: {
    readonly operators: readonly OperatorConfig[];
    readonly institution: string;
    readonly nonce: Uint8Array | undefined;
  },
): OperatorConfig {
  const found = operators.find(({ name }) => name === operator);
  const isGood =
    found !== undefined &&
    nonce !== undefined &&
    verifyEd25519(fromHex(signature), requestText({ institution, nonce }, request), fromHex(found.key));
  if (isGood) return found;
  throw notSigned();
}

/** A request without a signature, where the configuration lists operators; or one that nobody of them signed. */
export function notSigned(): PolicyError {
  return new PolicyError('Cannot administer: no operator of this node has signed the request', {
    code: 'refused',
    phase: 'administration/operator',
    remedy: "name an operator of the configuration with --as; 'blindflag operator add' makes one",
  });
}

export function notForRole(role: OperatorRole, op: AdminRequest['op']): PolicyError {
  return new PolicyError(`Cannot administer: the role ${role} does not allow this request`, {
    code: 'refused',
    phase: 'administration/role',
    remedy: `for it one of these roles is needed: ${MAY[op].join(', ')}`,
  });
}

export function approvedBySelf(): PolicyError {
  return new PolicyError('Cannot ask: the operator who asks has approved the contract of this question', {
    code: 'refused',
    phase: 'administration/role',
    remedy: 'have another requester ask',
  });
}
