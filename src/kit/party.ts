/** Parties of a run, by the names that offer, errors and reports use. */
import { UsageError } from '../errors.ts';

declare const partyBrand: unique symbol;
/** A checked party name: a lower-case letter or digit, then up to 31 of a-z, 0-9 and '-'. */
export type PartyId = string & { readonly [partyBrand]: true };

export const PARTY_NAME: RegExp = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** @throws UsageError `bad-parameter` when the name is not of the form above. */
export function partyId(name: string): PartyId {
  if (!PARTY_NAME.test(name)) {
    throw new UsageError('Cannot name party: not a short lower-case name', {
      code: 'bad-parameter',
      remedy: 'use 1 to 32 of a-z, 0-9 and -, starting with a letter or digit',
    });
  }
  return name as PartyId;
}
