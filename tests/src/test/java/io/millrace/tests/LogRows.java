package io.millrace.tests;

import io.millrace.event.ClickEvent;
import io.millrace.file.EventInput;
import io.millrace.file.OrderedEvents;
import io.millrace.format.EventRow;
import io.millrace.format.ValueListener;
import io.millrace.jobfile.JobConfig;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The events of a log, read as {@code train} reads them. */
public final class LogRows {

  private LogRows() {}

  /** Hands on the events of a log in the order of their times; rejected rows are left out. */
  public static void read(JobConfig job, EventInput log, Consumer<ClickEvent> to)
      throws IOException {
    try (OrderedEvents rows =
        OrderedEvents.open(
            List.of(log),
            job.format(),
            job.spec().schema(),
            job.limitsForFiles(),
            false,
            ValueListener.none())) {
      for (EventRow row = rows.next(); row != null; row = rows.next()) {
        if (row.decoded() instanceof ClickEvent event) {
          to.accept(event);
        }
      }
    }
  }
}
