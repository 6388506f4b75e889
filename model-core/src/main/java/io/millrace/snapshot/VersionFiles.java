package io.millrace.snapshot;

import io.millrace.math.XxHash64;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a version, as its manifest says they are. */
final class VersionFiles {

  private VersionFiles() {}

  /**
   * Checks size and checksum of each file.
   *
   * @throws IOException naming the file that is another than the manifest says
   */
  static void check(Path folder, Manifest manifest, Pace pace) throws IOException {
    for (Manifest.FileEntry entry : manifest.files()) {
      Path file = folder.resolve(fileName(folder, entry));
      long bytes = Files.size(file);
      if (bytes != entry.bytes()) {
        throw new IOException(file + ": must have " + entry.bytes() + " bytes but has " + bytes);
      }
      checkChecksum(file.toString(), entry, checksum(file, pace));
    }
  }

  /** The name of a version's file, which is inside the version's folder. */
  static String fileName(Path folder, Manifest.FileEntry entry) throws IOException {
    if (!entry.name().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IOException(
          folder + ": a file must be inside the folder but was " + folder.resolve(entry.name()));
    }
    return entry.name();
  }

  /** Checks the checksum of a version's file, which lies at a place. */
  static void checkChecksum(String place, Manifest.FileEntry entry, long checksum)
      throws IOException {
    String expected = ManifestJson.hex(entry.checksum());
    String actual = ManifestJson.hex(checksum);
    if (!actual.equals(expected)) {
      throw new IOException(
          place + ": damaged, its checksum must be " + expected + " but is " + actual);
    }
  }

  private static long checksum(Path file, Pace pace) throws IOException {
    XxHash64.Stream checksum = new XxHash64.Stream(0);
    byte[] block = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        checksum.update(block, 0, n);
        pace.rest();
      }
    }
    return checksum.value();
  }
}
