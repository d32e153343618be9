/** The floors of the house hold: who may lean on whom, through doors only, and never in a circle. */
import { describe, expect, test } from 'vitest';
import { breaches, circleOfFiles, conclaveHouse, cycleIn, netdocHouse, type House } from './floors.ts';
import { filesBelow, type SourceFile } from './sources.ts';

const houses = [
  ['packages/netdoc', netdocHouse],
  ['packages/conclave', conclaveHouse],
] as const;

describe.each(houses)('%s', (folder, house) => {
  const files = filesBelow(`${folder}/src`);

  test('no room leans on one that it may not', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(breaches(house, files)).toEqual([]);
  });

  test('no room leans, over others, on itself', () => {
    expect(cycleIn(house)).toBeUndefined();
  });

  test('no file leans, over others, on itself, for types neither', () => {
    expect(circleOfFiles(files)).toBeUndefined();
  });

  test('no room uses one of a higher floor', () => {
    const up = Object.entries(house).flatMap(([name, { floor, uses }]) =>
      uses.filter((other) => (house[other]?.floor ?? Infinity) > floor).map((other) => `${name} → ${other}`),
    );
    expect(up).toEqual([]);
  });

  test('every room that has files has a door', () => {
    const doors = new Set(files.filter(({ path }) => path.endsWith('/index.ts')).map(({ path }) => path));
    // Commands are nobody's room: they begin at cli/main.ts.
    const rooms = new Set(files.map(({ path }) => path.split('/')[3] ?? '').filter((name) => name !== 'cli'));
    const without = [...rooms].filter(
      (name) => !name.endsWith('.ts') && !doors.has(`${folder}/src/${name}/index.ts`),
    );
    expect(without).toEqual([]);
  });
});

test('nothing but the commands loads the lab, and only when it is needed', () => {
  const loaders = filesBelow('packages/conclave/src').filter(({ text }) => text.includes("'@conclave/lab'"));
  expect(loaders.map(({ path }) => path)).toEqual(['packages/conclave/src/cli/lab.ts']);
});

describe('the rules themselves', () => {
  const file = (path: string, text: string): SourceFile => ({ path: `packages/conclave/src/${path}`, text });
  const cases: readonly (readonly [string, SourceFile, string | undefined])[] = [
    [
      'a neighbour above',
      file('checks/a.ts', "import { x } from '../store/index.ts';"),
      'may not lean on store',
    ],
    [
      'an inner file',
      file('answers/a.ts', "import { x } from '../store/tables.ts';"),
      'not the door of store',
    ],
    [
      'values where types are meant',
      file('archive/a.ts', "import { x } from '../collect/index.ts';"),
      'only types',
    ],
    ['types', file('archive/a.ts', "import type { X } from '../collect/index.ts';"), undefined],
    ['types in braces', file('archive/a.ts', "import { type X } from '../collect/index.ts';"), undefined],
    [
      'a value among types',
      file('archive/a.ts', "import { type X, y } from '../collect/index.ts';"),
      'only types',
    ],
    [
      'a re-export',
      file('checks/index.ts', "export { x } from '../store/index.ts';"),
      'may not lean on store',
    ],
    [
      'a package',
      file('checks/a.ts', "import { readFile } from 'node:fs/promises';"),
      'not a package for checks',
    ],
    [
      'the lab at once',
      file('cli/a.ts', "import { startLab } from '@conclave/lab';"),
      'not a package for cli',
    ],
    ['the lab when needed', file('cli/a.ts', "const lab = await import('@conclave/lab');"), undefined],
    [
      'many lines',
      file('web/a.tsx', "import {\n  a,\n  b,\n} from '../store/index.ts';"),
      'may not lean on store',
    ],
    ['a comment', file('checks/a.ts', "// import { x } from '../store/index.ts';"), undefined],
    ['a room without a floor', file('attic/a.ts', ''), 'has no floor'],
  ];

  test.each(cases)('%s', (_, source, refusal) => {
    const found = breaches(conclaveHouse, [source]);
    if (refusal === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toContain(refusal);
  });

  test('a circle of files, of which one is no part', () => {
    const three = [
      file('a/first.ts', "import { b } from './second.ts';"),
      file('a/second.ts', "import { c } from './third.ts';"),
      file('a/third.ts', "import type { B } from './second.ts';"),
    ];
    const path = (name: string): string => `packages/conclave/src/a/${name}.ts`;
    expect(circleOfFiles(three)).toEqual([path('second'), path('third'), path('second')]);
    expect(circleOfFiles(three.slice(0, 2))).toBeUndefined();
  });

  test('a circle', () => {
    const round: House = {
      a: { floor: 0, uses: ['b'] },
      b: { floor: 0, uses: ['c'] },
      c: { floor: 0, uses: ['a'] },
    };
    expect(cycleIn(round)).toEqual(['a', 'b', 'c', 'a']);
  });
});
