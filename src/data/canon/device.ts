/**
 * Devices. IMEI: 3GPP TS 23.003, 15 digits of which the last is a Luhn digit that is often left away, or 16 with a software
 * version in place of it. MAC: IEEE 802, 48 bits. UUID: the form of IDFA, GAID and OAID.
 *
 * Values that stand for "none" are refused: they would be one device that everybody has.
 */
import luhn10 from 'card-validator/dist/luhn-10.js';
import { type Canonical, checked, malformed, ok, withoutSeparators } from './canonical.ts';

const IMEI_BODY_DIGITS = 14;

/** 14, 15 and 16 digits of one device are one value: the version in the last two of 16 changes with its software. */
export function canonicalImei(text: string): Canonical {
  const digits = withoutSeparators(text).replaceAll('/', '');
  if (!/^[0-9]+$/.test(digits)) return malformed('bad-format');
  if (digits.length < IMEI_BODY_DIGITS || digits.length > IMEI_BODY_DIGITS + 2) return malformed('bad-length');
  const body = digits.slice(0, IMEI_BODY_DIGITS);
  if (/^(.)\1*$/.test(body)) return malformed('placeholder');
  if (digits.length === 15) return checked(`imei:${digits}`, luhn10(digits));
  const check = Array.from('0123456789').find((digit) => luhn10(body + digit));
  return check === undefined ? malformed('bad-format') : ok(`imei:${body}${check}`);
}

export function canonicalMac(text: string): Canonical {
  // Separators must be one kind: six pairs, or three groups of four with dots.
  const shape = /^([0-9a-f]{2}([:-]?)([0-9a-f]{2}\2){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$/i;
  if (!shape.test(text)) return malformed('bad-format');
  const digits = text.replace(/[:.-]/g, '').toLowerCase();
  if (/^(0{12}|f{12}|020{10})$/.test(digits)) return malformed('placeholder');
  return ok(`mac:${digits}`);
}

export function canonicalUuid(text: string): Canonical {
  const shape = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;
  const groups = shape.exec(text);
  if (groups === null) return malformed('bad-format');
  const uuid = groups.slice(1).join('-').toLowerCase();
  return /^[0-]+$|^[f-]+$/.test(uuid) ? malformed('placeholder') : ok(`uuid:${uuid}`);
}
