package io.millrace.watch;

import io.millrace.event.ClickEvent;
import io.millrace.event.SchemaChange;
import io.millrace.metric.ExactMoments;
import io.millrace.metric.ValueHistogram;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Moments and histograms of the dense columns of one pane, in bounded memory: at most about 60 kB a
 * column. They are the same to the bit for every order of events and every grouping of summaries.
 *
 * <p>Values are gathered by column, so that one column's bins stay in the processor's cache for
 * many of them.
 */
public final class DenseSummary {

  private static final int GATHERED = 256;

  private final Column[] columns;
  private long events;
  private boolean missingKnown = true;

  /** One column's numbers. */
  private static final class Column {
    private final float[] gathered = new float[GATHERED];
    private int size;
    private ExactMoments moments = new ExactMoments();
    private ValueHistogram histogram = new ValueHistogram();
    private long missing;

    void add(float value) {
      if (size == GATHERED) {
        settle();
      }
      gathered[size++] = value;
    }

    void settle() {
      for (int i = 0; i < size; i++) {
        moments.add(gathered[i]);
      }
      for (int i = 0; i < size; i++) {
        histogram.add(gathered[i]);
      }
      size = 0;
    }
  }

  /** No events yet, of {@code columns} dense columns each. */
  DenseSummary(int columns) {
    this.columns = new Column[columns];
    for (int d = 0; d < columns; d++) {
      this.columns[d] = new Column();
    }
  }

  /**
   * Adds an event. Columns without a value count as missing; where the event does not mark missing
   * values, all its numbers count as values.
   */
  void add(ClickEvent event) {
    events++;
    missingKnown &= event.missing() != null;
    for (int d = 0; d < columns.length; d++) {
      if (event.missing(d)) {
        columns[d].missing++;
      } else {
        columns[d].add(event.dense()[d]);
      }
    }
  }

  /**
   * The same events with other columns; shares their numbers with this summary, which must not be
   * used any more.
   *
   * @param from for each column its index here, or {@link SchemaChange#NEW}: such a column is
   *     missing in all events
   */
  DenseSummary moved(int[] from) {
    DenseSummary moved = new DenseSummary(from.length);
    moved.events = events;
    moved.missingKnown = missingKnown;
    for (int d = 0; d < from.length; d++) {
      if (from[d] == SchemaChange.NEW) {
        moved.columns[d].missing = events;
      } else {
        moved.columns[d] = columns[from[d]];
      }
    }
    return moved;
  }

  /** Adds the events of another summary. */
  void addAll(DenseSummary other) {
    events += other.events;
    missingKnown &= other.missingKnown;
    for (int d = 0; d < columns.length; d++) {
      Column from = other.settled(d);
      Column to = settled(d);
      to.moments.addAll(from.moments);
      to.histogram.addAll(from.histogram);
      to.missing += from.missing;
    }
  }

  private Column settled(int column) {
    columns[column].settle();
    return columns[column];
  }

  /** Events added. */
  long events() {
    return events;
  }

  /**
   * Share of the events without a value in a column; NaN if an event does not mark missing values.
   */
  double missing(int column) {
    return missingKnown ? (double) columns[column].missing / events : Double.NaN;
  }

  /** Mean and deviation of the values of a column. */
  ExactMoments moments(int column) {
    return settled(column).moments;
  }

  /** Bins of the values of a column. */
  ValueHistogram histogram(int column) {
    return settled(column).histogram;
  }

  /** Writes all that {@link #read} needs. */
  public void write(DataOutput out) throws IOException {
    out.writeLong(events);
    out.writeBoolean(missingKnown);
    out.writeInt(columns.length);
    for (int d = 0; d < columns.length; d++) {
      Column column = settled(d);
      out.writeLong(column.missing);
      column.moments.writeTo(out);
      column.histogram.writeTo(out);
    }
  }

  /** Reads what {@link #write} wrote. */
  public static DenseSummary read(DataInput in) throws IOException {
    long events = in.readLong();
    boolean missingKnown = in.readBoolean();
    DenseSummary read = new DenseSummary(in.readInt());
    read.events = events;
    read.missingKnown = missingKnown;
    for (Column column : read.columns) {
      column.missing = in.readLong();
      column.moments = ExactMoments.readFrom(in);
      column.histogram = ValueHistogram.readFrom(in);
    }
    return read;
  }
}
