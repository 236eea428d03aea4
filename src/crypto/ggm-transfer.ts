/** The message of a punctured tree: sums under pads for the holder, and back for the receiver. See ggm.ts. */
import { equalMask, PAD_ROWS, type Transfer, type TreeShape } from './ggm.ts';

const ROW_WORDS = 4;

/** The tree's message: messageRows x 4 words. `pads` are those of the keys for value 0 and for value 1. */
export function sealSums(shape: TreeShape, sums: Uint32Array, pads: readonly [Uint32Array, Uint32Array]): Uint32Array {
  const message = new Uint32Array(shape.messageRows * ROW_WORDS);
  for (const transfer of shape.transfers) {
    const { sumsAt, fan, bit, messageAt } = transfer;
    const rows = 1 << bit;
    // The child's index is higher bits ‖ value ‖ lower bits; the higher ones are summed over.
    for (let index = 0; index < fan; index++)
      addRow(message, messageAt + (index & (2 * rows - 1)), sums, sumsAt + index);
    for (let low = 0; low < rows; low++) {
      const pad = padRow(transfer, low);
      addRow(message, messageAt + low, pads[0], pad);
      addRow(message, messageAt + rows + low, pads[1], pad);
    }
  }
  return message;
}

/** The receiver's part of a tree's transfers. */
export interface ChosenPads {
  /** Of the keys that it has. */
  readonly pads: Uint32Array;
  /** 0 or 1 for each transfer: the complement of the path bit. Secret. */
  readonly choices: Uint8Array;
}

/** The sums that the receiver may know, zero on its path: sumRows x 4 words. Masks choose; nothing else depends on it. */
export function openSums(shape: TreeShape, message: Uint32Array, { pads, choices }: ChosenPads): Uint32Array {
  const sums = new Uint32Array(shape.sumRows * ROW_WORDS);
  const row = new Uint32Array(ROW_WORDS);
  let higher = 0;
  for (const [number, transfer] of shape.transfers.entries()) {
    const { sumsAt, fan, bit, messageAt } = transfer;
    const rows = 1 << bit;
    const choice = choices[number];
    if (fan === 2 * rows) higher = 0;
    for (let low = 0; low < rows; low++) {
      row.fill(0);
      addRow(row, 0, pads, padRow(transfer, low));
      for (let value = 0; value < 2; value++) {
        const chosen = equalMask(value, choice);
        addRowIf(chosen, row, 0, message, messageAt + value * rows + low);
        // The sums of other higher bits are known by now, that of the path is still zero.
        for (let index = value * rows + low; index < fan; index += 2 * rows)
          addRowIf(chosen, row, 0, sums, sumsAt + index);
      }
      for (let index = low; index < fan; index += rows) {
        addRowIf(equalMask(index >> bit, 2 * higher + choice), sums, sumsAt + index, row, 0);
      }
    }
    higher = 2 * higher + (1 - choice);
  }
  return sums;
}

function padRow({ padAt, morePadAt }: Transfer, low: number): number {
  return low < PAD_ROWS ? padAt + low : morePadAt + low - PAD_ROWS;
}

function addRow(to: Uint32Array, row: number, from: Uint32Array, fromRow: number): void {
  addRowIf(-1, to, row, from, fromRow);
}

/** Adds row `fromRow` of `from` to row `row` of `to`, masked. */
function addRowIf(mask: number, to: Uint32Array, row: number, from: Uint32Array, fromRow: number): void {
  const at = row * ROW_WORDS;
  const source = fromRow * ROW_WORDS;
  to[at] ^= from[source] & mask;
  to[at + 1] ^= from[source + 1] & mask;
  to[at + 2] ^= from[source + 2] & mask;
  to[at + 3] ^= from[source + 3] & mask;
}
