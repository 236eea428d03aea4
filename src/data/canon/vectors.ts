/**
 * What institutions compare to know that their rules agree: dirty spellings of every type. Numbers are published examples
 * of their standards and registries, or made for this list; none is a person's. Every one has its expected result, which
 * the tests check; the hash is over what the code in use makes of them.
 */
import type { Canonical } from './canonical.ts';
import type { IdentifierType } from '../identifiers.ts';

export interface IdentifierVector {
  readonly type: IdentifierType;
  readonly raw: string;
  readonly region?: string;
  /** The value, or `suspect VALUE`, or `! REASON`. */
  readonly expected: string;
}

/** Writes a result as vectors do. */
export function resultText(result: Canonical): string {
  if (result.status === 'malformed') return `! ${result.reason}`;
  return result.status === 'suspect' ? `suspect ${result.value}` : result.value;
}

const vector = (type: IdentifierType, raw: string, expected: string, region?: string): IdentifierVector => ({
  type,
  raw,
  expected,
  ...(region === undefined ? {} : { region }),
});

export const IDENTIFIER_VECTORS: readonly IdentifierVector[] = [
  vector('iban', 'DE89 3704 0044 0532 0130 00', 'iban:DE89370400440532013000'),
  vector('iban', 'gb29-nwbk-6016-1331-9268-19', 'iban:GB29NWBK60161331926819'),
  vector('iban', 'ＤＥ８９370400440532013000', 'iban:DE89370400440532013000'),
  vector('iban', 'DE88370400440532013000', 'suspect iban:DE88370400440532013000'),
  vector('iban', 'DE8937040044053201300', '! bad-length'),
  vector('iban', 'XX89370400440532013000', '! unknown-country'),
  vector('card', '6200 0000 0000 0005', 'card:6200000000000005'),
  vector('card', '４１１１-1111-1111-1111', 'card:4111111111111111'),
  vector('card', '9558820200000000002', 'card:9558820200000000002'),
  vector('card', '4111111111111112', 'suspect card:4111111111111112'),
  vector('card', '6.2E+15', '! scientific-notation'),
  vector('card', '41111111111', '! bad-length'),
  vector('account', 'nl91abna0417164300', 'iban:NL91ABNA0417164300'),
  vector('account', '5555555555554444', 'card:5555555555554444'),
  vector('plain', ' Ab-007 ', 'id:Ab-007'),
  vector('plain', 'a b', '! bad-format'),
  vector('bic', 'deutdeff', 'bic:DEUTDEFF'),
  vector('bic', 'DEUT DE FF XXX', 'bic:DEUTDEFF'),
  vector('bic', 'DEUTDEFF500', 'bic:DEUTDEFF500'),
  vector('bic', 'DEUTZZFF', '! bad-format'),
  // GB 11643-1999 Annex A.
  vector('resident-id', '11010519491231002x', 'rid:11010519491231002X'),
  vector('resident-id', '440524 188001010014', 'rid:440524188001010014'),
  vector('resident-id', '110105491231002', 'rid:11010519491231002X'),
  vector('resident-id', '110105194912310021', 'suspect rid:110105194912310021'),
  vector('resident-id', '11010519490230002X', '! bad-date'),
  vector('resident-id', '1.10105E+17', '! scientific-notation'),
  vector('enterprise-code', '91350100m000100y43', 'usci:91350100M000100Y43'),
  vector('enterprise-code', '91350100M000100Y44', 'suspect usci:91350100M000100Y44'),
  vector('enterprise-code', '91350100I000100Y43', '! bad-format'),
  // The weighted sum is a multiple of 31: the check character is 0. And one E among digits is no exponent.
  vector('enterprise-code', '91350100M000018Y40', 'usci:91350100M000018Y40'),
  vector('enterprise-code', '913501001234500E03', 'usci:913501001234500E03'),
  vector('phone', '138 1234 5678', 'phone:+8613812345678', 'CN'),
  vector('phone', '+86-138-1234-5678', 'phone:+8613812345678', 'CN'),
  vector('phone', '0086 13812345678', 'phone:+8613812345678', 'CN'),
  vector('phone', '１３８１２３４５６７８', 'phone:+8613812345678', 'CN'),
  vector('phone', '8613812345678', 'phone:+8613812345678', 'CN'),
  vector('phone', '(010) 6552 9988', 'phone:+861065529988', 'CN'),
  vector('phone', '+44 20 7031 3000', 'phone:+442070313000', 'CN'),
  vector('phone', '13812345678', '! unknown-country'),
  vector('phone', '1.38E+10', '! scientific-notation', 'CN'),
  vector('phone', '138123456', '! bad-format', 'CN'),
  vector('phone', '138123456789012345', '! bad-format', 'CN'),
  vector('email', ' First.Last+tag@EXAMPLE.com ', 'email:first.last+tag@example.com'),
  vector('email', 'a@例子.测试', 'email:a@xn--fsqu00a.xn--0zwm56d'),
  vector('email', 'a@localhost', '! bad-format'),
  vector('email', 'a@-例子.测试', '! bad-format'),
  vector('email', 'a..b@example.com', '! bad-format'),
  // 3GPP TS 23.003 examples of a Luhn digit, with and without it, and with a software version.
  vector('imei', '49-015420-323751-8', 'imei:490154203237518'),
  vector('imei', '49015420323751', 'imei:490154203237518'),
  vector('imei', '4901542032375101', 'imei:490154203237518'),
  vector('imei', '490154203237517', 'suspect imei:490154203237517'),
  vector('imei', '000000000000000', '! placeholder'),
  vector('mac', '00-1B-44-11-3A-B7', 'mac:001b44113ab7'),
  vector('mac', '001b.4411.3ab7', 'mac:001b44113ab7'),
  vector('mac', '8900681e5042', 'mac:8900681e5042'),
  vector('mac', '8.900681E+11', '! scientific-notation'),
  vector('mac', '02:00:00:00:00:00', '! placeholder'),
  vector('uuid', '{F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6}', 'uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'),
  vector('uuid', '00000000-0000-0000-0000-000000000000', '! placeholder'),
  vector('name', '張 三', 'name:张三'),
  vector('name', '阿卜杜拉·买买提', 'name:阿卜杜拉买买提'),
  vector('name', 'José  O’Neil', 'name:joseoneil'),
  vector('name', '不详', '! placeholder'),
  vector('name', '123', '! bad-format'),
  vector('name', '1E5', '! scientific-notation'),
  vector('pinyin', '单雄信', 'pinyin:shanxiongxin'),
  vector('pinyin', 'Shan Xiongxin', 'pinyin:shanxiongxin'),
  vector('pinyin', '呂布', 'pinyin:lvbu'),
];
