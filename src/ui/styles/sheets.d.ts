/** Style sheets are loaded by the bundler; they export nothing. */
declare module '*.css';
