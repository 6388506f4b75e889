package io.millrace.flink.graph;

import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.file.EventFiles;
import io.millrace.file.EventInput;
import io.millrace.file.OrderedEvents;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.RowWriter;
import io.millrace.format.ValueListener;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.EventReplay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Sends files of events to a topic, in event-time order, in the format that the job reads.
 *
 * <p>Rows that are no events are sent too, at their place, so that the job rejects the same rows as
 * a reader of the file. Row {@code i} of the ordered file has sequence {@code i}, so equal files
 * give equal partitions.
 */
public final class FileReplay {
  /** Receives the progress of a replay. */
  public interface Listener {
    /**
     * Called about twice a second and at the end.
     *
     * @param share share of the files that has been read, 0 to 1
     * @param sent records handed to Kafka
     */
    void at(double share, long sent);

    /** Receives what a user must know about the files, a sentence each; at the end. */
    default void note(String sentence) {}
  }

  private FileReplay() {}

  /**
   * Sends the files and waits until Kafka has stored them.
   *
   * @param events the files, at least one; each is read twice
   * @param listener receives the progress
   * @throws IOException if a file cannot be read as one of events, or holds an event that the job's
   *     form of records cannot hold
   * @throws io.millrace.kafka.BrokerException as {@link EventReplay#run}
   */
  public static EventReplay.Result run(
      ClientSettings settings,
      EventReplay.Options options,
      List<EventInput> events,
      JobConfig job,
      Listener listener)
      throws IOException {
    Schema schema = job.spec().schema();
    try (OrderedEvents rows =
        OrderedEvents.open(
            events, job.format(), schema, job.limitsForFiles(), true, ValueListener.none())) {
      RowWriter writer = job.kafka().form().writer(schema, job.limits(), job.format());
      EventReplay.Result result =
          EventReplay.run(
              settings,
              options,
              new Rows(rows, writer),
              progress -> listener.at(rows.part(), progress.sent()));
      rows.notes().forEach(listener::note);
      return result;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * The end offset of each partition of a new topic after a replay, which sends the rows to the
   * partitions in turn.
   *
   * @throws IOException if the file cannot be read as one of events
   */
  public static List<Long> ends(List<EventInput> files, JobConfig job) throws IOException {
    long rows = 0;
    try (EventFiles events =
        EventFiles.open(
            files, job.format(), job.spec().schema(), job.limits(), false, ValueListener.none())) {
      while (events.next() != null) {
        rows++;
      }
    }
    int partitions = job.kafka().topics().partitions();
    List<Long> ends = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      ends.add((rows + partitions - 1 - p) / partitions);
    }
    return ends;
  }

  /** The rows as records to send; read errors are thrown as {@link UncheckedIOException}. */
  private static final class Rows implements Iterator<EventReplay.Event> {
    private final OrderedEvents rows;
    private final RowWriter writer;
    private EventRow next;
    private int sequence;

    Rows(OrderedEvents rows, RowWriter writer) {
      this.rows = rows;
      this.writer = writer;
      advance();
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public EventReplay.Event next() {
      if (next == null) {
        throw new NoSuchElementException();
      }
      long time =
          next.decoded() instanceof ClickEvent event ? event.eventTime() : EventReplay.NO_TIME;
      EventReplay.Event event = new EventReplay.Event(null, record(), time, sequence++);
      advance();
      return event;
    }

    private byte[] record() {
      try {
        return writer.write(next);
      } catch (EventFileException e) {
        String place = next.source().name() + ": ";
        throw new UncheckedIOException(new EventFileException(place + e.getMessage(), e));
      }
    }

    private void advance() {
      try {
        next = rows.next();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
