package io.millrace.student;

import io.millrace.event.ClickEvent;
import io.millrace.metric.LogLoss;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Log losses of a student and of its {@link Shadow} on the same events on time, nats, and the
 * spread of their differences.
 *
 * <p>Of each batch, the student's predictions come first. A prediction that is NaN does not come.
 */
final class PairedLosses {

  /**
   * A shadow is worse if its mean loss is above the student's by more than this many standard
   * errors of the mean difference. Equally good maps are then dropped in one of 44 trials.
   */
  private static final double ERRORS = 2;

  private final Map<ClickEvent, Double> batch = new IdentityHashMap<>();
  private long shadows;
  private double shadowSum;
  private long students;
  private double studentSum;
  private long pairs;
  private double sum;
  private double squares;

  /** Takes a prediction of the student; events with a negative tag are late. */
  void student(ClickEvent event, int tag, float p) {
    if (tag >= 0) {
      double loss = LogLoss.of(p, event.label() > 0);
      students++;
      studentSum += loss;
      batch.put(event, loss);
    }
  }

  /** Takes a prediction of the shadow. */
  void shadow(ClickEvent event, int tag, float p) {
    if (tag < 0) {
      return;
    }
    double loss = LogLoss.of(p, event.label() > 0);
    shadows++;
    shadowSum += loss;
    Double other = batch.get(event);
    if (other != null) {
      pairs++;
      sum += loss - other;
      squares += (loss - other) * (loss - other);
    }
  }

  /** Both have learned the batch. */
  void endBatch() {
    batch.clear();
  }

  long studentEvents() {
    return students;
  }

  long shadowEvents() {
    return shadows;
  }

  double studentMean() {
    return studentSum / students;
  }

  double shadowMean() {
    return shadowSum / shadows;
  }

  /** Whether the shadow has predicted each event that the student has, and no worse beyond chance. */
  boolean noWorse() {
    if (pairs < students) {
      return false;
    }
    double mean = sum / pairs;
    double variance = Math.max(0, squares / pairs - mean * mean);
    return pairs == 0 || mean <= ERRORS * Math.sqrt(variance / pairs);
  }

  /** Writes the sums, between two batches. */
  void writeState(DataOutput out) throws IOException {
    out.writeLong(shadows);
    out.writeDouble(shadowSum);
    out.writeLong(students);
    out.writeDouble(studentSum);
    out.writeLong(pairs);
    out.writeDouble(sum);
    out.writeDouble(squares);
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @param withPairs false for an earlier version, which kept no differences
   */
  void readState(DataInput in, boolean withPairs) throws IOException {
    shadows = in.readLong();
    shadowSum = in.readDouble();
    students = in.readLong();
    studentSum = in.readDouble();
    if (withPairs) {
      pairs = in.readLong();
      sum = in.readDouble();
      squares = in.readDouble();
    }
  }
}
