/** Text to GB18030 by searching what the platform decodes: Node has no encoder for it. */

let table: ReadonlyMap<string, Uint8Array> | undefined;

/** Characters of GBK's two-byte area and ASCII, which is all that tests write. */
export function gb18030Bytes(text: string): Uint8Array {
  table ??= twoByteCharacters();
  const found = table;
  return Buffer.concat(
    Array.from(text, (character) => {
      if (character <= '\x7f') return Uint8Array.of(character.charCodeAt(0));
      const bytes = found.get(character);
      if (bytes === undefined) throw new RangeError('Cannot encode: the character has no two bytes in GB18030');
      return bytes;
    }),
  );
}

function twoByteCharacters(): ReadonlyMap<string, Uint8Array> {
  const decoder = new TextDecoder('gb18030');
  const found = new Map<string, Uint8Array>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const bytes = Uint8Array.of(lead, trail);
      found.set(decoder.decode(bytes), bytes);
    }
  }
  return found;
}
