package io.millrace.flink.graph;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.event.RejectedRecord;
import io.millrace.kafka.Rejects;
import io.millrace.kafka.Topics;
import io.millrace.state.ReportLine;
import io.millrace.state.UpdateChunk;
import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Serializers of the records that the job writes to Kafka. Each names its topics, because the
 * exactly-once sink looks there for transactions that an earlier run has left open.
 */
final class KafkaLines {

  private KafkaLines() {}

  private static Optional<KafkaDatasetFacet> facet(String... topics) {
    return Optional.of(
        new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topics))));
  }

  /** Metrics, drift, counts, alerts and announcements, each to its topic. */
  static final class Results
      implements KafkaRecordSerializationSchema<ReportLine>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private final String metrics;
    private final String maps;
    private final String models;
    private final String alerts;

    Results(Topics topics) {
      this.metrics = topics.metricsTopic().name();
      this.maps = topics.mapsTopic().name();
      this.models = topics.modelsTopic().name();
      this.alerts = topics.alertsTopic().name();
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        ReportLine line, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(
          topic(line.kind()), line.key().getBytes(UTF_8), line.json().getBytes(UTF_8));
    }

    private String topic(ReportLine.Kind kind) {
      return switch (kind) {
        case METRICS, DRIFT, COUNTS, SWITCH, REFRESH -> metrics;
        case MAP -> maps;
        case MODEL -> models;
        case ALERT -> alerts;
        case REJECT, VALUES, PULSE, WARNING ->
            throw new IllegalArgumentException("no topic holds " + kind);
      };
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return facet(metrics, maps, models, alerts);
    }
  }

  /** Updates of served models, or changes of replicas, each to its arm's partition. */
  static final class OfArms
      implements KafkaRecordSerializationSchema<UpdateChunk>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private final String topic;

    OfArms(String topic) {
      this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        UpdateChunk chunk, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(
          topic, chunk.partition(), chunk.arm().getBytes(UTF_8), chunk.value());
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return facet(topic);
    }
  }

  /** Rejects with their bytes and where they came from. */
  static final class RejectedRecords
      implements KafkaRecordSerializationSchema<RejectedRecord>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private final String topic;

    RejectedRecords(Topics topics) {
      this.topic = topics.rejectsTopic().name();
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        RejectedRecord reject, KafkaSinkContext context, Long timestamp) {
      return Rejects.record(reject, topic);
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return facet(topic);
    }
  }
}
