package io.millrace.runs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.file.EventInput;
import io.millrace.jobfile.JobConfig;
import io.millrace.math.XxHash64;
import io.millrace.snapshot.Origin;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.StudentTables;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Facts for {@code run.json} that are needed to reproduce a run: the code, the settings, the seeds,
 * the data and the machine.
 */
public final class RunFacts {

  private static final ObjectMapper JSON = new ObjectMapper();

  private RunFacts() {}

  /**
   * Facts known at the start of a run.
   *
   * @param command which command runs
   * @param seeds root seeds in use
   * @param events the files of events; empty if they come from elsewhere
   */
  public static ObjectNode of(
      String command, JobConfig job, List<Long> seeds, List<EventInput> events) throws IOException {
    ObjectNode run = JSON.createObjectNode();
    run.put("command", command);
    run.put("name", job.name());
    run.put("started", Instant.now().toString());
    run.put("commit", System.getProperty("millrace.commit", "unknown"));
    run.set("seeds", JSON.valueToTree(seeds));
    if (!events.isEmpty()) {
      putData(run.putObject("data"), events);
    }
    String resolved = job.toYaml();
    run.put("config_hash", String.format(Locale.ROOT, "%016x", XxHash64.hash(resolved, 0)));
    putMachine(run.putObject("machine"));
    run.set("config", JSON.valueToTree(job.resolved()));
    return run;
  }

  private static void putMachine(ObjectNode machine) {
    machine.put(
        "jvm",
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("arch", System.getProperty("os.arch"));
    machine.put("processor", processor());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("max_heap_bytes", Runtime.getRuntime().maxMemory());
    machine.put(
        "load_average", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    machine.put("torch_threads", System.getProperty("ai.djl.pytorch.num_threads", "default"));
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /**
   * Name, size and hash of the data; for several files, of their bytes one after the other, and of
   * each file.
   */
  private static void putData(ObjectNode data, List<EventInput> events) throws IOException {
    MessageDigest all = sha256();
    ArrayNode files = JSON.createArrayNode();
    long bytes = 0;
    for (EventInput input : events) {
      MessageDigest own = sha256();
      try (InputStream in = new DigestInputStream(new DigestInputStream(input.open(), own), all)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      bytes += input.bytes();
      describe(files.addObject(), input.fileName(), input.bytes(), own);
    }
    String name = events.get(0).fileName();
    int more = events.size() - 1;
    describe(data, more == 0 ? name : name + " and " + more + " more", bytes, all);
    if (more > 0) {
      data.set("files", files);
    }
  }

  private static void describe(ObjectNode to, String file, long bytes, MessageDigest digest) {
    to.put("file", file);
    to.put("bytes", bytes);
    to.put("sha256", HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest sha256() throws IOException {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("this JVM has no SHA-256", e);
    }
  }

  /**
   * What computes the MLPs of a job on this machine, without repetitions; empty if it has none.
   *
   * @throws IllegalStateException if an engine that the job names cannot be loaded; names the key
   */
  public static Set<String> engines(JobSpec spec) {
    Set<String> engines = new LinkedHashSet<>();
    if (spec.needsTeacher()) {
      engines.addAll(engines(spec, "teacher.engine", spec.teacher().trainer()));
    }
    for (ArmSpec arm : spec.arms()) {
      if (arm.hash() != ArmSpec.Hash.NONE) {
        String key = "student.engine of arm " + arm.name();
        engines.addAll(engines(spec, key, arm.learner().trainer()));
      }
    }
    return engines;
  }

  private static List<String> engines(JobSpec spec, String key, TrainerOptions trainer) {
    try {
      return ModelFactory.engines(
          trainer, spec.schema().dense().size(), spec.schema().fields().size());
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "%s must be an engine of this machine but was %s: %s; auto takes one that there is"
              .formatted(key, trainer.engine(), e.getMessage()),
          e);
    }
  }

  /**
   * Notes that a reader of a job's figures needs, a sentence each: that no field is large enough to
   * be compressed; up to which events the mask of a retrained arm has seen labels; and which seeds
   * have other initial weights than the search for that mask.
   *
   * @param seeds root seeds in use
   */
  public static List<String> notes(JobSpec spec, List<Long> seeds) {
    List<String> notes = new ArrayList<>();
    nothingToCompress(spec).ifPresent(notes::add);
    for (ArmSpec arm : spec.arms()) {
      new StudentTables(spec, arm, 0)
          .checkMask()
          .ifPresent(search -> noteSearch(arm.name(), search, seeds, notes));
    }
    return notes;
  }

  /** That no field is large enough to be compressed, and what would help; empty if one is. */
  public static Optional<String> nothingToCompress(JobSpec spec) {
    CategoricalField largest =
        Collections.max(
            spec.schema().fields(), Comparator.comparingLong(CategoricalField::expectedIds));
    return spec.qualifyingFields().isEmpty()
        ? Optional.of(
            "no field expects %s ids or more (hash.min_rows), so no table is compressed and no map is built: set hash.min_rows to %s, the expected_ids of the largest field %s, or less"
                .formatted(spec.hash().minRows(), largest.expectedIds(), largest.name()))
        : Optional.empty();
  }

  private static void noteSearch(String arm, Origin search, List<Long> seeds, List<String> notes) {
    notes.add(
        "the mask of arm %s has seen the labels of events up to %s: only figures of later windows are predictions"
            .formatted(arm, Instant.ofEpochMilli(search.lastEventTime())));
    List<Long> others = seeds.stream().filter(seed -> seed != search.seed()).toList();
    if (!others.isEmpty()) {
      notes.add(
          "the mask of arm %s was found with seed %s: with seeds %s weights start from other values than in the search"
              .formatted(arm, search.seed(), others));
    }
  }
}
