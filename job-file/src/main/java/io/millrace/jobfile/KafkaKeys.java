package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.integer;
import static io.millrace.jobfile.Kind.map;
import static io.millrace.jobfile.Kind.name;
import static io.millrace.jobfile.Kind.text;

import io.millrace.event.Schema;
import io.millrace.format.RecordForm;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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

  private static final ConfigKey<RecordForm.Kind> VALUE =
      KEYS.key("value", "json", choice(RecordForm.Kind.class))
          .doc(
              "format of the events in the topic: JSON objects, Millrace's binary form, or Avro's"
                  + " binary encoding");

  private static final ConfigKey<String> SCHEMA =
      KEYS.key("schema", "", text())
          .doc(
              "for value: avro, the Avro schema of the events: a file (.avsc, relative to the job"
                  + " file), or the schema itself as JSON");

  private static final ConfigKey<Integer> SCHEMA_ID =
      KEYS.key("schema_id", "-1", integer(-1, Integer.MAX_VALUE))
          .doc(
              "for value: avro, the id of the writer's schema, which a schema registry's serializer"
                  + " writes before each event; a record with another id is rejected; -1 for"
                  + " records without this prefix");

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

  /**
   * Reads the section.
   *
   * @param schema the columns of the job
   * @param folder the job file's, in which other files are looked for
   */
  static KafkaOptions read(ConfigSection in, String jobName, Schema schema, Path folder) {
    String bootstrap = in.get(BOOTSTRAP);
    String prefix = orElse(in.get(PREFIX), jobName);
    String events = orElse(in.get(EVENTS), prefix + ".events");
    String group = orElse(in.get(GROUP), prefix);
    RecordForm form = form(in, schema, folder);
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
                form,
                failOnLoss));
  }

  private static RecordForm form(ConfigSection in, Schema schema, Path folder) {
    RecordForm.Kind kind = in.get(VALUE);
    String avro = in.get(SCHEMA);
    int id = in.get(SCHEMA_ID);
    if (kind != RecordForm.Kind.AVRO) {
      if (!avro.isEmpty() || id != RecordForm.NO_ID) {
        throw in.error(avro.isEmpty() ? SCHEMA_ID : SCHEMA, "must be unset unless value is avro");
      }
      return kind == RecordForm.Kind.BINARY ? RecordForm.binary() : RecordForm.json();
    }
    if (avro.isBlank()) {
      throw in.error(SCHEMA, "must be a file or an Avro schema, as value is avro,");
    }
    try {
      RecordForm form = RecordForm.avro(read(avro, folder), id, schema);
      in.note(SCHEMA, form.avro());
      return form;
    } catch (IllegalArgumentException e) {
      throw in.error(SCHEMA, e.getMessage());
    }
  }

  /** The schema itself, or what is in its file. */
  private static String read(String avro, Path folder) {
    if (avro.stripLeading().startsWith("{")) {
      return avro;
    }
    try {
      return Files.readString(folder.resolve(avro));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("must be a file that exists", e);
    } catch (MalformedInputException e) {
      throw new IllegalArgumentException("must be a UTF-8 file", e);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException("must be a file that can be read", e);
    }
  }

  private static String orElse(String text, String ifEmpty) {
    return text.isEmpty() ? ifEmpty : text;
  }
}
