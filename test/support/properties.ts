/**
 * Properties with the same made-up input at every run: what fails once fails again, and nothing fails by chance. To try
 * others: `FC_SEED=7 npx vitest run …`; for inputs without end there is the fuzzer.
 */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['FC_SEED'] ?? 20_240_501) });

export { fc };
