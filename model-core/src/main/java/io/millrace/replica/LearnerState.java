package io.millrace.replica;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How far a {@link ReplicatedLearner} is, without the model and the replicas; see its fields.
 *
 * @param open null if no interval is open
 */
record LearnerState(
    LearnedEvents learned,
    int windows,
    long last,
    long merged,
    boolean moved,
    boolean begun,
    Start start,
    List<DealtInterval> ended,
    DealtInterval open) {

  /** With what replicas begin the next interval; states hold its ordinal. */
  enum Start {
    /** With what they know and the merges that are due. */
    GO_ON,
    /** With the whole model, but their own state of the dense part's optimiser. */
    WHOLE_MODEL,
    /** With the whole model and that state too. */
    FIRST
  }

  /**
   * Writes {@code events learned | i32 windows | i64 last interval that has ended | i64 last that
   * is merged | bool moved | bool begun | i32 start | i32 intervals that have ended, each with its
   * events | bool whether one is open | it}.
   */
  void write(DataOutput out) throws IOException {
    learned.write(out);
    out.writeInt(windows);
    out.writeLong(last);
    out.writeLong(merged);
    out.writeBoolean(moved);
    out.writeBoolean(begun);
    out.writeInt(start.ordinal());
    out.writeInt(ended.size());
    for (DealtInterval interval : ended) {
      interval.write(out);
    }
    out.writeBoolean(open != null);
    if (open != null) {
      open.write(out);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param replicas number of those that the intervals were dealt to
   */
  static LearnerState read(DataInput in, int replicas) throws IOException {
    LearnedEvents learned = LearnedEvents.read(in);
    int windows = in.readInt();
    long last = in.readLong();
    long merged = in.readLong();
    boolean moved = in.readBoolean();
    boolean begun = in.readBoolean();
    Start start = Start.values()[in.readInt()];
    List<DealtInterval> ended = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      ended.add(DealtInterval.read(in, replicas));
    }
    DealtInterval open = in.readBoolean() ? DealtInterval.read(in, replicas) : null;
    return new LearnerState(learned, windows, last, merged, moved, begun, start, ended, open);
  }

  /** The events that the model has not learned, in order. */
  List<DealtInterval.Tagged> unlearned() {
    return Stream.concat(ended.stream(), Stream.ofNullable(open))
        .flatMap(interval -> interval.inOrder().stream())
        .toList();
  }
}
