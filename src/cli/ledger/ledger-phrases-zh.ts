/** What errors of the ledger, its seals and the lists of a period say, in Chinese. */
import type { Phrase } from '../errors/phrase-book.ts';

export const LEDGER_PHRASES: readonly Phrase[] = [
  ['entry {1#} is damaged, or not the one that was written there', '第 {1} 条记录已损坏，或不是当初写入的那一条'],
  ['entry {1#} is of another version of the software', '第 {1} 条记录由本软件的另一版本写入'],
  [
    'open it with the version that wrote it; without that this institution can go on under another name alone',
    '请用写入它的版本打开；没有该版本时，本机构只能以另一名称继续',
  ],
  [
    "see what 'ledger verify' says, and put the newest whole copy of the ledger in its place",
    "请查看 'ledger verify' 的结果，并换上最新的完整账本副本",
  ],
  [
    'check the free space and the state of the disk under the ledger, then start the node again',
    '请检查账本所在磁盘的剩余空间和状态，再重新启动节点',
  ],
  ['there is none', '没有账本'],
  [
    "the node makes it when it first starts; if it ran before, put the newest copy in place, and check 'store'",
    "节点首次启动时建立账本；若节点曾经运行，请换上最新副本，并检查配置中的 'store'",
  ],
  ['it is not a file that this process may read and write', '本进程不能读写该文件'],
  ['the party cannot write its ledger, or has one that is not whole', '该方无法写入账本，或其账本不完整'],
  ['ask its operator what its ledger says', '请向对方操作员询问其账本的情况'],
  ['a ledger ends before an entry that was countersigned', '有账本止于会签过的记录之前'],
  [
    'its operator has to put the newest copy of the ledger in place; what was used since is missing from this one',
    '其操作员须换上最新的账本副本；现有账本缺少此后的用量',
  ],
  ['the ledger is empty', '账本为空'],
  ['a party of the run has no key', '运行的某方没有密钥'],
  ['the two parties hold different transcripts of it', '双方持有的通信记录不一致'],
  ['a ledger has no entry of that number', '账本不会有该序号的记录'],
  ['a seal is there or not', '会签只能是有或没有'],
  ['a signature on a ledger is not valid', '账本上的签名无效'],
  ['an entry is no plain data', '记录不是普通数据'],
  ['the list that was frozen for this period is not what it was', '本期冻结的名单已不是原来的内容'],
  [
    'put the copy back from before the change; without it this question waits for the next period',
    '请恢复改动之前的副本；否则该查询须等到下一期',
  ],
];
