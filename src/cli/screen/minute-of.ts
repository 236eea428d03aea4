/** A moment as screens show it: `2027-01-15 12:00Z`. */
export function minuteOf(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}
