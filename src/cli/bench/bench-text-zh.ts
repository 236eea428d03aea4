/** The texts of `blindflag bench` in Chinese. */
import type { BenchTexts } from './bench-texts.ts';
import { bound, byteSize, integer } from '../screen/number-format.ts';

const STATES = { cold: '冷启动', warm: '预热后' } as const;
const TRANSFERS = { fresh: '重新建立', kept: '沿用' } as const;

export const chineseBenchTexts: BenchTexts = {
  help: {
    about: '在本机测量一种查询：每家机构一个进程，使用虚构名单',
    accounts: '每份名单的账户数，不少于 32，也可写作 1e5（默认 10000）',
    institutions: 'flag 的机构数，3 至 10（默认 5）',
    security: 'overlap 的安全模型：malicious 或 semi-honest（引擎 vole 默认 malicious）',
    threads: '每家机构的工作线程数；0 表示在主线程计算（默认 0）',
    runs: '取中位数的运行次数（默认 3）',
    csv: '每家机构输出一行逗号分隔值',
  },
  working: (step) =>
    ({ cold: '正在测量新进程的首次运行……', 'warm-up': '正在以小规模运行预热……', warm: '正在测量预热后的运行……' })[step],
  title: ({ settings, protocol, threads, rounds, failureLog2 }) =>
    `${protocol}，引擎 ${settings.engine}：${settings.institutions} 家机构，每家 ${integer(settings.accounts)} 个账户，` +
    `每家 ${threads} 个工作线程；${rounds} 轮，误差不超过 ${bound(failureLog2)}`,
  line: ({ state, baseTransfers, runs, wallMs, cpuMs, bytes }) =>
    `${STATES[state]}，基础传输${TRANSFERS[baseTransfers]}：查询方用时 ${milliseconds(wallMs.median)}` +
    `（${milliseconds(wallMs.min)} 至 ${milliseconds(wallMs.max)}，运行 ${runs} 次），` +
    `各方 CPU 合计 ${milliseconds(cpuMs.median)}，各方发送合计 ${byteSize(bytes)}`,
  columns: { party: '参与方', cpu: 'CPU', memory: '内存峰值', sent: '发送', received: '接收' },
  total: '合计',
  note: '所有结果与明文规则一致。各机构共用本机；本机有其他负载时，CPU 时间比用时更可靠。',
};

function milliseconds(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(3))} 毫秒` : `${Number((ms / 1000).toPrecision(3))} 秒`;
}
