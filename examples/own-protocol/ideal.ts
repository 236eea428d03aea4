/** What a trusted party would do: the oracle of every test. */
export function idealSum(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}
