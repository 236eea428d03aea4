// Totals of a vitest JSON report, as the closing line `N passed, N failed`; exits 1 when anything failed.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** `report` is the parsed JSON or undefined where there is none; `status` the runner's exit code. */
export function totals(report, status) {
  const suites = report?.testResults ?? [];
  const tests = suites.flatMap((suite) => suite.assertionResults);
  const count = (wanted) => tests.filter((test) => test.status === wanted).length;
  const passed = count('passed');
  // A file that fails to import has no test results of its own.
  const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
  let failed = count('failed') + broken;
  if (failed === 0 && (status !== 0 || passed === 0)) failed = 1;
  return { passed, failed };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , file, status] = process.argv;
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    report = undefined;
  }
  const { passed, failed } = totals(report, Number(status));
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}
