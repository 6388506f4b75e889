package io.millrace.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.runs.LineIndex.Part;
import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Lines in an object store: one object for the lines of a file between two checkpoints. Those of an
 * hour that is over are put together to one object, and those of a day that is over again. {@link
 * LineIndex} names them.
 *
 * <p>Objects are written before a checkpoint, and the index when it is complete. So readers see
 * lines up to the last complete checkpoint. Objects that were put together are deleted after the
 * index has changed; a savepoint that names them is restored from those that hold the same bytes. A
 * failure leaves objects that nothing names and nobody reads; the writer after it deletes them when
 * its first checkpoint is complete.
 *
 * <p>A restart changes neither the index nor objects before its first line or checkpoint. So a
 * writer that starts late and is stopped at once, as Flink does with tasks of a deployment that has
 * failed meanwhile, does no harm. An index that this writer has not written is an error.
 */
public final class LineObjects implements LineLog {

  /** Bytes of a file that are held until they are written. */
  private static final int MOST_BYTES = 8 << 20;

  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;

  private final ObjectStore run;
  private final LongSupplier clock;
  private final Map<String, ByteArrayOutputStream> held = new TreeMap<>();
  private final Map<String, String> replaced = new HashMap<>();
  private final Map<String, List<Part>> parts = new TreeMap<>();
  private LineIndex published = LineIndex.NONE;
  private boolean begun;

  /** Names of the objects of each file that this writer may need; null once others are deleted. */
  private Map<String, Set<String>> known = new TreeMap<>();

  /** Lines of the run in a store. */
  public LineObjects(ObjectStore run) {
    this(run, System::currentTimeMillis);
  }

  /** The same with a clock, ms since 1970. */
  LineObjects(ObjectStore run, LongSupplier clock) {
    this.run = run;
    this.clock = clock;
  }

  @Override
  public void restore(Map<String, Long> lengths, String saved) throws IOException {
    published = LineIndex.read(run);
    LineIndex wanted = saved.isEmpty() ? LineIndex.NONE : LineIndex.parse(saved, "the checkpoint");
    for (Map.Entry<String, Long> file : lengths.entrySet()) {
      known.put(file.getKey(), new HashSet<>());
      published.parts(file.getKey()).forEach(part -> know(file.getKey(), part));
      if (file.getValue() != wanted.length(file.getKey())) {
        throw new IOException(
            "%s must be the run directory of the checkpoint, which has %d bytes of %s on a disk"
                .formatted(run.place(""), file.getValue(), file.getKey()));
      }
    }
    for (String file : wanted.files().keySet()) {
      parts.put(file, restored(file, wanted.parts(file)));
      parts.get(file).forEach(part -> know(file, part));
    }
  }

  private void know(String file, Part part) {
    if (known != null) {
      known.computeIfAbsent(file, f -> new HashSet<>()).add(part.name());
    }
  }

  /** Takes the lines over from the writer before. */
  private void begin() throws IOException {
    if (!begun) {
      publish(new LineIndex(parts));
      begun = true;
    }
  }

  /** The saved parts of a file, or others with the same bytes. */
  private List<Part> restored(String file, List<Part> wanted) throws IOException {
    List<Part> there = published.parts(file);
    for (Part part : wanted) {
      String key = LineIndex.key(file, part);
      if (!there.contains(part) && !run.exists(key)) {
        List<Part> cut = cut(file, there, LineIndex.length(wanted));
        if (LineIndex.hash(cut) != LineIndex.hash(wanted)) {
          throw new IOException("%s is missing: the checkpoint needs it".formatted(run.place(key)));
        }
        return cut;
      }
    }
    return new ArrayList<>(wanted);
  }

  /** The first bytes of a file; the object in which they end is written again without the rest. */
  private List<Part> cut(String file, List<Part> all, long length) throws IOException {
    List<Part> cut = new ArrayList<>();
    for (Part part : all) {
      if (part.end() <= length) {
        cut.add(part);
      } else if (part.begin() < length) {
        byte[] bytes = bytes(run, file, cut, part);
        byte[] first = Arrays.copyOf(bytes, (int) (length - part.begin()));
        cut.add(write(file, cut, part.time(), first));
      }
    }
    return cut;
  }

  @Override
  public void append(String file, String line) throws IOException {
    begin();
    ByteArrayOutputStream lines = held.computeIfAbsent(file, f -> new ByteArrayOutputStream());
    lines.writeBytes((line + "\n").getBytes(UTF_8));
    if (lines.size() >= MOST_BYTES) {
      write(file);
    }
  }

  /** {@inheritDoc} It is written when the next checkpoint is complete. */
  @Override
  public void replace(String file, String text) {
    replaced.put(file, text);
  }

  @Override
  public String save() throws IOException {
    begin();
    for (String file : held.keySet()) {
      write(file);
    }
    for (Map.Entry<String, List<Part>> file : parts.entrySet()) {
      file.setValue(together(file.getKey(), file.getValue(), HOUR_MS));
      file.setValue(together(file.getKey(), file.getValue(), DAY_MS));
    }
    return new LineIndex(parts).text();
  }

  /** Writes the lines that are held of a file. */
  private void write(String file) throws IOException {
    byte[] lines = held.get(file).toByteArray();
    if (lines.length > 0) {
      List<Part> written = parts.computeIfAbsent(file, f -> new ArrayList<>());
      written.add(write(file, written, clock.getAsLong(), lines));
      held.get(file).reset();
    }
  }

  /** Writes an object of a file after the parts before it. */
  private Part write(String file, List<Part> before, long time, byte[] bytes) throws IOException {
    long begin = LineIndex.length(before);
    long hash = LineIndex.hash(LineIndex.hash(before), bytes);
    Part part = new Part(begin, begin + bytes.length, time, hash);
    know(file, part);
    run.overwrite(LineIndex.key(file, part), Content.of(bytes));
    return part;
  }

  /** Puts the parts of each unit of time that is over together. */
  private List<Part> together(String file, List<Part> all, long unitMs) throws IOException {
    long now = clock.getAsLong() / unitMs;
    List<Part> together = new ArrayList<>();
    for (int from = 0, to; from < all.size(); from = to) {
      long unit = all.get(from).time() / unitMs;
      to = from + 1;
      while (unit < now && to < all.size() && all.get(to).time() / unitMs == unit) {
        to++;
      }
      List<Part> ofUnit = all.subList(from, to);
      together.add(ofUnit.size() == 1 ? ofUnit.get(0) : one(file, together, ofUnit));
    }
    return together;
  }

  private Part one(String file, List<Part> before, List<Part> several) throws IOException {
    List<Part> read = new ArrayList<>(before);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Part part : several) {
      all.writeBytes(bytes(run, file, read, part));
      read.add(part);
    }
    return write(file, before, several.get(0).time(), all.toByteArray());
  }

  /**
   * The bytes of a part.
   *
   * @param before the parts before it
   * @throws java.nio.file.NoSuchFileException if it was put together with others
   * @throws IOException if it is damaged
   */
  static byte[] bytes(ObjectStore run, String file, List<Part> before, Part part)
      throws IOException {
    byte[] bytes = run.read(LineIndex.key(file, part));
    if (LineIndex.hash(LineIndex.hash(before), bytes) != part.hash()) {
      throw new IOException(
          run.place(LineIndex.key(file, part)) + ": damaged, its hash is not that of its name");
    }
    return bytes;
  }

  @Override
  public long length(String file) {
    return new LineIndex(parts).length(file) + (held.containsKey(file) ? held.get(file).size() : 0);
  }

  @Override
  public void complete(String saved) throws IOException {
    publish(LineIndex.parse(saved, "the checkpoint"));
    deleteUnknown();
    for (Map.Entry<String, String> file : replaced.entrySet()) {
      run.overwrite(file.getKey(), Content.of(file.getValue().getBytes(UTF_8)));
    }
    replaced.clear();
  }

  /** Overwrites the index, then deletes what it does not name any more. */
  private void publish(LineIndex index) throws IOException {
    if (index.text().equals(published.text())) {
      return;
    }
    LineIndex.read(run).check(published, run);
    index.write(run);
    LineIndex before = published;
    published = LineIndex.parse(index.text(), "the index");
    for (String file : before.files().keySet()) {
      Set<String> stay = new HashSet<>();
      index.parts(file).forEach(part -> stay.add(part.name()));
      for (Part part : before.parts(file)) {
        if (!stay.contains(part.name())) {
          run.delete(LineIndex.key(file, part));
        }
      }
    }
  }

  /** Deletes what former writers have left, once a checkpoint of this one is complete. */
  private void deleteUnknown() throws IOException {
    if (known != null) {
      for (Map.Entry<String, Set<String>> file : known.entrySet()) {
        String folder = LineIndex.folder(file.getKey());
        for (String name : run.list(folder)) {
          if (!file.getValue().contains(name)) {
            run.delete(folder + "/" + name);
          }
        }
      }
      known = null;
    }
  }

  @Override
  public void close() {}
}
