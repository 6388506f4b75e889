package io.millrace.student;

import io.millrace.event.ClickEvent;
import io.millrace.metric.LogLoss;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Log losses of a student and of its {@link Shadow} on the same events on time, nats, and the
 * spread of their differences.
 *
 * <p>Both predict the same events of a batch in the same order. Predictions that are NaN do not
 * come.
 */
final class PairedLosses {

  /**
   * A shadow is worse if its mean loss is above the student's by more than this many standard
   * errors of the mean difference. Equally good maps are then dropped in one of 740 trials, if the
   * events are many.
   */
  private static final double ERRORS = 3;

  /** With fewer pairs, the standard error of the mean difference is itself not known. */
  static final int LEAST = 30;

  private final List<Double> ofStudent = new ArrayList<>();
  private final List<Double> ofShadow = new ArrayList<>();
  private long shadows;
  private double shadowSum;
  private long students;
  private double studentSum;
  private long pairs;
  private double sum;
  private double squares;
  private long lacking;

  /** Takes a prediction of the student; events with a negative tag are late. */
  void student(ClickEvent event, int tag, float p) {
    if (tag >= 0) {
      double loss = LogLoss.of(p, event.label() > 0);
      students++;
      studentSum += loss;
      ofStudent.add(loss);
    }
  }

  /** Takes a prediction of the shadow. */
  void shadow(ClickEvent event, int tag, float p) {
    if (tag >= 0) {
      double loss = LogLoss.of(p, event.label() > 0);
      shadows++;
      shadowSum += loss;
      ofShadow.add(loss);
    }
  }

  /** Both have learned the batch. */
  void endBatch() {
    int both = Math.min(ofStudent.size(), ofShadow.size());
    for (int i = 0; i < both; i++) {
      double difference = ofShadow.get(i) - ofStudent.get(i);
      sum += difference;
      squares += difference * difference;
    }
    pairs += both;
    lacking += ofStudent.size() - both;
    ofStudent.clear();
    ofShadow.clear();
  }

  /** Forgets what has been compared; between two batches. */
  void restart() {
    shadows = 0;
    shadowSum = 0;
    students = 0;
    studentSum = 0;
    pairs = 0;
    sum = 0;
    squares = 0;
    lacking = 0;
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

  /** Whether {@link #noWorse} says something: there are pairs enough, or predictions lack. */
  boolean enough() {
    return pairs >= LEAST || lacking > 0;
  }

  /**
   * Whether the shadow has predicted each event that the student has, and no worse beyond chance;
   * true if there are too few pairs to say.
   */
  boolean noWorse() {
    if (lacking > 0 || !enough()) {
      return lacking == 0;
    }
    double mean = sum / pairs;
    double variance = Math.max(0, squares / pairs - mean * mean);
    return mean <= ERRORS * Math.sqrt(variance / pairs);
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
    out.writeLong(lacking);
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
      lacking = in.readLong();
    }
  }
}
