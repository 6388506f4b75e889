package io.millrace.flink.graph;

import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.format.BinaryEventCodec;
import io.millrace.format.EventFile;
import io.millrace.format.EventFiles;
import io.millrace.format.EventInput;
import io.millrace.format.JsonEventWriter;
import io.millrace.format.OrderedEvents;
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
import java.util.function.Function;

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

    /**
     * Called at the end for each thing that a user must know about the files.
     *
     * @param sentence one line
     */
    void warn(String sentence);
  }

  private FileReplay() {}

  /**
   * Sends the files and waits until Kafka has stored them.
   *
   * @param events the files, at least one; each is read twice
   * @param listener receives the progress
   * @throws IOException if a file cannot be read as one of events
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
      JsonEventWriter json = new JsonEventWriter(schema, job.format());
      Function<EventFile.Row, byte[]> writer =
          job.kafka().binary() ? binary(new BinaryEventCodec(schema, job.limits())) : json::write;
      EventReplay.Result result =
          EventReplay.run(
              settings,
              options,
              new Rows(rows, writer),
              progress -> listener.at(rows.part(), progress.sent()));
      rows.notes().forEach(listener::warn);
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

  /** Events in the binary form; rows that are no events as their raw bytes. */
  private static Function<EventFile.Row, byte[]> binary(BinaryEventCodec codec) {
    return row -> row.decoded() instanceof ClickEvent event ? codec.encode(event) : row.line();
  }

  /** The rows as records to send; read errors are thrown as {@link UncheckedIOException}. */
  private static final class Rows implements Iterator<EventReplay.Event> {
    private final OrderedEvents rows;
    private final Function<EventFile.Row, byte[]> writer;
    private EventFile.Row next;
    private int sequence;

    Rows(OrderedEvents rows, Function<EventFile.Row, byte[]> writer) {
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
      EventReplay.Event event = new EventReplay.Event(null, writer.apply(next), time, sequence++);
      advance();
      return event;
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
