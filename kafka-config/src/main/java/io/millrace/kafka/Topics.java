package io.millrace.kafka;

import io.millrace.kafka.TopicSpec.Cleanup;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics of a job. All code that reads or writes Kafka takes their names from here.
 *
 * <p>{@code docs/topics.md} has the table of all topics; a test compares it with this class. Maps
 * and models are files, which the job's students and the scorers look for in the run directory;
 * their topics hold announcements for other programs. Retention counts from the time at which a
 * record was written: no record's timestamp is its event time, as a replay of an old log would then
 * be deleted as soon as it arrives.
 *
 * @param prefix start of every name; two jobs with different prefixes share nothing
 * @param events name of the events topic, which often exists before Millrace does
 * @param partitions partitions of the events topic, at least 1
 * @param replication copies of each partition, or 0 for the broker's default
 */
public record Topics(String prefix, String events, int partitions, int replication)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Retention without end. */
  public static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

  private static final String ANNOUNCED = "your programs; no part of Millrace reads it";
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration MONTH = Duration.ofDays(30);

  public Topics {
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("kafka.prefix must not be empty");
    }
    if (partitions < 1) {
      throw new IllegalArgumentException("kafka.partitions must be >= 1 but was " + partitions);
    }
    if (replication < 0 || replication > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "kafka.replication must be 0 (the broker's default) to 32767 but was " + replication);
    }
  }

  /** Topic of clicks and impressions, each record one event in the schema's format. */
  TopicSpec eventsTopic() {
    return new TopicSpec(
        "events",
        events,
        partitions,
        "chosen by the producer; the job does not read it",
        "one event, as `kafka.value` says: [below](#what-producers-write)",
        Cleanup.DELETE,
        WEEK,
        "the product, `millrace replay`",
        "the job");
  }

  /** Topic of records that are not events, in the form of {@link Rejects}. */
  public TopicSpec rejectsTopic() {
    return new TopicSpec(
        "rejects",
        prefix + ".rejects",
        1,
        "the event's",
        "the event's bytes; headers say where it was and why it was refused",
        Cleanup.DELETE,
        MONTH,
        "the job",
        "people, repair scripts");
  }

  /** Topic of announcements of maps. */
  public TopicSpec mapsTopic() {
    return new TopicSpec(
        "maps",
        prefix + ".maps",
        1,
        "`SPEC/FIELD`",
        "announcement of a map file: version, window, checksum, path",
        Cleanup.COMPACT,
        FOREVER,
        "the job",
        ANNOUNCED);
  }

  /** Topic of announcements of published models. */
  public TopicSpec modelsTopic() {
    return new TopicSpec(
        "models",
        prefix + ".models",
        1,
        "`ARM`",
        "announcement of a model folder: version, event time, checksum, path",
        Cleanup.COMPACT,
        FOREVER,
        "the job",
        ANNOUNCED);
  }

  /** Topic of metrics per arm and window, drift per field and window, and totals. */
  public TopicSpec metricsTopic() {
    return new TopicSpec(
        "metrics",
        prefix + ".metrics",
        1,
        "`ARM`, field, `refresh` or `events`",
        "a line of `metrics.jsonl`, `drift.jsonl`, `switches.jsonl`, `refreshes.jsonl` or"
            + " `counts.jsonl`",
        Cleanup.DELETE,
        MONTH,
        "the job",
        "dashboards");
  }

  /** Topic of alerts. */
  public TopicSpec alertsTopic() {
    return new TopicSpec(
        "alerts",
        prefix + ".alerts",
        1,
        "`new_traffic`, `psi`, `loss`, `ne`, `label_rate` or `teacher_ne`",
        "a line of `alerts.jsonl`",
        Cleanup.DELETE,
        MONTH,
        "the job",
        "people, alerting");
  }

  /** Topic in which the job that writes to the others says so; see {@link Lease}. */
  TopicSpec leaseTopic() {
    return new TopicSpec(
        "lease",
        prefix + ".lease",
        1,
        "one submission of a job",
        "`claim`, `beat` or `release`; headers say which job it is and where it runs",
        Cleanup.DELETE,
        DAY,
        "the job, `millrace run`",
        "the job, `millrace run`");
  }

  /** Name of the topic of updates. */
  public String updates() {
    return prefix + ".updates";
  }

  /**
   * Topic of updates of served models, which {@link UpdatesTopic} creates where a job emits them.
   *
   * @param arms number of arms
   * @param retention how long they are kept
   */
  TopicSpec updatesTopic(int arms, Duration retention) {
    return new TopicSpec(
        "updates",
        updates(),
        arms,
        "`ARM`",
        "a piece of an update of the arm's served model, or a reset: [below](#updates)",
        Cleanup.DELETE,
        retention,
        "the job",
        "`millrace serve`");
  }

  /** Name of the topic of changes. */
  public String changes() {
    return prefix + ".changes";
  }

  /**
   * Topic of what replicas have changed, which {@link ChangesTopic} creates where an arm has
   * several.
   *
   * @param arms number of arms
   * @param retention how long they are kept
   */
  TopicSpec changesTopic(int arms, Duration retention) {
    return new TopicSpec(
        "changes",
        changes(),
        arms,
        "`ARM`",
        "a piece of what a replica of the arm has changed in an interval, in a form of the job's"
            + " own",
        Cleanup.DELETE,
        retention,
        "the job's replicas",
        "the job's students");
  }

  /** All topics that every job has, events first. */
  public List<TopicSpec> all() {
    return List.of(
        eventsTopic(),
        rejectsTopic(),
        mapsTopic(),
        modelsTopic(),
        metricsTopic(),
        alertsTopic(),
        leaseTopic());
  }

  /**
   * Creates the topics that are missing and checks the ones that exist.
   *
   * @return the names of the topics that were created, in order of name
   * @throws BrokerException if a topic has another number of partitions or another cleanup policy,
   *     or Kafka is out of reach
   */
  public Set<String> ensure(ClientSettings settings) {
    settings.checkReachable();
    try (Admin admin = settings.openAdmin()) {
      Set<String> created = create(admin, admin.listTopics().names().get());
      check(admin);
      return created;
    } catch (ExecutionException e) {
      throw new BrokerException(
          "topics at " + settings.bootstrap() + ": " + ClientSettings.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while creating topics", e);
    }
  }

  private Set<String> create(Admin admin, Set<String> existing)
      throws ExecutionException, InterruptedException {
    Optional<Short> copies = replication == 0 ? Optional.empty() : Optional.of((short) replication);
    List<NewTopic> missing = new ArrayList<>();
    for (TopicSpec spec : all()) {
      if (!existing.contains(spec.name())) {
        missing.add(spec.toNewTopic(copies));
      }
    }
    try {
      admin.createTopics(missing).all().get();
    } catch (ExecutionException e) {
      // Another process may create them at the same moment; check() checks the result.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
    return missing.stream().map(NewTopic::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private void check(Admin admin) throws ExecutionException, InterruptedException {
    Map<String, TopicSpec> wanted = new TreeMap<>();
    all().forEach(spec -> wanted.put(spec.name(), spec));
    Map<String, TopicDescription> found = TopicWait.describe(admin, wanted.keySet());
    Map<ConfigResource, Config> configs =
        admin
            .describeConfigs(
                wanted.keySet().stream()
                    .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                    .toList())
            .all()
            .get();
    wanted.forEach((name, spec) -> checkPartitions(spec, found.get(name)));
    configs.forEach((resource, config) -> checkCleanup(wanted.get(resource.name()), config));
  }

  private static void checkPartitions(TopicSpec spec, TopicDescription found) {
    int partitions = found.partitions().size();
    if (partitions != spec.partitions()) {
      throw new BrokerException(
          "topic %s must have %d partition(s) but has %d: set kafka.partitions or use another topic"
              .formatted(spec.name(), spec.partitions(), partitions));
    }
  }

  static void checkCleanup(TopicSpec spec, Config config) {
    String policy = config.get("cleanup.policy").value();
    if (!policy.equals(spec.cleanup().policy())) {
      throw new BrokerException(
          "topic %s must have cleanup.policy %s but has %s"
              .formatted(spec.name(), spec.cleanup().policy(), policy));
    }
  }
}
