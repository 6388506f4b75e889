package io.millrace.replica;

import io.millrace.dlrm.BatchLearner;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/** What is known of the events of merged intervals. */
final class LearnedEvents {

  private long learned;
  private long skipped;
  private double outputVariance = Double.NaN;

  /** Adds a merged interval, and reports its predictions, in the order of replicas. */
  void add(DealtInterval interval, BatchLearner.Scored scored) {
    double variance = 0;
    int batches = 0;
    for (Change change : interval.changes()) {
      List<DealtInterval.Tagged> events = interval.of(change.replica());
      for (int i = 0; i < events.size(); i++) {
        float p = change.predictions()[i];
        if (!Float.isNaN(p)) {
          scored.accept(events.get(i).event(), events.get(i).tag(), p);
        }
      }
      learned += change.learned();
      skipped += change.skipped();
      variance += change.outputVariance();
      batches += change.batches();
    }
    outputVariance = variance / batches;
  }

  /** Number of events learned. */
  long learned() {
    return learned;
  }

  /** Number of events in batches that were not learned because of their loss. */
  long skipped() {
    return skipped;
  }

  /** Mean variance of the network's logits in the batches of the last interval, or NaN. */
  double outputVariance() {
    return outputVariance;
  }

  /** Writes {@code i64 learned | i64 skipped | f64 variance}. */
  void write(DataOutput out) throws IOException {
    out.writeLong(learned);
    out.writeLong(skipped);
    out.writeDouble(outputVariance);
  }

  /** Reads what {@link #write} wrote. */
  static LearnedEvents read(DataInput in) throws IOException {
    LearnedEvents read = new LearnedEvents();
    read.learned = in.readLong();
    read.skipped = in.readLong();
    read.outputVariance = in.readDouble();
    return read;
  }
}
