package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.format.RecordForm;
import io.millrace.jobfile.Settings;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/**
 * Savepoints name operators by uid: a uid that is renamed loses its state, and so does one whose
 * operator moves into another one's place. So the graph is pinned: each line is an operator's uid,
 * its parallelism, and its inputs with the side output that they come by.
 */
class GraphShapeTest {

  private static final Topics TOPICS = new Topics("t", "t.events", 1, 0);

  @Test
  void oneArmAndOneTeacher() {
    assertThat(shape(TestJobs.learned(10, 0), options(1, "")))
        .containsExactly(
            "events 1",
            "gate 1 <- events",
            "student-learned 1 <- gate",
            "combine 1 <- gate",
            "counts 1 <- combine",
            "teacher 1 <- gate",
            "maps 1 <- counts, teacher",
            "watch 1 <- combine/watched, teacher/watched",
            "watch-students 1 <- student-learned/watched, student-learned/nothing",
            "totals 1 <- gate/tallies, student-learned/tallies, combine/tallies, counts/tallies,"
                + " teacher/tallies, maps/tallies",
            "kafka-watch 1 <- gate/progress",
            "files 1 <- student-learned, maps, watch, watch-students, totals, gate/warnings,"
                + " kafka-watch",
            "kafka-results 1 <- files",
            "Sink Committer: kafka-results 1 <- kafka-results",
            "kafka-rejects 1 <- gate/rejects",
            "Sink Committer: kafka-rejects 1 <- kafka-rejects",
            "kafka-updates 1 <- student-learned/updates",
            "Sink Committer: kafka-updates 1 <- kafka-updates");
  }

  // every choice that adds operators or spreads them
  @Test
  void twoTeachersAWebhookAndSubtasks() {
    JobSpec job = TestJobs.refreshing(RefreshOptions.When.BOTH, .9, 50, 0);
    assertThat(shape(job, options(2, "http://localhost/alerts")))
        .containsExactly(
            "events 2",
            "gate 2 <- events",
            "student-full 1 <- gate",
            "student-hot 1 <- gate",
            "student-learned 1 <- gate",
            "combine 2 <- gate",
            "counts 2 <- combine",
            "teacher 1 <- gate",
            "teacher-2 1 <- gate",
            "maps 2 <- counts, teacher, teacher-2",
            "watch 1 <- combine/watched, teacher/watched",
            "watch-students 1 <- student-full/watched, student-hot/watched,"
                + " student-learned/watched, student-full/nothing",
            "webhook 1 <- watch, watch-students",
            "totals 1 <- gate/tallies, student-full/tallies, student-hot/tallies,"
                + " student-learned/tallies, combine/tallies, counts/tallies, teacher/tallies,"
                + " teacher-2/tallies, maps/tallies",
            "kafka-watch 1 <- gate/progress",
            "files 1 <- student-full, student-hot, student-learned, maps, webhook, totals,"
                + " gate/warnings, kafka-watch",
            "kafka-results 1 <- files",
            "Sink Committer: kafka-results 1 <- kafka-results",
            "kafka-rejects 1 <- gate/rejects",
            "Sink Committer: kafka-rejects 1 <- kafka-rejects",
            "kafka-updates 1 <- student-full/updates, student-hot/updates,"
                + " student-learned/updates",
            "Sink Committer: kafka-updates 1 <- kafka-updates");
  }

  // arms with several replicas have as many tasks for them as they may; changes go to Kafka
  @Test
  void replicas() {
    assertThat(shape(TestJobs.replicated(3), options(1, "")))
        .contains(
            "student-learned 1 <- gate",
            "replicas-modulo 2 <- student-modulo/replicas",
            "replicas-learned 2 <- student-learned/replicas",
            "kafka-replicas-learned 2 <- replicas-learned");
  }

  // without a teacher the watch has an input that stays empty
  @Test
  void withoutATeacher() {
    assertThat(shape(TestJobs.pruned(""), options(1, "")))
        .contains("watch 1 <- combine/watched, combine/nothing", "maps 1 <- counts");
  }

  private static GraphOptions options(int tasks, String webhook) {
    return new GraphOptions(
        ClientSettings.of("localhost:9092"),
        TOPICS,
        "t",
        RecordForm.binary(),
        EventLimits.DEFAULT,
        tasks,
        tasks,
        tasks,
        2,
        1000,
        1 << 12,
        Duration.ZERO,
        Duration.ofSeconds(1),
        Duration.ofSeconds(30),
        Duration.ofSeconds(1),
        true,
        webhook,
        false,
        null,
        Settings.NONE,
        new GraphOptions.Checkpoints(
            "file:///checkpoints", Duration.ofSeconds(1), "rocksdb", 0, Duration.ZERO));
  }

  private static List<String> shape(JobSpec job, GraphOptions options) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment();
    MillraceJob.build(env, job, options, "run", 1, TestJobs.publisher(), List.of(10L));
    StreamGraph graph = env.getStreamGraph(false);
    return graph.getStreamNodes().stream()
        .sorted(Comparator.comparingInt(StreamNode::getId))
        .map(node -> line(graph, node))
        .toList();
  }

  private static String line(StreamGraph graph, StreamNode node) {
    String inputs =
        node.getInEdges().stream()
            .map(
                edge ->
                    uid(graph, edge)
                        + Stream.ofNullable(edge.getOutputTag())
                            .map(tag -> "/" + tag.getId())
                            .collect(Collectors.joining()))
            .collect(Collectors.joining(", "));
    return node.getTransformationUID()
        + " "
        + node.getParallelism()
        + (inputs.isEmpty() ? "" : " <- " + inputs);
  }

  private static String uid(StreamGraph graph, StreamEdge edge) {
    return graph.getStreamNode(edge.getSourceId()).getTransformationUID();
  }
}
