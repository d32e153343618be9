/**
 * What every answer says to the browser about trust: nothing from elsewhere, nothing inline, no frame, no referrer, and
 * no guessing of types.
 */

/** The policy of all pages: our own script, style and pictures, and nothing else. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The policy of the page that judges what visitors bring: as above, but its script opens no connection whatever. */
export const unconnectedSecurityPolicy = contentSecurityPolicy.replace(
  "connect-src 'self'",
  "connect-src 'none'",
);

/** The policy of documents that strangers wrote: they are shown as text and may do nothing at all. */
export const documentSecurityPolicy = "default-src 'none'; sandbox";

/** Headers of every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
