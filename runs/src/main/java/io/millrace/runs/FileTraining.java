package io.millrace.runs;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.event.Reject;
import io.millrace.event.Warning;
import io.millrace.file.EventInput;
import io.millrace.file.OrderedEvents;
import io.millrace.format.EventRow;
import io.millrace.format.ValueListener;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.RejectColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.runs.line.WarningColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.snapshot.Origin;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.time.JumpGuard;
import io.millrace.values.FirstRecords;
import io.millrace.values.HotValues;
import io.millrace.values.TimeAdvice;
import io.millrace.watch.AlertLine;
import io.millrace.watch.DenseLine;
import io.millrace.watch.PulseLine;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the learning loop over the files of a log for one seed, and writes its results into a run
 * directory.
 *
 * <p>All seeds of a run share the files of lines. Maps, models, event totals and rejects are
 * written for one seed only, as those of other seeds would be the same or overwrite them.
 */
public final class FileTraining {

  private static final Logger LOG = LoggerFactory.getLogger(FileTraining.class);
  private static final Logger WARNINGS = LoggerFactory.getLogger(Warning.LOGGER);

  /** Lines of {@code pulse.jsonl} written at once, as opening a file takes longer than a line. */
  private static final int PULSES = 256;

  /** Receives the progress of a training, on its thread. */
  public interface Listener {
    /** A window has closed. */
    void metrics(MetricLine line);

    /** Something that the user must know, although the training goes on. */
    void warning(Warning warning);

    /**
     * Called every {@value #ROWS_BETWEEN} rows.
     *
     * @param share share of the files that has been read, 0 to 1
     * @param rows rows that have been read
     */
    void at(double share, long rows);
  }

  private static final int ROWS_BETWEEN = 1024;

  private final JobConfig job;
  private final List<EventInput> events;
  private final RunFiles files;
  private final long seed;
  private final boolean writesArtefacts;
  private final Listener listener;
  private final ModelPublisher publisher;
  private final MapStore maps;
  private final Map<String, Long> rejects = new TreeMap<>();
  private final HotValues values;
  private final FirstRecords first;
  private final StageTimes times = new StageTimes();
  private final List<PulseLine> pulses = new ArrayList<>();

  /**
   * A training that has not begun.
   *
   * @param events the files, at least one; each is read twice
   * @param writesArtefacts whether this seed writes maps, models, event totals and rejects
   * @param listener receives the progress
   */
  public FileTraining(
      JobConfig job,
      List<EventInput> events,
      RunFiles files,
      long seed,
      boolean writesArtefacts,
      Listener listener) {
    this.job = job;
    this.events = events;
    this.files = files;
    this.seed = seed;
    this.writesArtefacts = writesArtefacts;
    this.listener = listener;
    this.maps = new MapStore(files.maps(), job.spec(), false);
    this.values = new HotValues(job.spec().schema(), RunFiles.HOT_VALUES);
    this.first = new FirstRecords(job.spec().schema(), FirstRecords.MOST, values);
    this.publisher = new FolderPublisher(files.dir().toString(), job.format());
  }

  /**
   * Trains on every event of the files, in order of event time.
   *
   * @return how many were trained on, late or rejected
   */
  public EventTotals run() throws IOException {
    TimeAdvice advice =
        new TimeAdvice(
            job.spec().schema().time(),
            job.limitsForFiles(),
            writesArtefacts ? first : ValueListener.none());
    times.enter(StageTimer.READING);
    try (OrderedEvents rows =
            OrderedEvents.open(
                events, job.format(), job.spec().schema(), job.limitsForFiles(), false, advice);
        TrainLoop loop = new TrainLoop(job.spec(), seed, new Writer(), times)) {
      JumpGuard<EventRow> guard = guard(loop);
      long taken = 0;
      for (EventRow row = rows.next(); row != null; row = rows.next()) {
        take(guard, row);
        if (++taken % ROWS_BETWEEN == 0) {
          listener.at(rows.part(), taken);
        }
        times.enter(StageTimer.READING);
      }
      first.end().forEach(this::warning);
      guard.finish();
      loop.finish();
      rows.notes().forEach(this::warnOfFile);
      writePulses();
      EventTotals totals =
          new EventTotals(loop.trained(), loop.lateTrained(), loop.lateDropped(), rejects);
      if (writesArtefacts) {
        warnOfTimes(advice, totals.read());
        files.add(CountColumns.LINE, new CountColumns.Totals(totals, times.nanos, true));
        files.values(RunFiles.valuesJson(job.spec().schema(), values));
      }
      return totals;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private JumpGuard<EventRow> guard(TrainLoop loop) {
    JobSpec spec = job.spec();
    return new JumpGuard<>(
        spec.windows(),
        spec.maxJumpMs(),
        spec.schema().time().column(),
        "the file",
        new JumpGuard.Listener<>() {
          @Override
          public void pass(EventRow row) {
            loop.onEvent((ClickEvent) row.decoded());
          }

          @Override
          public void reject(EventRow row, Reject reject) {
            FileTraining.this.reject(row, reject);
          }

          @Override
          public void warn(Warning warning) {
            FileTraining.this.warning(warning);
          }
        });
  }

  private void take(JumpGuard<EventRow> guard, EventRow row) {
    first.add(row.decoded()).forEach(this::warning);
    if (row.decoded() instanceof Reject rejected) {
      reject(row, rejected);
    } else if (row.decoded() instanceof ClickEvent event && event.labelled()) {
      guard.offer(row, event.eventTime());
    } else {
      reject(row, new Reject(Reject.Reason.MISSING_LABEL, "training needs a label"));
    }
  }

  private void reject(EventRow row, Reject reject) {
    rejects.merge(reject.reason().key(), 1L, Long::sum);
    if (writesArtefacts) {
      try {
        files.add(
            RejectColumns.LINE, RejectColumns.Rejected.of(row.source().name(), row.row(), reject));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void warnOfFile(String note) {
    String names = EventInput.names(events);
    long now = System.currentTimeMillis();
    warning(new Warning(Warning.Kind.FILE, now, null, names, 0, note));
  }

  private void warnOfTimes(TimeAdvice advice, long rows) {
    String column = job.spec().schema().time().column();
    advice
        .line(rows)
        .map(
            line ->
                new Warning(
                    Warning.Kind.FILE,
                    System.currentTimeMillis(),
                    null,
                    column,
                    advice.rejected(),
                    line))
        .ifPresent(this::warning);
  }

  /** Writes a warning that concerns this seed or, in the first seed only, all of them. */
  private void warning(Warning warning) {
    if (warning.seed() == null && !writesArtefacts) {
      return;
    }
    WARNINGS.warn("{}", warning.text());
    try {
      files.add(WarningColumns.LINE, warning);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    listener.warning(warning);
  }

  private void writePulses() {
    try {
      files.add(WatchColumns.PULSE, pulses);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    pulses.clear();
  }

  private final class Writer implements TrainLoop.Listener {
    private final Map<String, Origin.ClosedWindow> lastWindows = new TreeMap<>();

    @Override
    public void metrics(MetricLine line) {
      lastWindows.put(
          line.arm(),
          new Origin.ClosedWindow(line.windowStart(), line.windowEnd(), line.overall()));
      write(() -> files.add(MetricColumns.LINE, line));
      listener.metrics(line);
    }

    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      if (writesArtefacts) {
        write(() -> publish(arm));
      }
    }

    @Override
    public void maps(int field, MapBuilder.Result result) {
      if (result.drift() != null) {
        write(() -> files.add(DriftColumns.LINE, result.drift()));
      }
      if (writesArtefacts) {
        write(() -> maps.store(field, result, map -> {}));
      }
    }

    @Override
    public void switched(SwitchLine line) {
      write(() -> files.add(SwitchColumns.LINE, line));
    }

    @Override
    public void refresh(RefreshLine line) {
      write(() -> files.add(WatchColumns.REFRESH, line));
    }

    @Override
    public void dense(DenseLine line) {
      write(() -> files.add(DenseColumns.LINE, line));
    }

    @Override
    public void pulse(PulseLine line) {
      pulses.add(line);
      if (pulses.size() == PULSES) {
        writePulses();
      }
    }

    @Override
    public void alert(AlertLine line) {
      LOG.warn("{}", line.text());
      write(() -> files.add(WatchColumns.ALERT, line));
    }

    @Override
    public void warning(Warning warning) {
      FileTraining.this.warning(warning);
    }

    private void publish(Student arm) throws IOException {
      Publication publication = publisher.prepare(arm, lastWindows.get(arm.spec().name()));
      try {
        publication.write();
      } catch (IOException e) {
        throw new IOException(
            "version %d of arm %s cannot be published: %s; make its folder writable or free its disk, and train again"
                .formatted(publication.version(), arm.spec().name(), FileError.line(e)),
            e);
      }
    }

    private void write(Step step) {
      try {
        step.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Adds up the CPU time of each stage of the loop, which has a thread of its own. */
  private static final class StageTimes implements StageTimer {
    private final Map<String, Long> nanos = new HashMap<>();
    private String running;
    private long since;

    @Override
    public void enter(String stage) {
      long now = StageClock.now();
      add(now);
      running = stage;
      since = now;
    }

    @Override
    public void leave() {
      add(StageClock.now());
      running = null;
    }

    private void add(long now) {
      if (running != null) {
        nanos.merge(running, now - since, Long::sum);
      }
    }
  }
}
