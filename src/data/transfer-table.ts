/** Transfers as packed columns: 15 bytes a row instead of an object. */

/** One row per transfer; accounts are indices over all institutions. Not in the order of time. */
export interface TransferTable {
  readonly payers: Uint32Array;
  readonly payees: Uint32Array;
  readonly amountCents: Uint32Array;
  /** Hours since the start of the period. */
  readonly hours: Uint16Array;
  /** 0 for an ordinary payment, else 1 + the position in `SCAM_TYPES`. */
  readonly scamTypes: Uint8Array;
}

export interface Transfer {
  readonly payer: number;
  readonly payee: number;
  readonly amountCents: number;
  readonly hour: number;
  readonly scamType: number;
}

/** Appends transfers and gives the table at the end. */
export class TransferWriter {
  #columns: TransferTable;
  #length = 0;

  /** `expectedRows` saves copies; more rows are no error. */
  constructor(expectedRows: number) {
    this.#columns = columnsOf(Math.max(1, expectedRows));
  }

  append(transfer: Transfer): void {
    if (this.#length === this.#columns.payers.length) this.#columns = grown(this.#columns);
    const at = this.#length++;
    this.#columns.payers[at] = transfer.payer;
    this.#columns.payees[at] = transfer.payee;
    this.#columns.amountCents[at] = transfer.amountCents;
    this.#columns.hours[at] = transfer.hour;
    this.#columns.scamTypes[at] = transfer.scamType;
  }

  /** The rows so far, as views: nothing may be appended afterwards. */
  table(): TransferTable {
    const length = this.#length;
    return {
      payers: this.#columns.payers.subarray(0, length),
      payees: this.#columns.payees.subarray(0, length),
      amountCents: this.#columns.amountCents.subarray(0, length),
      hours: this.#columns.hours.subarray(0, length),
      scamTypes: this.#columns.scamTypes.subarray(0, length),
    };
  }
}

function columnsOf(capacity: number): TransferTable {
  return {
    payers: new Uint32Array(capacity),
    payees: new Uint32Array(capacity),
    amountCents: new Uint32Array(capacity),
    hours: new Uint16Array(capacity),
    scamTypes: new Uint8Array(capacity),
  };
}

function grown(old: TransferTable): TransferTable {
  const columns = columnsOf(2 * old.payers.length);
  columns.payers.set(old.payers);
  columns.payees.set(old.payees);
  columns.amountCents.set(old.amountCents);
  columns.hours.set(old.hours);
  columns.scamTypes.set(old.scamTypes);
  return columns;
}
