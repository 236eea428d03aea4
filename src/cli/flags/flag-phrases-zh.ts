/** What errors of the register of flags say, in Chinese. */
import type { Phrase } from '../errors/phrase-book.ts';

export const FLAG_PHRASES: readonly Phrase[] = [
  ['line {1#}: {2*}', '第 {1} 行：{2}'],
  ['it is no entry of a flag register', '不是登记簿的记录'],
  ['it does not follow the line before', '与上一行不衔接'],
  ['it begins the register of another key', '是另一密钥的登记簿的开头'],
  ['it does not begin a register', '不是登记簿的开头'],
  ['its event does not follow from those before', '其事件与之前的不符'],
  ['its signature is not valid under the key of this institution', '其签名在本机构密钥下无效'],
  [
    'restore the register from a backup; a line that was signed is never changed',
    '请从备份恢复登记簿；已签名的行从不更改',
  ],
  ['the register has none of this number', '登记簿中没有这个编号'],
  ['it was withdrawn', '已撤回'],
  ['it is disputed already', '已有异议'],
  ['nobody disputes it', '无人提出异议'],
  ['it has expired', '已到期'],
  ["compare with 'blindflag flags list'", '请与 blindflag flags list 的显示核对'],
  ['report {1#} lacks its reporter, or ends before it begins', '第 {1} 条举报缺少举报人，或到期早于举报'],
  [
    "give a reporter with 'customer-reported', and an expiry after the day of the report",
    "'customer-reported' 请写明举报人，到期日须晚于举报日",
  ],
  ['there is none yet', '还没有'],
  [
    "add a first flag with 'blindflag flags add', or correct datasets.evidence in the configuration",
    "请用 'blindflag flags add' 写入第一条登记，或更正配置中的 datasets.evidence",
  ],
  ['this process may not write there, or the disk is full', '本进程无权写入，或磁盘已满'],
  ['check the folder, its permissions and the disk', '请检查目录、权限和磁盘'],
  ['another command writes it', '另一条命令正在写入'],
  ['try again; if no other command runs, remove {1}', '请重试；若没有其他命令在运行，请删除 {1}'],
  ["use the columns 'account' and 'score'", "请使用列 'account' 和 'score'"],
];
