/** The texts of `blindflag audit` in Chinese. */
import type { AuditTexts } from './audit-texts.ts';
import { codeInChinese } from '../errors/error-zh.ts';
import { integer } from '../screen/number-format.ts';
import { roleInChinese } from '../screen/protocol-zh.ts';

export const chineseAuditTexts: AuditTexts = {
  help: {
    about: '重新执行本机构在一次运行中的部分，并把每条消息与当时发出的相比；仅当全部一致且各方均已会签时，退出码为 0',
    json: '结果以 JSON 输出',
  },
  working: '正在重新执行……',
  run: ({ run, question, protocol, initiator, startedAt, roles }) =>
    `运行 ${run}：${question}（${protocol}），由 ${initiator} 于 ${startedAt} 发起；本机构为 ${roles.map(roleInChinese).join('、')}`,
  equal: (messages) => `一致：全部 ${integer(messages)} 条消息都是诚实软件所发`,
  partial: '该运行提前结束：以上只说明已有的部分，且无人会签。',
  sealedBy: (peers) => (peers.length === 0 ? '没有对方会签该记录。' : `已会签同一记录：${peers.join('、')}`),
  different: ({ kind, message: { peer, channel, message, number } }) => {
    const which = `通道 ${channel} 上发给 ${peer} 的第 ${number + 1} 条消息（${message}）`;
    switch (kind) {
      case 'content':
        return `不一致：${which}与诚实软件所发不同`;
      case 'missing':
        return `不一致：${which}当时发出，而诚实软件不发`;
      case 'withheld':
        return `不一致：${which}当时没有发出，而诚实软件会发`;
      default:
        return kind satisfies never;
    }
  },
  otherInput: '该运行所用的名单或种子与记录不同。',
  otherSeed: '不一致：记录中的种子不是账本在开启结果前所承诺的种子',
  otherList: (period) => `不一致：记录中的名单不是账本${period === undefined ? '' : `为 ${period} `}所承诺的名单`,
  otherTranscript: (peer) => `不一致：${peer} 会签的内容与此记录不同`,
  notExecutable: ({ code, phase, party }) =>
    `不一致：诚实软件会以“${codeInChinese(code)}”结束该运行${phase === undefined ? '' : `，阶段 ${phase}`}${party === undefined ? '' : `，原因在 ${party}`}`,
  unbound:
    '这不说明本机构遵守了协议：对未会签的一方所发的内容，记录可能有所缺漏。若账本中有该运行的开启记录，本机构须说明其如何结束。',
  means: '这说明本机构以其承诺的名单和种子遵守了协议；不说明名单属实，也不说明运行留在本机构的内容另作何用。',
};
