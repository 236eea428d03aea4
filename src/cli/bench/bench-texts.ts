/** Texts of `blindflag bench`. */
import type { QuestionSummary } from '../../measure/measure-question.ts';

export interface BenchTexts {
  readonly help: Readonly<
    Record<'about' | 'accounts' | 'institutions' | 'security' | 'threads' | 'runs' | 'csv', string>
  >;
  /** What is being done, for standard error. */
  working(step: 'cold' | 'warm-up' | 'warm'): string;
  title(summary: QuestionSummary): string;
  /** Of one kind of run: how long, what it took of all, and that its answers are right. */
  line(summary: QuestionSummary): string;
  readonly columns: Readonly<Record<'party' | 'cpu' | 'memory' | 'sent' | 'received', string>>;
  readonly total: string;
  /** What the figures are and are not. */
  readonly note: string;
}
