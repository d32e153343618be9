/**
 * Prints, last of all, one plain line that any CI can read: `N passed, N failed`. Where tests were skipped it first says
 * which and why, as they name it in their titles. Where `CI` is set, a test that was skipped for want of tor or chromium
 * has failed: a machine that judges must have them.
 */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

const wants = /\(needs (?:tor|chromium)\b/;

/** The reporter. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const strict = (process.env['CI'] ?? '') !== '';
    let passed = 0;
    // A file or a group that could not begin, and an error that nobody waited for, are failures as well.
    let failed = unhandled.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped.push(test.fullName);
      }
    }
    const wanting = strict ? skipped.filter((name) => wants.test(name)) : [];
    if (wanting.length > 0) process.exitCode = 1;
    const lines = [
      ...skipped.map((name) => `skipped: ${name}`),
      ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
      ...(wanting.length > 0
        ? [`${wanting.length} of them may not be skipped where CI is set: install what they need`]
        : []),
      `${passed} passed, ${failed + wanting.length} failed`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
