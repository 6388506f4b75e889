package io.millrace.jobfile;

import io.millrace.event.EventLimits;
import io.millrace.format.FileFormat;
import io.millrace.spec.JobSpec;
import io.millrace.student.StudentTables;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * A job file, read and checked; {@link ConfigKeys} lists its keys.
 *
 * @param name name of the job
 * @param format how events are written in files
 * @param limits what a record may not exceed
 * @param spec what is learned, the same for a file and for Kafka
 * @param kafka how Kafka is reached
 * @param run how the job runs
 * @param seeds root seeds, at least one
 * @param resolved every key with the value in force, nested as in YAML, secrets masked
 * @param settings the settings that the job's state keeps
 * @param notes a sentence for each unset key that a savepoint, not its default, determines, and for
 *     each column that was added or dropped since
 */
public record JobConfig(
    String name,
    FileFormat format,
    EventLimits limits,
    JobSpec spec,
    KafkaOptions kafka,
    RunOptions run,
    List<Long> seeds,
    Map<String, Object> resolved,
    Settings settings,
    List<String> notes) {

  /** Greatest depth of nested maps and lists in a job file; its keys need six levels. */
  private static final int MAX_DEPTH = 20;

  /** The limits for a file of events that is read now. */
  public EventLimits limitsForFiles() {
    return limits.arrivedBy(System.currentTimeMillis());
  }

  /**
   * The same job at other brokers.
   *
   * @param bootstrap brokers as host:port, separated by commas, in place of {@code kafka.bootstrap}
   * @throws IllegalArgumentException if it is not of this form
   */
  public JobConfig withBootstrap(String bootstrap) {
    Map<String, Object> section = new LinkedHashMap<>();
    ((Map<?, ?>) resolved.get("kafka")).forEach((key, value) -> section.put((String) key, value));
    section.put("bootstrap", bootstrap);
    Map<String, Object> all = new LinkedHashMap<>(resolved);
    all.put("kafka", section);
    KafkaOptions there = kafka.at(bootstrap);
    return new JobConfig(name, format, limits, spec, there, run, seeds, all, settings, notes);
  }

  /**
   * The same job as it goes on from a savepoint.
   *
   * @param continued {@link #spec} as it goes on
   * @param more notes about it
   */
  public JobConfig continuing(JobSpec continued, List<String> more) {
    List<String> all = new ArrayList<>(notes);
    all.addAll(more);
    return new JobConfig(
        name, format, limits, continued, kafka, run, seeds, resolved, settings, all);
  }

  /**
   * Reads a job file.
   *
   * @throws ConfigException if it is absent or wrong
   */
  public static JobConfig read(Path file) {
    return read(file, null);
  }

  /**
   * Reads the job file of a job that continues from a savepoint.
   *
   * @param saved settings of the savepoint, which unset keys take; null for a job that starts anew
   * @throws ConfigException if it is absent or wrong
   */
  public static JobConfig read(Path file, Settings saved) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("--job must be a file but was '" + file + "'");
    }
    try {
      Path folder = file.toAbsolutePath().getParent();
      return parse(Files.readString(file), String.valueOf(file.getFileName()), folder, saved);
    } catch (MalformedInputException e) {
      throw new ConfigException("--job must be a UTF-8 file but '" + file + "' is not");
    } catch (IOException e) {
      throw new ConfigException("--job '" + file + "' cannot be read: " + e.getMessage());
    }
  }

  /**
   * Reads the text of a job file; {@code fileName} is for messages. Files that it names are looked
   * for in the working folder.
   */
  public static JobConfig parse(String yaml, String fileName) {
    return parse(yaml, fileName, null);
  }

  /** Reads the text of a job file that continues from a savepoint, as {@link #read} does. */
  static JobConfig parse(String yaml, String fileName, Settings saved) {
    return parse(yaml, fileName, Path.of(""), saved);
  }

  private static JobConfig parse(String yaml, String fileName, Path folder, Settings saved) {
    Node node = compose(yaml, fileName);
    Map<String, Object> resolved = new LinkedHashMap<>();
    UnsetKeys unset = new UnsetKeys(saved);
    ConfigSection root = new ConfigSection(fileName, node, resolved, unset);
    try {
      return JobConfigReader.read(root, resolved, unset, folder);
    } catch (ConfigException e) {
      throw new ConfigException(unset.explain(e.getMessage()));
    }
  }

  private static Node compose(String yaml, String fileName) {
    LoadSettings settings = LoadSettings.builder().setLabel(fileName).build();
    List<Node> documents = new ArrayList<>();
    try {
      checkDepth(new Parse(settings).parseString(yaml), fileName);
      new Compose(settings).composeAllFromString(yaml).forEach(documents::add);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw notYaml(e.getProblem(), fileName + ":" + line);
    } catch (YamlEngineException e) {
      throw notYaml(e.getMessage().strip(), fileName);
    }
    if (documents.size() != 1) {
      throw new ConfigException(
          documents.isEmpty()
              ? "a job file must hold keys but " + fileName + " is empty"
              : "a job file must hold one document but " + fileName + " holds more");
    }
    return documents.get(0);
  }

  private static ConfigException notYaml(String problem, String place) {
    return new ConfigException(
        "the job file must be YAML but is not: %s (%s)".formatted(problem, place));
  }

  /** Checks the depth before nodes are composed, as deep files overflow that recursion's stack. */
  private static void checkDepth(Iterable<Event> events, String fileName) {
    int depth = 0;
    for (Event event : events) {
      depth += event instanceof CollectionStartEvent ? 1 : 0;
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
      if (depth > MAX_DEPTH) {
        int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        throw new ConfigException(
            "the job file must be nested at most %d deep (%s:%d)"
                .formatted(MAX_DEPTH, fileName, line));
      }
    }
  }

  /**
   * Checks that the published models named by {@code mask_from} exist and fit their arms; for
   * commands that learn.
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
