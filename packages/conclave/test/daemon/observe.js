/** A process for the daemon's test: the observatory on the built package, until it is killed, or stopped by SIGTERM. */
import { startObservatory } from '../../dist/daemon/index.js';

const [directory = '', set = '', schedule = ''] = process.argv.slice(2);
const observatory = await startObservatory({
  set: JSON.parse(set),
  directory,
  schedule: JSON.parse(schedule),
  listen: { host: '127.0.0.1', port: 0 },
  vantage: 'test',
  plan: { probeSeconds: 0.5, connectivity: [] },
  log: (line) => process.stderr.write(`${line}\n`),
});
process.once('SIGTERM', () => {
  observatory.stop().then(
    () => process.exit(0),
    (error) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(70);
    },
  );
});
process.stdout.write(`${observatory.url}\n`);
