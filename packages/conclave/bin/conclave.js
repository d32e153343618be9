#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

const code = await main(process.argv.slice(2));
// What could not be written has set it already.
process.exitCode ??= code;
