/** A mistake on the command line, in the language of the person who made it. */
import { UsageError } from '../../errors.ts';
import type { Fault } from '../texts.ts';

export class ArgumentError extends UsageError {
  constructor({ what, remedy }: Fault) {
    super(what, { code: 'bad-parameter', phase: 'command line', remedy });
  }

  override describe(): string {
    return `${this.message} — ${this.remedy ?? ''}`;
  }
}
