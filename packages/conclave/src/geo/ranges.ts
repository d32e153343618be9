/** Ranges of addresses as columns, ascending and without overlap. */
export interface AddressRanges {
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

/** The number of the range that an address is in; undefined where it is in none. */
export function rangeOf({ first, last }: AddressRanges, address: number): number | undefined {
  let low = 0;
  let high = first.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (address < (first[middle] as number)) high = middle - 1;
    else if (address > (last[middle] as number)) low = middle + 1;
    else return middle;
  }
  return undefined;
}
