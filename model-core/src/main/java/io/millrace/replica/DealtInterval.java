package io.millrace.replica;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.EventHash;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * An interval that is not merged: its events as they were dealt, and the changes that are there.
 */
final class DealtInterval {

  /** An event with what is returned with its prediction. */
  record Tagged(ClickEvent event, int tag) {}

  private final long number;
  private final List<List<Tagged>> dealt = new ArrayList<>();
  private final Change[] changes;
  private int events;
  private int missing;

  /** An interval without events. */
  DealtInterval(long number, int replicas) {
    this.number = number;
    this.changes = new Change[replicas];
    this.missing = replicas;
    for (int r = 0; r < replicas; r++) {
      dealt.add(new ArrayList<>());
    }
  }

  long number() {
    return number;
  }

  int events() {
    return events;
  }

  /** The events of a replica, in order. */
  List<Tagged> of(int replica) {
    return dealt.get(replica);
  }

  /**
   * The events of all replicas, in the order in which students learn: by event time, then by {@link
   * EventHash}. One that came late is at its time too.
   */
  List<Tagged> inOrder() {
    EventHash hash = new EventHash();
    List<Tagged> all = new ArrayList<>();
    dealt.forEach(all::addAll);
    all.sort(
        Comparator.comparingLong((Tagged each) -> each.event().eventTime())
            .thenComparingLong(each -> hash.of(each.event())));
    return all;
  }

  void add(int replica, ClickEvent event, int tag) {
    dealt.get(replica).add(new Tagged(event, tag));
    events++;
  }

  /**
   * Takes the change of a replica; a second one is dropped.
   *
   * @throws IllegalStateException if it does not hold a prediction for each event
   */
  void take(Change change) {
    int expected = dealt.get(change.replica()).size();
    if (change.predictions().length != expected) {
      throw new IllegalStateException(
          "replica %d was given %d events of interval %d but has predicted %d"
              .formatted(change.replica(), expected, number, change.predictions().length));
    }
    missing -= changes[change.replica()] == null ? 1 : 0;
    changes[change.replica()] = change;
  }

  /** Whether the changes of all replicas are there. */
  boolean complete() {
    return missing == 0;
  }

  /** The changes, by replica. */
  List<Change> changes() {
    return Arrays.asList(changes);
  }

  /** Writes {@code i64 number | of each replica: i32 events, each i32 tag, event}; no changes. */
  void write(DataOutput out) throws IOException {
    out.writeLong(number);
    for (List<Tagged> events : dealt) {
      out.writeInt(events.size());
      for (Tagged each : events) {
        out.writeInt(each.tag());
        EventBytes.write(each.event(), out);
      }
    }
  }

  /** Reads what {@link #write} wrote. */
  static DealtInterval read(DataInput in, int replicas) throws IOException {
    DealtInterval interval = new DealtInterval(in.readLong(), replicas);
    for (int r = 0; r < replicas; r++) {
      for (int n = in.readInt(); n > 0; n--) {
        int tag = in.readInt();
        interval.add(r, EventBytes.read(in), tag);
      }
    }
    return interval;
  }
}
