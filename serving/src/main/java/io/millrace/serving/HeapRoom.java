package io.millrace.serving;

import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import java.nio.file.Path;
import java.util.function.LongPredicate;

/**
 * Whether the heap has room for a version beside what is in use. Without this check a model that
 * has grown would end the server.
 */
final class HeapRoom {

  private HeapRoom() {}

  /**
   * Checks a version before it is loaded.
   *
   * @param fits whether so many bytes fit, {@link #fits(long)}
   * @throws RefusedException if there is no room
   */
  static void check(Path folder, Manifest manifest, LongPredicate fits) throws RefusedException {
    long bytes = manifest.files().stream().mapToLong(Manifest.FileEntry::bytes).sum();
    if (!fits.test(bytes)) {
      throw new RefusedException(
          Reason.TOO_LARGE,
          folder
              + ": a version must fit into the heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB beside what is in use but has "
              + (bytes >> 20)
              + " MiB; start the server again, or with a larger -Xmx in MILLRACE_JAVA_OPTS");
    }
  }

  /** Whether a version of so many bytes fits now. What is not in use is collected if need be. */
  static boolean fits(long bytes) {
    if (fitsBesideWhatIsThere(bytes)) {
      return true;
    }
    System.gc();
    return fitsBesideWhatIsThere(bytes);
  }

  private static boolean fitsBesideWhatIsThere(long bytes) {
    Runtime heap = Runtime.getRuntime();
    return fits(bytes, heap.totalMemory() - heap.freeMemory(), heap.maxMemory());
  }

  /**
   * Whether a version fits. An eighth of its size is left for its objects, and an eighth of the
   * heap for requests in progress.
   *
   * @param bytes size of its files
   * @param used bytes of the heap in use
   * @param heap most bytes of the heap
   */
  static boolean fits(long bytes, long used, long heap) {
    return bytes <= (heap - heap / 8 - used) / 9 * 8;
  }
}
