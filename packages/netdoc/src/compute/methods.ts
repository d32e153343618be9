/**
 * What each consensus method changes in a consensus. A new method is an entry here; what is not here is unsupported
 * (dir-spec 3.8.1).
 */

/** The rules that depend on the method. */
export interface MethodRules {
  readonly method: number;
  /**
   * Since 31 a parameter is looked up in the list of those agreed on. Before, it was sought in the joined line and
   * understood only where it stood last in it.
   */
  readonly paramsFromList: boolean;
  /** Since 32 MiddleOnly takes Exit, Guard, HSDir and V2Dir away and brings BadExit. */
  readonly middleOnly: boolean;
  /** Since 33 the microdesc flavour has 2038-01-01 00:00:00 for every time of publication. */
  readonly publishedHidden: boolean;
  /** Until 33 there are `package` lines. */
  readonly packages: boolean;
}

const oldest: MethodRules = {
  method: 28,
  paramsFromList: false,
  middleOnly: false,
  publishedHidden: false,
  packages: true,
};

/** Each method as what it changes in the one before; 29, 30 and 35 change microdescriptors only. */
const changes: readonly Partial<MethodRules>[] = [
  {},
  {},
  { paramsFromList: true },
  { middleOnly: true },
  { publishedHidden: true },
  { packages: false },
  {},
];

/** The methods whose rules are known, by number. */
export const methods: ReadonlyMap<number, MethodRules> = new Map(
  changes
    .reduce<MethodRules[]>(
      (all, change) => {
        const before = all.at(-1) ?? oldest;
        return [...all, { ...before, ...change, method: before.method + 1 }];
      },
      [oldest],
    )
    .map((rules) => [rules.method, rules]),
);

/** The newest method whose rules are known: of a later one nothing is computed, neither weights nor microdescriptors. */
export const newestMethod = Math.max(...methods.keys());

/**
 * The method that the votes choose: the largest that more than two thirds of them support, 1 if there is none
 * (dir-spec 3.8.1).
 */
export function chosenMethod(lists: readonly (readonly number[])[]): number {
  const enough = Math.trunc((2 * lists.length) / 3);
  const supporters = new Map<number, number>();
  for (const list of lists) {
    for (const method of new Set(list)) supporters.set(method, (supporters.get(method) ?? 0) + 1);
  }
  let best = 1;
  for (const [method, count] of supporters) if (count > enough && method > best) best = method;
  return best;
}

/** The method that an authority uses: what the votes chose, or the largest it supports when that is not among them. */
export function usedMethod(chosen: number, supported: readonly number[] | undefined): number {
  if (supported === undefined || supported.length === 0 || supported.includes(chosen)) return chosen;
  return supported.reduce((largest, method) => Math.max(largest, method));
}
