/** Words of local work between two pauses: about a millisecond, most of it the streams that mask them. */
export const WORDS_PER_STEP = 16_384;
