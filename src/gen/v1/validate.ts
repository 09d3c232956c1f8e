/**
 * What generated validators call at run time. A leaf: it imports nothing of the runtime but its errors, so that the wire layer can
 * use validators which were generated from `schema/wire`.
 */
export {};
