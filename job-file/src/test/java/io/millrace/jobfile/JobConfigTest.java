package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.parse;
import static io.millrace.jobfile.SmallFile.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.cluster.TeacherValue;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.event.WindowSpec;
import io.millrace.format.FileFormat;
import io.millrace.format.RecordForm;
import io.millrace.format.TextFormat;
import io.millrace.hash.ColdPolicy;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;
import io.millrace.linear.LinearOptions;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.GateOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.MapWaiting;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.table.Combine;
import io.millrace.table.MletOptions;
import io.millrace.table.PepOptions;
import io.millrace.table.RowFormat;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import io.millrace.time.LearningOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Law: what a job file says reaches the records of the job, and can be written back. */
class JobConfigTest {

  private static final LearnerOptions LEARNER =
      new LearnerOptions(
          new TrainerOptions(
              8,
              List.of(7),
              true,
              List.of(6),
              32,
              new TableOptimizer(TableOptimizer.Rule.SGD, .3, .5 / (32 * 32)),
              new DenseOptimizer(DenseOptimizer.Rule.SGD, .03, .9, .999, .005, .2),
              "djl"),
          new MletOptions(32, .25, MletOptions.Shared.TABLE),
          new LinearOptions(50, .1, .2, 2, .5, 3, 9, LinearOptions.Precision.FLOAT32));

  private static final LearnerOptions OTHER_LEARNER =
      new LearnerOptions(
          new TrainerOptions(
              6,
              List.of(5),
              false,
              List.of(4),
              16,
              new TableOptimizer(TableOptimizer.Rule.ROWWISE_ADAGRAD, .4, .25 / (16 * 16)),
              new DenseOptimizer(DenseOptimizer.Rule.LAMB, .04, .9, .999, .006, .3),
              "plain"),
          new MletOptions(24, .5, MletOptions.Shared.DENSE),
          new LinearOptions(60, .3, .4, 3, .6, 4, 0, LinearOptions.Precision.FLOAT32));

  /** The Avro schema of every-key.yaml. */
  private static final String AVRO =
      """
      {"type":"record","name":"Click","fields":[{"name":"ts","type":"string"},\
      {"name":"y","type":"string"},{"name":"a","type":"int"},\
      {"name":"b","type":["null","double"]},{"name":"u","type":"string"},\
      {"name":"t","type":{"type":"array","items":"string"}}]}\
      """;

  // Law: every key of data, topics, windows and runs reaches its record.
  @Test
  void everyKeyReachesItsRecord() throws IOException {
    JobConfig config = parse(resource("every-key.yaml"));
    assertThat(config.spec().publish())
        .isEqualTo(
            new PublishOptions(
                100,
                60,
                9,
                48,
                7,
                RowFormat.BF16,
                Duration.ofSeconds(2),
                new GateOptions(300, .5, 3)));
    assertThat(config.name()).isEqualTo("everything");
    assertThat(config.format())
        .isEqualTo(
            new FileFormat(
                TextFormat.TSV, List.of("ts", "y", "a", "b", "u", "v", "t"), "::", "windows-1252"));
    assertThat(config.spec().schema().missing()).containsExactly("NA", "\\N", "null");
    assertThat(config.limits())
        .isEqualTo(new EventLimits(1000, 9, 946_684_800_000L, 2_556_144_000_000L, 1_800_000));
    assertThat(config.spec().schema().label())
        .isEqualTo(new LabelColumn("y", List.of("yes"), 2, true));
    assertThat(config.spec().schema().time())
        .isEqualTo(new TimeColumn.Pattern("ts", "M-d", 2014, "Asia/Tokyo"));
    assertThat(config.spec().schema().dense())
        .containsExactly(
            new DenseColumn("a", "a", new Transform.Log1p(.25), -1),
            new DenseColumn("b", "b", new Transform.Log1p(.25), -1));
    assertThat(config.spec().schema().fields())
        .containsExactly(
            new CategoricalField("u", "u", "", 1000, true),
            new CategoricalField("tags", "t", "|", 50, false));
    assertThat(config.spec().windows())
        .isEqualTo(new WindowSpec(172_800_000, 43_200_000, 3_600_000, 300_000));
    assertThat(config.spec().late()).isEqualTo(LateGate.Policy.DROP);
    assertThat(config.spec().maxJumpMs()).isEqualTo(Duration.ofHours(6).toMillis());
    assertThat(config.spec().hash().cluster().describe())
        .isEqualTo(
            "merges-per-step=5 max-cluster-size=none filters=dist:1.5,size:1.0 value-rule=arith"
                + " norm=initial rounding=floor cap-test=lt chain-split=greedy truncate=false"
                + " pair-range=paper_exclusive freq-tie=index");
    assertThat(config.spec().hash().maxNewTraffic()).isEqualTo(.6);
    assertThat(config.kafka())
        .isEqualTo(
            new KafkaOptions(
                new ClientSettings(
                    "broker:9093",
                    Map.of(
                        "security.protocol",
                        "SASL_SSL",
                        "ssl.key.password",
                        "hush",
                        "sasl.jaas.config",
                        "hush too")),
                new Topics("pre", "clicks", 7, 3),
                "readers",
                new RecordForm(RecordForm.Kind.AVRO, AVRO, 7),
                true));
    assertThat(config.run())
        .isEqualTo(
            new RunOptions(
                Duration.ofMinutes(1),
                "s3://bucket/x",
                "hashmap",
                9,
                Duration.ofSeconds(5),
                2,
                3,
                4,
                5,
                32,
                Optional.of(Duration.ofSeconds(10)),
                Optional.of(Duration.ofHours(1)),
                Duration.ofMinutes(1),
                true,
                "https://example.com/hush"));
    assertThat(config.spec().counts()).isEqualTo(new CountOptions(.5, 4, 5000, 7));
    assertThat(config.seeds()).containsExactly(3L, 4L);
    assertThat(config.spec().secondTeacher()).isTrue();
    assertThat(config.spec().drift())
        .isEqualTo(
            new DriftOptions(
                12,
                3,
                6,
                9.5,
                Map.of(
                    DriftOptions.Stream.NEW_TRAFFIC,
                    List.of(DriftOptions.Detector.ADWIN),
                    DriftOptions.Stream.PSI,
                    List.of(DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.LOSS,
                    List.of(DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.NE,
                    List.of(DriftOptions.Detector.ADWIN, DriftOptions.Detector.PAGE_HINKLEY),
                    DriftOptions.Stream.LABEL_RATE,
                    List.of(DriftOptions.Detector.PAGE_HINKLEY, DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.TEACHER_NE,
                    List.of(DriftOptions.Detector.ADWIN))));
  }

  // Law: so does every key of teacher, students, hash and arms.
  @Test
  void everyKeyOfTheNumericCoreReachesItsRecord() throws IOException {
    JobSpec spec = parse(resource("every-key.yaml")).spec();
    assertThat(spec.teacher())
        .isEqualTo(
            new TeacherOptions(
                new TrainerOptions(
                    3,
                    List.of(8),
                    false,
                    List.of(9, 4),
                    64,
                    new TableOptimizer(TableOptimizer.Rule.SGD, .2, .125 / (64 * 64)),
                    new DenseOptimizer(DenseOptimizer.Rule.LAMB, .02, .9, .999, .004, .1),
                    "plain"),
                .5,
                6000));
    assertThat(spec.student())
        .isEqualTo(
            new StudentOptions(
                LEARNER,
                MapWaiting.NEVER,
                LearningOrder.ARRIVAL,
                10,
                7000,
                500,
                99,
                new ReplicaOptions(30 * 60_000, 2, 3)));
    assertThat(spec.hash())
        .isEqualTo(
            new HashOptions(
                500,
                ColdPolicy.CLUSTER,
                .2,
                .8,
                32,
                .75,
                TeacherValue.MAXVAR,
                spec.hash().cluster(),
                4,
                HashOptions.Counts.DECAYED,
                .6,
                500,
                true,
                new RefreshOptions(RefreshOptions.When.BOTH, 3, 9),
                HashOptions.Trial.ALWAYS));
    assertThat(spec.arms())
        .containsExactly(
            new ArmSpec(
                "l",
                ArmSpec.Hash.LEARNED,
                Budget.bytes("5%"),
                ArmSpec.Table.MLET,
                LEARNER,
                new ArmSpec.Options(
                    Combine.SUM,
                    .02,
                    3,
                    new TableOptions(
                        new TableOptions.Mixed(.3, 0, 0, false),
                        new PepOptions(PepOptions.Granularity.GLOBAL, .1, -9, .001, .03, 1),
                        ""))),
            new ArmSpec(
                "p",
                ArmSpec.Hash.MODULO,
                Budget.ratio(.1),
                ArmSpec.Table.PEP,
                OTHER_LEARNER,
                new ArmSpec.Options(
                    null,
                    .01,
                    1,
                    new TableOptions(
                        new TableOptions.Mixed(.4, 4, .5, true),
                        new PepOptions(PepOptions.Granularity.FEATURE, .2, -5, .1, .2, 0),
                        "runs/a/models/p"))));
  }

  // Law: an epsilon of 0 stands for the usual one of the rule.
  @Test
  void epsilonsOfZeroAreTheRules() throws IOException {
    String job = resource("every-key.yaml");
    JobSpec zero = parse(job.replaceAll("epsilon: [0-9.]+", "epsilon: 0")).spec();
    JobSpec unset = parse(job.replaceAll("epsilon: [0-9.]+, ", "")).spec();
    assertThat(zero.teacher().trainer().dense().epsilon()).isEqualTo(1e-6);
    assertThat(zero.student().learner().trainer().dense().epsilon()).isEqualTo(1e-8);
    assertThat(unset.teacher()).isEqualTo(zero.teacher());
    assertThat(unset.student()).isEqualTo(zero.student());
  }

  // Law: events wait for maps always, never, or until the job is live; trials follow if unset.
  @Test
  void waitingForMaps() {
    Map.of(
            "true",
            MapWaiting.ALWAYS,
            "false",
            MapWaiting.NEVER,
            "until-live",
            MapWaiting.UNTIL_LIVE)
        .forEach(
            (text, waiting) -> {
              String job = SMALL + "student: {wait_for_maps: " + text + "}\n";
              assertThat(parse(job).spec().student().waitForMaps()).isEqualTo(waiting);
              assertThat(parse(job).spec().hash().trial()).isEqualTo(HashOptions.Trial.LIVE);
              assertThat(parse(job + "hash: {trial: false}\n").spec().hash().trial())
                  .isEqualTo(HashOptions.Trial.NEVER);
            });
  }

  // Law: several partitions are aligned to a sub-window, unless the job file says otherwise; one
  // has
  // nobody to wait for, and a live one that is never idle would stop the others.
  @Test
  void severalPartitionsAreAligned() throws IOException {
    String job = resource("every-key.yaml");
    Duration subWindow = Duration.ofMinutes(30);
    RunOptions unset = parse(job.replace("alignment: 1h, ", "")).run();
    assertThat(unset.alignment(2, subWindow, true)).isEqualTo(subWindow);
    assertThat(unset.alignment(1, subWindow, true)).isZero();
    assertThat(parse(job).run().alignment(2, subWindow, true)).isEqualTo(Duration.ofHours(1));
    RunOptions none = parse(job.replace("alignment: 1h", "alignment: 0s")).run();
    assertThat(none.alignment(2, subWindow, true)).isZero();
    RunOptions noneIdle =
        parse(job.replace("idle_after: 10s, alignment: 1h, ", "idle_after: 0s, ")).run();
    assertThat(noneIdle.alignment(2, subWindow, true)).isZero();
    assertThat(noneIdle.alignment(2, subWindow, false)).isEqualTo(subWindow);
    assertThatThrownBy(() -> parse(job.replace("alignment: 1h", "alignment: -1h")))
        .hasMessageContaining("time.alignment must be >= 0 ms but was '-1h'");
  }

  // Law: a jump is bounded by two windows, whatever their slide, unless the job file says
  // otherwise.
  @Test
  void aJumpIsAtMostTwoWindows() throws IOException {
    String job = resource("every-key.yaml");
    assertThat(parse(job.replace(", max_jump: 6h", "")).spec().maxJumpMs())
        .isEqualTo(Duration.ofDays(4).toMillis());
    assertThat(parse(job.replace("max_jump: 6h", "max_jump: 0s")).spec().maxJumpMs()).isZero();
  }

  // Law: the resolved file is a job file that resolves to itself, with secrets masked.
  @Test
  void theResolvedFileReadsBack() throws IOException {
    JobConfig config = parse(resource("every-key.yaml"));
    String yaml = config.toYaml();
    assertThat(yaml).doesNotContain("hush").contains("SASL_SSL");
    assertThat(parse(yaml).toYaml()).isEqualTo(yaml);
    assertThat(parse(yaml).spec()).isEqualTo(config.spec());
    assertThat(parse(parse(SMALL).toYaml()).spec()).isEqualTo(parse(SMALL).spec());
  }

  // Law: every example is a job with a linear baseline, and its resolved file reads back as it.
  @Test
  void examplesAreRead() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", "examples"))) {
      List<Path> jobs = files.filter(f -> f.toString().endsWith(".yaml")).toList();
      assertThat(jobs).hasSizeGreaterThanOrEqualTo(5);
      for (Path job : jobs) {
        JobConfig config = JobConfig.read(job);
        assertThat(config.spec().arms()).anyMatch(arm -> arm.hash() == ArmSpec.Hash.NONE);
        assertThat(parse(config.toYaml()).spec()).as(job.toString()).isEqualTo(config.spec());
      }
    }
  }
}
