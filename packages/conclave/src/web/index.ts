/**
 * The door of the pages: the site, and how it is served.
 */
export { createWeb } from './app.tsx';
export { type Asset, type Assets, readAssets } from './assets.ts';
export type { Limits } from './pages/how.tsx';
export { type Servable, type Served, serve, type ServeOptions } from './serve.ts';
export type { WebOptions } from './showing.tsx';
export { createSite, type SiteOptions } from './site.tsx';
