/** How often something is measured: a few times where it takes long, more often where it does not. */

export interface Repetitions {
  readonly least: number;
  /** Up to so many, as long as all of them took less than `withinMs` together. Default: the least. */
  readonly more?: { readonly most: number; readonly withinMs: number } | undefined;
}

/** Whether one more counts, after `done` that took `spentMs`. */
export function goesOn(
  { least, more }: Repetitions,
  { done, spentMs }: { readonly done: number; readonly spentMs: number },
): boolean {
  return done < least || (more !== undefined && done < more.most && spentMs < more.withinMs);
}
