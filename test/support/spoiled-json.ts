/** What may come in place of a JSON value: for readers that have to refuse it, or to say what is wrong. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Every value of a tree in turn replaced by each of `wrongFor`, removed from its object, or given a neighbour. */
export function* spoiled(value: Json, wrongFor: (value: Json) => readonly Json[]): Generator<Json> {
  yield* wrongFor(value);
  if (typeof value !== 'object' || value === null) return;
  if (isJsonList(value)) {
    for (const [at, entry] of value.entries()) {
      for (const wrong of spoiled(entry, wrongFor)) yield value.map((other, k) => (k === at ? wrong : other));
    }
    return;
  }
  yield { ...value, colour: 'red' };
  for (const [key, entry] of Object.entries(value)) {
    const { [key]: _removed, ...rest } = value;
    yield rest;
    for (const wrong of spoiled(entry, wrongFor)) yield { ...rest, [key]: wrong };
  }
}

export function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
