package io.millrace.flink.graph;

import io.millrace.flink.operator.LineFileOperator;
import io.millrace.flink.operator.ReplicaOperator;
import io.millrace.flink.operator.StudentOperator;
import io.millrace.jobfile.JobConfig;
import io.millrace.jobfile.Settings;
import io.millrace.spec.JobSpec;
import io.millrace.state.RawState;
import io.millrace.student.SavedColumns;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.OperatorStateHandle;

/**
 * A savepoint or retained checkpoint that a job continues from: a folder that holds a file {@code
 * _metadata}, or that file.
 *
 * @param place a path, or a URI of a file system that Flink knows
 */
public record Savepoint(String place) {

  private static final String METADATA = "_metadata";

  /**
   * The differences between a savepoint and a job.
   *
   * @param left names of trainers that the job does not have; their state is left out
   * @param added names of trainers that the savepoint does not have; they start from nothing
   * @param leavesOut whether state is left out, as of these trainers or of replicas
   * @param rescaled a sentence for each arm that has another number of replicas
   */
  public record Changes(
      List<String> left, List<String> added, boolean leavesOut, List<String> rescaled) {

    /** A sentence for each. */
    public List<String> notes() {
      List<String> notes = new ArrayList<>();
      left.forEach(
          name -> notes.add(name + " is in the savepoint but not in the job file: it ends here"));
      added.forEach(
          name -> notes.add(name + " is in the job file but not in the savepoint: it starts anew"));
      notes.addAll(rescaled);
      return notes;
    }
  }

  /**
   * Reads the savepoint's metadata, and checks whether a job can continue from it.
   *
   * @param expected state of the job's operators, by the name in their state
   * @throws IllegalArgumentException if there is none at the place, or its state has another layout
   *     than the job's
   * @throws IOException if it is damaged
   */
  Changes check(Map<String, ExpectedState> expected) throws IOException {
    Map<String, Place> kept = objects();
    for (Map.Entry<String, ExpectedState> each : expected.entrySet()) {
      if (kept.containsKey(each.getKey())) {
        read(kept.get(each.getKey()), head -> check(head, each.getValue()));
      }
    }
    List<String> left = new ArrayList<>(kept.keySet());
    left.removeAll(expected.keySet());
    List<String> added = new ArrayList<>(expected.keySet());
    added.removeIf(name -> kept.containsKey(name) || expected.get(name).facts() == null);
    boolean leavesOut = !left.isEmpty();
    for (Set<String> names : List.of(kept.keySet(), expected.keySet())) {
      for (String arm : StudentOperator.arms(names)) {
        left.removeAll(ReplicaOperator.names(arm, names));
        added.removeAll(ReplicaOperator.names(arm, names));
      }
    }
    return new Changes(left, added, leavesOut, rescaled(kept.keySet(), expected.keySet()));
  }

  private static List<String> rescaled(Set<String> kept, Set<String> expected) {
    List<String> notes = new ArrayList<>();
    for (String arm : StudentOperator.arms(expected)) {
      int before = Math.max(1, ReplicaOperator.names(arm, kept).size());
      int now = Math.max(1, ReplicaOperator.names(arm, expected).size());
      if (before != now && StudentOperator.arms(kept).contains(arm)) {
        notes.add(
            "arm %s has %d %s in the job file but %d in the savepoint: it goes on with %d"
                .formatted(arm, now, now == 1 ? "replica" : "replicas", before, now));
      }
    }
    return notes;
  }

  /** Where an object is in raw state. */
  private record Place(OperatorStateHandle handle, long start) {}

  /** Objects in raw state, by their names. */
  private Map<String, Place> objects() throws IOException {
    Map<String, Place> kept = new LinkedHashMap<>();
    for (OperatorState operator : load().getOperatorStates()) {
      for (OperatorSubtaskState subtask : operator.getStates()) {
        for (OperatorStateHandle handle : subtask.getRawOperatorState()) {
          for (Place place : places(handle)) {
            read(place, head -> kept.put(head.name(), place));
          }
        }
      }
    }
    return kept;
  }

  private static List<Place> places(OperatorStateHandle handle) {
    return handle.getStateNameToPartitionOffsets().values().stream()
        .flatMapToLong(parts -> LongStream.of(parts.getOffsets()))
        .mapToObj(start -> new Place(handle, start))
        .toList();
  }

  private static void check(RawState.Head head, ExpectedState expected) throws IOException {
    head.checkFormat(expected.formats());
    if (expected.facts() != null) {
      DataInputStream object = head.object();
      if (head.name().equals(LineFileOperator.NAME)) {
        LineFileOperator.settings(head.format(), object);
      }
      expected.facts().check(head.name(), object);
    }
  }

  /**
   * The settings of the job that wrote it, which unset keys of the job that continues take.
   *
   * @throws IllegalArgumentException if there is none at the place
   * @throws IOException if it is damaged
   */
  public Settings settings() throws IOException {
    Map<String, Place> kept = objects();
    Optional<Settings> saved = ofJob(kept, LineFileOperator::settings);
    return saved.orElseGet(() -> Settings.before(StudentOperator.arms(kept.keySet())));
  }

  /** A part of what the state keeps for the whole job. */
  @FunctionalInterface
  private interface Part<T> {
    Optional<T> read(int format, DataInputStream in) throws IOException;
  }

  private static <T> Optional<T> ofJob(Map<String, Place> kept, Part<T> part) throws IOException {
    List<T> found = new ArrayList<>();
    if (kept.containsKey(LineFileOperator.NAME)) {
      read(
          kept.get(LineFileOperator.NAME),
          head -> {
            head.checkFormat(LineFileOperator.READABLE);
            part.read(head.format(), head.object()).ifPresent(found::add);
          });
    }
    return found.stream().findFirst();
  }

  /**
   * A job as it goes on from this savepoint: with the numbers that its columns have there, and a
   * note for each column that was added or dropped since.
   *
   * @param job as its job file says
   * @throws IllegalArgumentException if it cannot go on with its columns
   * @throws IOException if the savepoint is damaged
   */
  public JobConfig continuedBy(JobConfig job) throws IOException {
    Map<String, Place> kept = objects();
    Optional<SavedColumns> columns = ofJob(kept, LineFileOperator::columnsOf);
    if (columns.isEmpty()) {
      return job;
    }
    JobSpec spec = columns.get().continuedBy(job.spec());
    List<String> notes = columns.get().notes(job.spec());
    if (columns.get().changes(job.spec().schema())) {
      ColumnChecks.check(job, spec, kept.keySet(), load());
    }
    return job.continuing(spec, notes);
  }

  /** Handles the head of an object in raw state. */
  @FunctionalInterface
  private interface HeadReader {
    void read(RawState.Head head) throws IOException;
  }

  private static void read(Place place, HeadReader reader) throws IOException {
    try (FSDataInputStream in = place.handle().openInputStream()) {
      in.seek(place.start());
      RawState.Head head = RawState.head(in).orElse(null);
      if (head != null) {
        reader.read(head);
      }
    }
  }

  /** Whether this process can read it. */
  public boolean readable() {
    try {
      metadata();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private CheckpointMetadata load() throws IOException {
    Path metadata = metadata();
    try (DataInputStream in = new DataInputStream(metadata.getFileSystem().open(metadata))) {
      return Checkpoints.loadCheckpointMetadata(in, Savepoint.class.getClassLoader(), place);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "--from '" + place + "' is damaged, " + metadata + " cannot be read: " + e.getMessage(),
          e);
    }
  }

  private Path metadata() {
    try {
      Path given = new Path(CheckpointFolder.uri(place));
      FileSystem files = given.getFileSystem();
      if (files.exists(given) && !files.getFileStatus(given).isDir()) {
        return given;
      }
      Path inside = new Path(given, METADATA);
      if (files.exists(inside)) {
        return inside;
      }
      throw none(files.exists(given) ? "it holds none" : "it does not exist");
    } catch (IOException e) {
      throw none(e.getMessage());
    }
  }

  private IllegalArgumentException none(String why) {
    return new IllegalArgumentException(
        "--from must be a savepoint or a retained checkpoint, which holds a file "
            + METADATA
            + ", but was '"
            + place
            + "': "
            + why);
  }

  /**
   * Lets a job continue from it; the job does not change or delete it.
   *
   * @param leaveOut whether it holds state that the job does not use
   */
  public void restore(Configuration flink, boolean leaveOut) {
    flink.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, leaveOut);
    flink.set(StateRecoveryOptions.SAVEPOINT_PATH, CheckpointFolder.uri(place));
    flink.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.NO_CLAIM);
  }
}
