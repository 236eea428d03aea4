/** The words for what a flag is, as lists and screens write them: codes are equal at all parties, names are for people. */
import type { FlagRole, ReportedState } from '../../governance/flag-events.ts';

export const ROLE_NAMES: Readonly<Record<FlagRole, string>> = {
  victim: '受害人',
  'first-payee': '首层收款',
  transit: '过渡账户',
  'cash-out': '取现',
  'front-merchant': '空壳商户',
};

export const STATE_NAMES: Readonly<Record<ReportedState | 'withdrawn', string>> = {
  suspected: '疑似',
  'customer-reported': '客户举报',
  'police-confirmed': '公安确认',
  withdrawn: '已撤回',
};

/** The code that a cell means, by itself or by its name; undefined where it means none. */
export function codeIn<T extends string>(
  codes: readonly T[],
  names: Readonly<Record<T, string>>,
  cell: string,
): T | undefined {
  const text = cell.trim();
  return codes.find((code) => code === text || names[code] === text);
}
