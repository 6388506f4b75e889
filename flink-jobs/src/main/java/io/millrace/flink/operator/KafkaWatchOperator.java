package io.millrace.flink.operator;

import io.millrace.event.Warning;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Lease;
import io.millrace.kafka.LeaseHolder;
import io.millrace.kafka.TopicHistory;
import io.millrace.kafka.TopicWatch;
import io.millrace.kafka.Topics;
import io.millrace.runs.FileError;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.state.PartitionProgress;
import io.millrace.state.ReportLine;
import io.millrace.time.MapGrid;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Emits warnings about what consumers of Kafka tolerate: a partition without events, a topic that
 * was made anew, partitions that were added. It also holds the lease of the job's topics, and fails
 * the job, without a restart, if another job has it. Parallelism 1. It never waits for a broker,
 * and a broker that does not answer changes nothing.
 *
 * <p>In a job that goes over from replay to live, it finds when the history of the topic is read
 * ({@link TopicHistory}). It then writes for the students, into the folder of maps, the end of the
 * sub-window that holds the newest event passed on: maps that are built before are waited for.
 *
 * <p>Its state is the topic as it was seen last, so that changes between two starts are found too,
 * and the history that is left to read.
 */
public final class KafkaWatchOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<PartitionProgress, ReportLine> {
  private static final long serialVersionUID = 1L;

  private static final Logger WATCH = LoggerFactory.getLogger(KafkaWatchOperator.class);

  /** How often it looks. */
  static final Duration PERIOD = Duration.ofSeconds(1);

  /**
   * What to watch.
   *
   * @param kafka how Kafka is reached
   * @param topics the job's topics
   * @param grid sub-windows at whose ends maps may be built
   * @param idleAfter after which event time goes on without a partition; zero for never
   * @param endless whether the job reads partitions that are added while it runs
   * @param liveIn run directory of a job that goes over to live; null for another job
   * @param holder the job in the lease; null for a job that needs none
   */
  public record Options(
      ClientSettings kafka,
      Topics topics,
      MapGrid grid,
      Duration idleAfter,
      boolean endless,
      String liveIn,
      LeaseHolder holder)
      implements Serializable {}

  /** Stands for the history in state, once its end has been reported. */
  private static final String LIVE = "live";

  private final Options options;
  private transient ListState<String> stored;
  private transient ListState<String> storedHistory;
  private transient TopicWatch topic;

  /** Null if nothing is left to do about it. */
  private transient TopicHistory history;

  private transient MapFolder maps;
  private transient String failure;
  private transient IdlePartitions idle;
  private transient Lease lease;
  private transient long looked;

  /** Watches what {@code options} say. */
  public KafkaWatchOperator(StreamOperatorParameters<ReportLine> parameters, Options options) {
    super(parameters);
    this.options = options;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    stored = Restore.list(context, "topic", StringSerializer.INSTANCE);
    TopicWatch.Seen seen = null;
    for (String text : stored.get()) {
      String[] parts = text.split(" ", 2);
      seen = new TopicWatch.Seen(parts[0], Integer.parseInt(parts[1]));
    }
    topic = new TopicWatch(options.kafka(), options.topics().events(), seen);
    idle =
        new IdlePartitions(
            options.topics().events(), options.grid().windows(), options.idleAfter());
    storedHistory = Restore.list(context, "history", StringSerializer.INSTANCE);
    if (options.liveIn() != null) {
      restoreHistory();
    }
  }

  private void restoreHistory() throws Exception {
    maps = new MapFolder(Path.of(options.liveIn()).resolve(RunFiles.MAPS));
    List<String> saved = new ArrayList<>();
    storedHistory.get().forEach(saved::add);
    boolean reported = saved.remove(LIVE);
    if (!reported || maps.live().isEmpty()) {
      history = new TopicHistory(options.kafka(), options.topics().events(), saved);
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // a failure in a timer fails the task
  public void open() throws Exception {
    super.open();
    if (options.holder() != null) {
      lease = Lease.start(options.kafka(), options.topics(), options.holder());
    }
    looked = getProcessingTimeService().getCurrentProcessingTime();
    long millis = PERIOD.toMillis();
    getProcessingTimeService().scheduleWithFixedDelay(this::look, millis, millis);
  }

  @Override
  public void processElement(StreamRecord<PartitionProgress> element) {
    PartitionProgress at = element.getValue();
    idle.saw(at);
    if (history != null) {
      history.saw(at.partition(), at.next(), at.newest(), at.caughtUp());
    }
  }

  private void look(long now) {
    Optional<String> refused = lease == null ? Optional.empty() : lease.problem();
    if (refused.isPresent()) {
      throw new SuppressRestartsException(new IllegalStateException(refused.get()));
    }
    topic.poll().ifPresent(change -> warn(change, now));
    if (topic.seen() != null) {
      idle.partitions(topic.seen().partitions());
    }
    if (topic.answers()) {
      idle.passed(now - looked, now).forEach(this::emit);
    }
    looked = now;
    if (history != null && topic.seen() != null) {
      history.poll(topic.seen().partitions());
      history.passSilent(idle::silent);
      if (history.read()) {
        goLive(now);
      }
    }
  }

  /** Another start of the job may have set it before. */
  private void goLive(long now) {
    long newest = history.newest();
    MapGrid grid = options.grid();
    try {
      long end = maps.goLive(newest == Long.MIN_VALUE ? newest : grid.end(grid.of(newest)));
      String name = options.topics().events();
      emit(new Warning(Warning.Kind.LIVE, now, null, name, 0, live(name, end)));
      history.close();
      history = null;
    } catch (IOException e) {
      String line = FileError.line(e);
      if (!line.equals(failure)) {
        failure = line;
        WATCH.warn("students wait for maps, as their end cannot be written: {}", line);
      }
    }
  }

  private static String live(String topic, long end) {
    return end == Long.MIN_VALUE
        ? "topic %s held no event when the job started: students wait for no maps".formatted(topic)
        : "the history of topic %s is read: students wait for the maps of windows that end before %s, and use later ones as they come"
            .formatted(topic, Instant.ofEpochMilli(end));
  }

  private void warn(TopicWatch.Change change, long now) {
    String name = options.topics().events();
    int partitions = change.now().partitions();
    if (change.recreated()) {
      if (history != null) {
        history.restart();
      }
      emit(
          new Warning(
              Warning.Kind.TOPIC_RECREATED,
              now,
              null,
              name,
              0,
              "topic %s was deleted and made anew, with %d partition(s): the job reads on at the offsets of the old one, or from the start of a partition that is shorter; stop it and start a new run to read all of the new topic"
                  .formatted(name, partitions)));
    } else if (change.added() > 0) {
      emit(
          new Warning(
              Warning.Kind.PARTITIONS_ADDED,
              now,
              null,
              name,
              change.added(),
              "topic %s has %d partitions, %d more than before: %s%s"
                  .formatted(name, partitions, change.added(), follows(), hint(partitions))));
    }
  }

  private String follows() {
    return options.endless()
        ? "the job reads them from their start, where events of windows that have ended are late"
        : "the job does not read them, as its events end at offsets that were set before";
  }

  private String hint(int partitions) {
    return partitions == options.topics().partitions()
        ? ""
        : "; set kafka.partitions to " + partitions + " before the next start";
  }

  private void emit(Warning warning) {
    output.collect(new StreamRecord<>(ReportLines.warning(warning)));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    TopicWatch.Seen seen = topic.seen();
    stored.update(seen == null ? List.of() : List.of(seen.id() + " " + seen.partitions()));
    if (options.liveIn() != null) {
      storedHistory.update(history == null ? List.of(LIVE) : history.save());
    }
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (lease != null) {
      lease.close();
    }
    if (topic != null) {
      topic.close();
    }
    if (history != null) {
      history.close();
    }
  }
}
