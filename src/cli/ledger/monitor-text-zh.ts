/** The texts of `blindflag monitor` in Chinese. */
import { codeInChinese } from '../errors/error-zh.ts';
import type { MonitorTexts } from './monitor-texts.ts';
import { integer } from '../screen/number-format.ts';
import { chineseRefusals } from './ledger-text-zh.ts';
import { refusalReason } from './refusal-reason.ts';

const AGREEMENTS = {
  'contract-signed': '本机构已签署合同',
  'contract-revoked': '本机构已撤销合同',
  'grant-revoked': '本机构已撤销授权',
} as const;
const DATASETS = { evidence: '证据名单', holdings: '持有名单' } as const;

export const chineseMonitorTexts: MonitorTexts = {
  help: { about: '依账本显示运行中的节点发生的事，直到中断', json: '每行一个 JSON 对象' },
  event(event) {
    switch (event.kind) {
      case 'admitted':
        return `开始  ${event.run.slice(0, 8)}  ${event.asker} 查询 ${event.question}，至多 ${integer(event.bucket)} 个账户`;
      case 'opening':
        return `开启  ${event.run.slice(0, 8)}  自此结果可能已开启`;
      case 'ended':
        return `结束  ${event.run.slice(0, 8)}  ${codeInChinese(event.outcome)}${event.phase === undefined ? '' : `，阶段 ${event.phase}`}${event.party === undefined ? '' : `，${event.party}`}`;
      case 'refused':
        return `拒绝  ${event.peer}${event.question === undefined ? '' : `，${event.question}`}：${refusalReason(event.reason, chineseRefusals)}，今日第 ${integer(event.count)} 次`;
      case 'sealed':
        return `会签  ${event.run.slice(0, 8)}  已与 ${event.peers.join('、')} 互签账本和通信记录`;
      case 'frozen':
        return `冻结  ${event.question}：${event.period} 的${DATASETS[event.dataset]}`;
      case 'agreement':
        return `约定  ${event.question}：${AGREEMENTS[event.what]}`;
      default:
        return event satisfies never;
    }
  },
  alert: (text) => `警报  ${text}`,
  missed: (count) => `略去 ${integer(count)} 件：此屏幕读取过慢`,
};
