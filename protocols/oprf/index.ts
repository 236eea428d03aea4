export { dhOprf } from './dh.ts';
export { FILLER_TAG, ITEM_TAG, type OprfEngine, type OprfHolder, RECORD_BYTES } from './engine.ts';
