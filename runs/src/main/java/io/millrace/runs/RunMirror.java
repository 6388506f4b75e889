package io.millrace.runs;

import io.millrace.runs.LineIndex.Part;
import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A copy on local disk of a run directory that lies in a store, with the files that a run on a disk
 * has; without maps, tensors and checkpoints.
 *
 * <p>The files of lines are put together from their objects. A file grows as the index names more;
 * where the job has dropped lines, it is written anew.
 */
final class RunMirror {

  private static final long PAUSE_MS = 1_000;

  /** After this time all is looked at, although the index of lines has not changed. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** Looks at an index that changes while its objects are read. */
  private static final int ATTEMPTS = 5;

  private static final List<String> WHOLE = List.of(RunFiles.RUN, RunFiles.VALUES, RunFiles.REPORT);

  private static final Part NOTHING = new Part(0, 0, 0, 0);

  private final ObjectStore run;
  private final Path folder;
  private final ObjectStore copy;
  private final ArmMirrors models;
  private final Duration pause;
  private final Map<String, Part> have = new HashMap<>();
  private LineIndex index = LineIndex.NONE;
  private long lookedAt;
  private long copiedAt;
  private boolean looked;

  /**
   * A copy in which nothing is yet.
   *
   * @param folder an empty folder, or one that is not there yet
   */
  RunMirror(ObjectStore run, Path folder) {
    this(run, folder, PAUSE_MS);
  }

  /** The same with the shortest pause between two looks, ms. */
  RunMirror(ObjectStore run, Path folder, long pauseMs) {
    this.run = run;
    this.pause = Duration.ofMillis(pauseMs);
    this.folder = folder;
    this.copy = new LocalObjectStore(folder);
    this.models = new ArmMirrors(run.below(RunFiles.MODELS), folder.resolve(RunFiles.MODELS));
  }

  /**
   * Copies what has changed. Looks at most once in a pause, and for other things than lines when
   * there are new lines, or each {@code LONGEST}.
   *
   * @throws IOException if the store cannot be read
   */
  synchronized void refresh() throws IOException {
    long now = System.nanoTime();
    if (looked && now - lookedAt < pause.toNanos()) {
      return;
    }
    boolean newLines = copyLines();
    if (!looked || newLines || now - copiedAt >= LONGEST.toNanos()) {
      Files.createDirectories(folder);
      for (String name : WHOLE) {
        copy(name);
      }
      models.refresh();
      copiedAt = now;
    }
    lookedAt = now;
    looked = true;
  }

  /** Copies a file that is overwritten as a whole. */
  private void copy(String name) throws IOException {
    Optional<byte[]> there = read(run, name);
    if (there.isPresent() && !Arrays.equals(there.get(), read(copy, name).orElse(null))) {
      copy.overwrite(name, Content.of(there.get()));
    }
  }

  private static Optional<byte[]> read(ObjectStore store, String name) throws IOException {
    try {
      return Optional.of(store.read(name));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Copies new lines; returns whether there were any. */
  private boolean copyLines() throws IOException {
    for (int attempt = 1; true; attempt++) {
      LineIndex there = LineIndex.read(run);
      if (there.equals(index)) {
        return false;
      }
      try {
        copyLines(there);
        return true;
      } catch (NoSuchFileException e) { // put together with others meanwhile
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void copyLines(LineIndex there) throws IOException {
    for (String file : index.files().keySet()) {
      if (there.parts(file).isEmpty()) {
        copy.delete(file);
        have.remove(file);
      }
    }
    for (String file : there.files().keySet()) {
      copyLines(file, there.parts(file));
    }
    index = there;
  }

  private void copyLines(String file, List<Part> parts) throws IOException {
    Part last = have.remove(file); // none, if what follows fails in the middle
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    if (last != null && after(last, file, parts, rest)) {
      Files.write(folder.resolve(file), rest.toByteArray(), StandardOpenOption.APPEND);
    } else {
      rest.reset();
      after(NOTHING, file, parts, rest);
      copy.overwrite(file, Content.of(rest.toByteArray()));
    }
    have.put(file, parts.get(parts.size() - 1));
  }

  /**
   * Reads the bytes of a file after those that are there.
   *
   * @param last the last part that is there
   * @return whether those that are there are still the first ones of the file
   */
  private boolean after(Part last, String file, List<Part> parts, ByteArrayOutputStream rest)
      throws IOException {
    boolean same = last.end() == 0;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (part.end() > last.end()) {
        List<Part> before = parts.subList(0, i);
        byte[] bytes = LineObjects.bytes(run, file, before, part);
        int from = (int) Math.max(0, last.end() - part.begin());
        if (from > 0) {
          byte[] first = Arrays.copyOf(bytes, from);
          same = LineIndex.hash(LineIndex.hash(before), first) == last.hash();
        }
        rest.write(bytes, from, bytes.length - from);
      } else if (part.end() == last.end()) {
        same = part.hash() == last.hash();
      }
    }
    return same;
  }
}
