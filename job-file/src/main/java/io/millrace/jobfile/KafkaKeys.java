package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.map;
import static io.millrace.jobfile.Kind.name;
import static io.millrace.jobfile.Kind.text;

import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;
import java.util.Map;

/** Keys of the section {@code kafka}: how the job reaches Kafka. */
final class KafkaKeys {

  static final Keys KEYS = new Keys("kafka");

  private static final ConfigKey<String> BOOTSTRAP =
      KEYS.key("bootstrap", "localhost:9092", name())
          .doc("brokers as host:port, separated by commas");

  private static final ConfigKey<String> PREFIX =
      KEYS.key("prefix", "", text())
          .doc("text with which the job's topics' names begin; empty for the job's name");

  private static final ConfigKey<String> EVENTS =
      KEYS.key("events", "", text())
          .doc("topic from which the job reads events; empty for PREFIX.events");

  private static final ConfigKey<String> GROUP =
      KEYS.key("group", "", text()).doc("consumer group; empty for the prefix");

  private static final ConfigKey<String> VALUE =
      KEYS.key("value", "json", choice("json", "binary")).doc("format of the events in the topic");

  private static final ConfigKey<Integer> PARTITIONS =
      KEYS.key("partitions", "2", integer(1, 100_000))
          .doc("partitions of the events topic if the job creates it");

  private static final ConfigKey<Integer> REPLICATION =
      KEYS.key("replication", "0", integer(0, 32_767))
          .doc(
              "replicas of each partition of a topic that the job creates; 0 for the broker's default");

  private static final ConfigKey<String> ON_LOSS =
      KEYS.key("on_loss", "warn", choice("warn", "fail"))
          .doc(
              "what the job does when Kafka has deleted events before they were read: warn and go"
                  + " on without them, or fail");

  private static final ConfigKey<Map<String, String>> PROPERTIES =
      KEYS.key("properties", "{}", map())
          .doc(
              "properties of every Kafka client, such as security.protocol; run.json masks the"
                  + " values that may be secret. A value may be a reference, which the client"
                  + " resolves where it runs: ${env:NAME}, ${directory:FOLDER:FILE} or"
                  + " ${file:FILE:NAME}");

  private KafkaKeys() {}

  static KafkaOptions read(ConfigSection in, String jobName) {
    String bootstrap = in.get(BOOTSTRAP);
    String prefix = orElse(in.get(PREFIX), jobName);
    String events = orElse(in.get(EVENTS), prefix + ".events");
    String group = orElse(in.get(GROUP), prefix);
    boolean binary = in.get(VALUE).equals("binary");
    int partitions = in.get(PARTITIONS);
    int replication = in.get(REPLICATION);
    boolean failOnLoss = in.get(ON_LOSS).equals("fail");
    Map<String, String> properties = in.map(PROPERTIES, ClientSettings::mayBeSecret);
    return in.checked(
        () ->
            new KafkaOptions(
                new ClientSettings(bootstrap, properties),
                new Topics(prefix, events, partitions, replication),
                group,
                binary,
                failOnLoss));
  }

  private static String orElse(String text, String ifEmpty) {
    return text.isEmpty() ? ifEmpty : text;
  }
}
