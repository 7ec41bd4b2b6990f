import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage before the heap is half as large again as what is in use, not four times as large, which it lets
 * a busy program on a large machine come to: runs share small CI machines with others. To be set while the
 * program starts; V8 reads it each time that it decides on the next collection (V8, src/heap/memory-controller.cc).
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
