package io.millrace.jobfile;

import io.millrace.event.EventLimits;
import io.millrace.format.EventFile;
import io.millrace.spec.JobSpec;
import io.millrace.student.StudentTables;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A job file, read and checked; its keys are those of {@link ConfigKeys}.
 *
 * @param name name of the job
 * @param format how events are written in files
 * @param limits what a record may not exceed
 * @param spec what is learned, the same for a file and for Kafka
 * @param kafka how Kafka is reached
 * @param run how the job runs
 * @param seeds root seeds, at least one
 * @param resolved every key with the value in force, nested as in YAML, secrets masked
 */
public record JobConfig(
    String name,
    EventFile.Format format,
    EventLimits limits,
    JobSpec spec,
    KafkaOptions kafka,
    RunOptions run,
    List<Long> seeds,
    Map<String, Object> resolved) {

  /** Levels of a job file; those that there are keys for are six. */
  private static final int MAX_DEPTH = 20;

  /** The limits for a file of events that is read now. */
  public EventLimits limitsForFiles() {
    return limits.arrivedBy(System.currentTimeMillis());
  }

  /**
   * Reads a job file.
   *
   * @throws ConfigException if it is absent or wrong
   */
  public static JobConfig read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("--job must be a file but was '" + file + "'");
    }
    try {
      return parse(Files.readString(file), String.valueOf(file.getFileName()));
    } catch (MalformedInputException e) {
      throw new ConfigException("--job must be a UTF-8 file but '" + file + "' is not");
    } catch (IOException e) {
      throw new ConfigException("--job '" + file + "' cannot be read: " + e.getMessage());
    }
  }

  /** Reads the text of a job file; {@code fileName} is for messages. */
  public static JobConfig parse(String yaml, String fileName) {
    Node root = compose(yaml, fileName);
    Map<String, Object> resolved = new LinkedHashMap<>();
    return JobConfigReader.read(new ConfigSection(fileName, "", "", root, 1, resolved), resolved);
  }

  private static Node compose(String yaml, String fileName) {
    LoadSettings settings = LoadSettings.builder().setLabel(fileName).build();
    try {
      checkDepth(new Parse(settings).parseString(yaml), fileName);
      Iterator<Node> documents =
          new Compose(settings).composeAllFromReader(new StringReader(yaml)).iterator();
      Optional<Node> first = documents.hasNext() ? Optional.of(documents.next()) : Optional.empty();
      if (documents.hasNext()) {
        throw new ConfigException(
            "a job file must hold one document but " + fileName + " holds more");
      }
      return first.orElseThrow(
          () -> new ConfigException("a job file must hold keys but " + fileName + " is empty"));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new ConfigException(
          "the job file must be YAML but is not: "
              + e.getProblem()
              + " ("
              + fileName
              + ":"
              + line
              + ")");
    } catch (YamlEngineException e) {
      throw new ConfigException(
          "the job file must be YAML but is not: "
              + e.getMessage().strip()
              + " ("
              + fileName
              + ")");
    }
  }

  /** Deeper files would end the stack of those who read them by recursion. */
  private static void checkDepth(Iterable<Event> events, String fileName) {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent) {
        depth++;
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
      if (depth > MAX_DEPTH) {
        throw new ConfigException(
            "the job file must be nested at most %d deep (%s:%d)"
                .formatted(
                    MAX_DEPTH,
                    fileName,
                    event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1)));
      }
    }
  }

  /**
   * Checks that the models whose weights arms retrain are there and fit; for commands that learn.
   *
   * @throws ConfigException naming the arm
   */
  public void checkMasks() {
    for (int a = 0; a < spec.arms().size(); a++) {
      try {
        new StudentTables(spec, spec.arms().get(a), 0).checkMask();
      } catch (IllegalArgumentException e) {
        throw new ConfigException("arms[" + a + "]." + e.getMessage());
      }
    }
  }

  /** The resolved job file; reads back as the same job, apart from masked secrets. */
  public String toYaml() {
    DumpSettings settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    return new Dump(settings).dumpToString(resolved);
  }
}
