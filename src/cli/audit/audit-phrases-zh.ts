/** What errors of audits and of their records say, in Chinese. */
import type { Phrase } from '../errors/phrase-book.ts';

export const AUDIT_PHRASES: readonly Phrase[] = [
  ['no own key', '没有本机构的密钥'],
  ['this version of the software does not have the protocol of the run', '此软件版本没有该运行的协议'],
  ['the record is of another version of the software', '该记录出自另一软件版本'],
  ['use the version with which the run was made', '请使用该运行所用的版本'],
  ['entry {1} of the ledger is not what was written', '账本第 {1} 条不是当时所写'],
  [
    "see 'blindflag ledger verify'; what the ledger says of the run counts for nothing as it is",
    "请查看 'blindflag ledger verify'；账本现状下关于该运行的记载不足为凭",
  ],
  ['the record of the run cannot be read', '无法读取该运行的记录'],
  ['the record of the run is damaged', '该运行的记录已损坏'],
  [
    'restore the record from a backup; without it the run cannot be executed again',
    '请从备份恢复记录；没有它就无法重新执行该运行',
  ],
  ['its record cannot be written, and the contract wants one', '无法写入其记录，而合同要求有记录'],
  ["make room where the node's store is, and check who may write there", '请在节点存储处腾出空间，并检查谁可写入'],
  ['there is no record of this run', '没有该运行的记录'],
  ['several runs begin with these digits', '有多次运行以这些数字开头'],
  [
    'records are kept of runs under a signed contract, for as many days as it says',
    '只保留签署合同下运行的记录，天数依合同',
  ],
  ['give more digits of the run', '请给出更多位的运行编号'],
];
