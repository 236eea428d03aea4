/** The middle step of a sort by counting: counts become places where each part begins, one behind the other. In place. */
export function countsToPlaces(counts: Uint32Array): void {
  let sum = 0;
  for (let part = 0; part < counts.length; part++) {
    const own = counts[part];
    counts[part] = sum;
    sum += own;
  }
}
