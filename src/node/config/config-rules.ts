/** Rules that several parts of a configuration share. A rule's message says what is allowed; what is wrong follows from the kind of issue. */
import { z } from 'zod';
import { IDENTIFIER_TYPES, type IdentifierType, isPrimaryKey } from '../../data/identifiers.ts';
import { AGREED_SIZES_PER_OCTAVE, isDeclaredSize, type SizesPerOctave } from '../../kit/declared-size.ts';
import { PARTY_NAME } from '../../kit/party.ts';

export const ALLOWED = {
  party: '1 to 32 of a-z, 0-9 and -, starting with a letter or digit',
  path: 'a path, relative to the folder of this file',
  bucket: 'a power of two from 64 to 16777216',
  agreedSize: 'a power of two, or 33/32 to 63/32 of one, from 64 to 16777216',
  url: 'a WebSocket address: ws://host:port or wss://host:port',
  date: 'a day or time in ISO 8601: 2027-12-31 or 2027-12-31T00:00:00Z',
} as const;

export const party: z.ZodString = z.string().regex(PARTY_NAME, ALLOWED.party);
export const filePath: z.ZodString = z.string().min(1, ALLOWED.path).max(1024, ALLOWED.path);
export const integer = (least: number, most: number): z.ZodNumber => {
  const allowed = `a whole number from ${least} to ${most}`;
  return z.int(allowed).min(least, allowed).max(most, allowed);
};
const sizeOf = (sizesPerOctave: SizesPerOctave, allowed: string): z.ZodNumber =>
  z.number().refine((size) => size >= 64 && size <= 2 ** 24 && isDeclaredSize(size, sizesPerOctave), allowed);
export const bucket: z.ZodNumber = sizeOf(1, ALLOWED.bucket);
/** Agreed on before the lists are known. */
export const agreedSize: z.ZodNumber = sizeOf(AGREED_SIZES_PER_OCTAVE, ALLOWED.agreedSize);
export const accountKind: z.ZodEnum<{ iban: 'iban'; card: 'card'; account: 'account'; plain: 'plain' }> = z.enum([
  'iban',
  'card',
  'account',
  'plain',
]);
const PRIMARY_TYPES = IDENTIFIER_TYPES.filter(isPrimaryKey);
/** What may be a key by itself, and what only together with such a one. */
export const keyKind: z.ZodType<IdentifierType> = z.enum(PRIMARY_TYPES as [IdentifierType, ...IdentifierType[]]);
export const identifierKind: z.ZodType<IdentifierType> = z.enum(
  IDENTIFIER_TYPES as [IdentifierType, ...IdentifierType[]],
);
export const column: z.ZodString = z
  .string()
  .min(1, 'the name of a column in the header row')
  .max(200, 'at most 200 characters');
