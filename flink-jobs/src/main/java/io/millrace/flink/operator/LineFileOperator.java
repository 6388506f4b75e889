package io.millrace.flink.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.Warning;
import io.millrace.flink.store.Stores;
import io.millrace.jobfile.Settings;
import io.millrace.runs.JobMetric;
import io.millrace.runs.LineFiles;
import io.millrace.runs.LineLog;
import io.millrace.runs.LineObjects;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.WarningColumns;
import io.millrace.state.RawState;
import io.millrace.state.ReportLine;
import io.millrace.student.SavedColumns;
import io.millrace.student.StateFacts;
import java.io.DataInput;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes report lines to the files of the run, and emits those that Kafka gets too. Parallelism 1.
 *
 * <p>A line is in its file exactly once, also after a failure: the checkpoint holds the length of
 * each file, and a restart goes back to that length before the same lines are written again; in a
 * store, it also holds which objects the lines are in. {@code values.jsonl} is not part of this, as
 * each write replaces the whole file.
 */
public final class LineFileOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<ReportLine, ReportLine> {
  private static final long serialVersionUID = 1L;
  private static final Logger WARNINGS = LoggerFactory.getLogger(Warning.LOGGER);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Kinds with a file; states keep a length for each by position, so new ones come last. */
  private static final Map<ReportLine.Kind, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put(ReportLine.Kind.METRICS, RunFiles.METRICS);
    FILES.put(ReportLine.Kind.DRIFT, RunFiles.DRIFT);
    FILES.put(ReportLine.Kind.COUNTS, RunFiles.COUNTS);
    FILES.put(ReportLine.Kind.REJECT, RunFiles.REJECTS);
    FILES.put(ReportLine.Kind.ALERT, RunFiles.ALERTS);
    FILES.put(ReportLine.Kind.PULSE, RunFiles.PULSE);
    FILES.put(ReportLine.Kind.SWITCH, RunFiles.SWITCHES);
    FILES.put(ReportLine.Kind.REFRESH, RunFiles.REFRESHES);
    FILES.put(ReportLine.Kind.WARNING, RunFiles.WARNINGS);
  }

  /** Name of the state that this operator keeps for the whole job. */
  public static final String NAME = "job";

  /** Format of that state; 1 held no settings, 1 and 2 only the names of columns. */
  public static final int FORMAT = 3;

  /** Formats of that state that can be read. */
  public static final Set<Integer> READABLE = Set.of(1, 2, FORMAT);

  private final String runDir;
  private final Settings settings;
  private final StateFacts facts;
  private transient LineLog files;
  private transient ListState<Long> lengths;
  private transient ListState<String> objects;
  private transient NavigableMap<Long, String> saved;
  private transient Map<String, Counter> warnings;
  private transient Counter warningsTotal;
  private transient Set<String> warnedOnce;

  /**
   * Writes to files in {@code runDir}.
   *
   * @param settings the settings in force, which this operator stores for the job that continues
   * @param facts settings of the job that may not change, which it stores for all operators
   */
  public LineFileOperator(
      StreamOperatorParameters<ReportLine> parameters,
      String runDir,
      Settings settings,
      StateFacts facts) {
    super(parameters);
    this.runDir = runDir;
    this.settings = settings;
    this.facts = facts;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    Map<Integer, RawState.Reader> readers = new HashMap<>();
    READABLE.forEach(format -> readers.put(format, in -> check(format, in)));
    Restore.read(context, NAME, readers);
    lengths = Restore.list(context, "lengths", LongSerializer.INSTANCE);
    Map<String, Long> before = new LinkedHashMap<>();
    Iterator<Long> kept = lengths.get().iterator();
    for (String file : FILES.values()) {
      before.put(file, kept.hasNext() ? kept.next() : 0);
    }
    saved = new TreeMap<>();
    if (Stores.isRemote(runDir)) {
      objects = Restore.list(context, "objects", StringSerializer.INSTANCE);
      files = new LineObjects(Stores.open(runDir));
      files.restore(before, String.join("", objects.get()));
    } else {
      files = new LineFiles(Stores.local(runDir));
      files.restore(before, "");
    }
  }

  private void check(int format, DataInput in) throws IOException {
    Settings saved = settings(format, in).orElse(Settings.before(Set.of()));
    facts.check(NAME, in);
    settings.check(saved);
    columns(format, in);
  }

  /**
   * Reads the settings at the beginning of this operator's state.
   *
   * @param format of the state, one of {@link #READABLE}
   * @return empty for a format that holds none
   */
  public static Optional<Settings> settings(int format, DataInput in) throws IOException {
    return format == 1 ? Optional.empty() : Optional.of(Settings.read(in));
  }

  /**
   * Reads the columns in this operator's state.
   *
   * @param in the state from its beginning
   */
  public static Optional<SavedColumns> columnsOf(int format, DataInput in) throws IOException {
    if (settings(format, in).isPresent()) {
      StateFacts.skip(in);
    }
    return columns(format, in);
  }

  /**
   * Reads the columns at the end of this operator's state, behind settings and facts.
   *
   * @param format of the state, one of {@link #READABLE}
   * @return empty for a format that holds none
   */
  private static Optional<SavedColumns> columns(int format, DataInput in) throws IOException {
    return format < FORMAT ? Optional.empty() : Optional.of(SavedColumns.read(in));
  }

  @Override
  public void open() throws Exception {
    super.open();
    warningsTotal = getMetricGroup().counter(JobMetric.WARNINGS_TOTAL.key());
    warnings = new HashMap<>();
    warnedOnce = new HashSet<>();
    for (Warning.Kind kind : Warning.Kind.values()) {
      MetricGroup group = getMetricGroup().addGroup("kind", kind.key());
      warnings.put(kind.key(), group.counter(JobMetric.WARNINGS_TOTAL.key()));
    }
  }

  @Override
  public void processElement(StreamRecord<ReportLine> element) throws Exception {
    ReportLine line = element.getValue();
    switch (line.kind()) {
      case METRICS, DRIFT, COUNTS, ALERT, SWITCH, REFRESH -> {
        append(line);
        output.collect(element);
      }
      case REJECT, PULSE -> append(line);
      case WARNING -> warn(line);
      case VALUES -> files.replace(RunFiles.VALUES, line.json() + "\n");
      case MAP, MODEL -> output.collect(element);
    }
  }

  /**
   * Writes a warning to its file and to the log, and counts it by its kind; unless another reader
   * has warned of the same.
   */
  private void warn(ReportLine line) throws IOException {
    JsonNode warning = JSON.readTree(line.json());
    String kind = WarningColumns.KIND.textIn(warning);
    if (once(kind) && !warnedOnce.add(kind + " " + WarningColumns.PLACE.textIn(warning))) {
      return;
    }
    append(line);
    WARNINGS.warn("{}", WarningColumns.MESSAGE.textIn(warning));
    warningsTotal.inc();
    warnings.get(kind).inc();
  }

  private static boolean once(String kind) {
    return Stream.of(Warning.Kind.values()).anyMatch(k -> k.once() && k.key().equals(kind));
  }

  private void append(ReportLine line) throws IOException {
    files.append(FILES.get(line.kind()), line.json());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    String text = files.save();
    lengths.clear();
    for (String file : FILES.values()) {
      lengths.add(files.length(file));
    }
    if (objects != null) {
      objects.update(List.of(text));
    }
    saved.put(context.getCheckpointId(), text);
    RawState.write(
        context,
        NAME,
        FORMAT,
        out -> {
          settings.write(out);
          facts.write(out);
          SavedColumns.of(facts.job()).write(out);
        });
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    String text = saved.remove(checkpointId);
    saved.headMap(checkpointId).clear();
    if (text != null) {
      files.complete(text);
    }
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (files != null) {
      files.close();
    }
  }
}
