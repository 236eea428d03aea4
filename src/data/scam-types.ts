/** The closed list of scam types of a flag; codes are equal at all parties, so a new type is a new list. */

export type ScamCode =
  | 'task-rebate'
  | 'fake-investment'
  | 'romance-investment'
  | 'police-impersonation'
  | 'support-impersonation'
  | 'fake-loan'
  | 'credit-record-repair'
  | 'acquaintance-impersonation'
  | 'fake-shopping'
  | 'fake-game-trade'
  | 'prize-rebate'
  | 'blind-box'
  | 'fake-top-up'
  | 'campus-loan-cancellation'
  | 'sextortion'
  | 'other';

export interface ScamType {
  readonly code: ScamCode;
  readonly chinese: string;
  readonly english: string;
}

/** In the order of the list; a position is a stable number of the type. */
export const SCAM_TYPES: readonly ScamType[] = Object.freeze([
  { code: 'task-rebate', chinese: '刷单返利', english: 'Paid tasks with a promised rebate' },
  { code: 'fake-investment', chinese: '虚假投资理财', english: 'Fake investment' },
  { code: 'romance-investment', chinese: '杀猪盘', english: 'Romance baiting' },
  { code: 'police-impersonation', chinese: '冒充公检法', english: 'Impersonated police or court' },
  { code: 'support-impersonation', chinese: '冒充客服物流', english: 'Impersonated customer service or courier' },
  { code: 'fake-loan', chinese: '虚假贷款', english: 'Fake loan' },
  { code: 'credit-record-repair', chinese: '虚假征信', english: 'Fake credit-record repair' },
  { code: 'acquaintance-impersonation', chinese: '冒充熟人领导', english: 'Impersonated acquaintance or superior' },
  { code: 'fake-shopping', chinese: '虚假购物服务', english: 'Fake shop or service' },
  { code: 'fake-game-trade', chinese: '游戏虚假交易', english: 'Fake trade of game items' },
  { code: 'prize-rebate', chinese: '中奖返利', english: 'Prize with a fee' },
  { code: 'blind-box', chinese: '盲盒', english: 'Blind box' },
  { code: 'fake-top-up', chinese: '虚假话费充值', english: 'Fake phone top-up' },
  { code: 'campus-loan-cancellation', chinese: '注销校园贷', english: 'Cancellation of a student loan' },
  { code: 'sextortion', chinese: '裸聊敲诈', english: 'Sextortion' },
  { code: 'other', chinese: '其他', english: 'Other' },
] as const satisfies readonly ScamType[]);
