/** Where real documents are, when they are there: beside the checkout, never in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of real documents. */
export const dataRoot: string = resolve(import.meta.dirname, '../../../../../shared/data/mainnet');

/** Whether there are real documents to read. */
export const hasData = existsSync(dataRoot);

/** A title for a test on real data: it says what is missing where it is skipped. */
export function withData(title: string): string {
  return hasData ? title : `${title} (needs ../shared/data)`;
}

/** The names of the files in a folder of the data, sorted; none where there is no data. */
export function filesOf(folder: string): readonly string[] {
  return hasData ? readdirSync(resolve(dataRoot, folder)).sort() : [];
}

/** The path of a file of the data. */
export function pathOf(folder: string, name: string): string {
  return resolve(dataRoot, folder, name);
}

/** The bytes of a file of the data. */
export function bytesOfFile(folder: string, name: string): Uint8Array {
  return new Uint8Array(readFileSync(pathOf(folder, name)));
}
