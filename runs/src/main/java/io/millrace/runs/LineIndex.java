package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which objects of a store hold the lines of each file of a run, in order.
 *
 * <pre>
 * lines/index                                      this, as text
 * lines/metrics.jsonl/000000005120-9f86d081884c7d65   bytes 5120 and following of metrics.jsonl
 *
 * millrace lines 1
 * metrics.jsonl 5120 1796061877000 4fdcca5ddb678139
 * metrics.jsonl 7168 1796061937000 9f86d081884c7d65
 * </pre>
 *
 * <p>A line names a file, the offset at which an object ends, the time when it was written, ms, and
 * the FNV-1a hash of all bytes of the file up to there. So two indexes with the same hash at an
 * offset have the same bytes up to it, in whatever objects. An object is named by where it begins
 * and by the hash at its end; it never changes. The index is overwritten whole. Readers take what
 * it names and list nothing.
 *
 * @param files parts of each file, without gaps from its first byte on
 */
record LineIndex(Map<String, List<Part>> files) {

  /** Folder of the index and of the objects. */
  static final String FOLDER = "lines";

  private static final String KEY = FOLDER + "/index";
  private static final String HEADER = "millrace lines 1";

  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /** The index of a run without a line. */
  static final LineIndex NONE = new LineIndex(Map.of());

  /**
   * Bytes of a file in an object.
   *
   * @param begin offset of the first byte
   * @param end offset after the last byte
   * @param time when they were written, or the first of them, ms since 1970
   * @param hash of all bytes of the file up to the end
   */
  record Part(long begin, long end, long time, long hash) {

    /** Name of the object. */
    String name() {
      return String.format(Locale.ROOT, "%012d-%016x", begin, hash);
    }
  }

  /**
   * Continues the hash of a file.
   *
   * @param before hash of the bytes before
   */
  static long hash(long before, byte[] bytes) {
    long hash = before;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  /** The key of an object. */
  static String key(String file, Part part) {
    return folder(file) + "/" + part.name();
  }

  /** The folder of the objects of a file. */
  static String folder(String file) {
    return FOLDER + "/" + file;
  }

  /** Parts of a file; none if it has no line. */
  List<Part> parts(String file) {
    return files.getOrDefault(file, List.of());
  }

  /** Bytes of a file. */
  long length(String file) {
    return length(parts(file));
  }

  /** Bytes of parts from the first one on. */
  static long length(List<Part> parts) {
    return parts.isEmpty() ? 0 : parts.get(parts.size() - 1).end();
  }

  /** Hash of the bytes of parts from the first one on. */
  static long hash(List<Part> parts) {
    return parts.isEmpty() ? FNV_BASIS : parts.get(parts.size() - 1).hash();
  }

  /** Reads the index of a run; {@link #NONE} if there is none. */
  static LineIndex read(ObjectStore run) throws IOException {
    try {
      return parse(new String(run.read(KEY), UTF_8), run.place(KEY));
    } catch (NoSuchFileException e) {
      return NONE;
    }
  }

  /**
   * Checks that this index, which was read, is the one that its writer has written.
   *
   * @throws IOException if another one has written it
   */
  void check(LineIndex written, ObjectStore run) throws IOException {
    if (!text().equals(written.text())) {
      throw new IOException(
          run.place(KEY) + " was changed by another writer; " + LineFiles.OTHER_WRITER);
    }
  }

  /** Overwrites the index of a run. */
  void write(ObjectStore run) throws IOException {
    run.overwrite(KEY, ObjectStore.Content.of(text().getBytes(UTF_8)));
  }

  /** As text. */
  String text() {
    StringBuilder text = new StringBuilder(HEADER + "\n");
    for (Map.Entry<String, List<Part>> file : files.entrySet()) {
      for (Part part : file.getValue()) {
        text.append(file.getKey()).append(' ').append(part.end()).append(' ');
        text.append(part.time()).append(' ');
        text.append(String.format(Locale.ROOT, "%016x", part.hash())).append('\n');
      }
    }
    return text.toString();
  }

  /**
   * Reads the text.
   *
   * @param place where it comes from, for messages
   * @throws IOException if it is damaged, or of a later format
   */
  static LineIndex parse(String text, String place) throws IOException {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
      throw new IOException(
          "%s: must begin with '%s' but begins with '%s'"
              .formatted(place, HEADER, lines.isEmpty() ? "" : lines.get(0)));
    }
    Map<String, List<Part>> files = new TreeMap<>();
    try {
      for (String line : lines.subList(1, lines.size())) {
        String[] words = line.split(" ", -1);
        List<Part> parts = files.computeIfAbsent(words[0], file -> new ArrayList<>());
        parts.add(
            new Part(
                length(parts),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseUnsignedLong(words[3], 16)));
      }
      return new LineIndex(files);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IOException(place + ": damaged, it is no index of lines", e);
    }
  }
}
