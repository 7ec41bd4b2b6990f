import type { BlobContent } from '../../registry/types.ts';

/** Makes content that tells of its bytes. */
type Making = (onBytes: (count: number) => void) => BlobContent;

/**
 * Tells of the bytes of one blob once, however often it is sent: of a second try only what goes beyond the first.
 *
 * @param onBytes told of bytes that were not passed on before
 */
export function furthest(onBytes: (count: number) => void = () => {}): (make: Making) => BlobContent {
  let reached = 0;
  return (make) => (signal) => {
    let passed = 0;
    const content = make((count) => {
      passed += count;
      if (passed <= reached) return;
      onBytes(passed - reached);
      reached = passed;
    });
    return content(signal);
  };
}
