/** The door of the alert room. */
export { foldAlerts } from './alerts.ts';
export type { Alert, AlertChanges } from './alerts.ts';
