/**
 * How much more than a packed file its content may be. Text of traces packs 3 to 20 times smaller, with long prompts
 * repeated in each record perhaps 50 times; what expands beyond these limits was made to.
 */
export const MAX_EXPANSION = 300;
/** Up to here anything may expand: a trace caught in a loop packs a thousand times smaller. */
export const FREE_BYTES = 2 ** 30;
