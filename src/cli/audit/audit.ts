/** `blindflag audit`: a run of this institution, executed again. No node has to run, and no passphrase is needed. */
import { auditRunOf } from '../../service/audit-run.ts';
import type { AuditOptions } from './audit-arguments.ts';
import { auditScreen, isShown } from './audit-screen.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

/** The exit code says whether it shows that the protocol was followed: of what nobody countersigned it does not. */
export async function runAudit(
  { folder, run, json }: AuditOptions,
  { stdout, stderr, signal }: Surroundings,
  { audit }: Texts,
): Promise<number> {
  if (!json) stderr.write(`${audit.working}\n`);
  const audited = await auditRunOf(folder, run, { signal });
  if (json) stdout.write(`${JSON.stringify(audited, undefined, 2)}\n`);
  else stdout.write(`${auditScreen(audited, audit).join('\n')}\n`);
  return isShown(audited) ? EXIT.ok : EXIT.failed;
}
