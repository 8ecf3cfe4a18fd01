/** The build replaces it by the Feature's version. */
declare const __VERSION__: string | undefined;

/** Version of the Feature; `dev` if the program runs from its sources. */
export const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev';
