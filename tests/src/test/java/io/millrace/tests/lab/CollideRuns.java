package io.millrace.tests.lab;

import io.millrace.jobfile.JobConfig;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.protocol.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs behind the figures of Learning to Collide. Students have no linear part, as in the
 * paper. On criteo-80k a seed gives the initial values; of the generator's preset demo a seed is a
 * world.
 */
final class CollideRuns {

  static final String CRITEO = "criteo-80k";
  static final String DEMO = "demo";
  static final String TMALL = "tmall-123d";

  /** A log of one's own: {@code -Dlab.job=JOB -Dlab.events=LOG}, in place of the two. */
  static final String GIVEN = "given";

  /** Seeds on criteo-80k and tmall-123d. */
  static final List<Long> SEEDS = List.of(40L, 41L, 42L);

  /** Worlds of the preset demo. */
  static final List<Long> WORLDS = List.of(40L);

  /** How frequency is used in the clustering: as a weight, as a filter; the default is both. */
  static final Map<String, String> FREQUENCY = frequency();

  /** Shares of the events from which a teacher learns, but for all of them. */
  static final List<String> SAMPLES = List.of("0.1", "0.3");

  private CollideRuns() {}

  private static Map<String, String> frequency() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("neither", "filters: no_freq, value_rule: arith");
    options.put("weight", "filters: no_freq, value_rule: count");
    options.put("filter", "filters: paper, value_rule: arith");
    return options;
  }

  static List<String> logs() {
    return System.getProperty("lab.job") == null ? List.of(CRITEO, DEMO) : List.of(GIVEN);
  }

  /** Where pages are published: those of a log of one's own are no part of the project. */
  static Path pages() throws IOException {
    return logs().contains(GIVEN) ? Measured.folder() : Measured.DOCS;
  }

  /** Fields that a cutoff leaves alone have fewer expected ids. */
  static List<Integer> cutoffs(String log) throws IOException {
    int usual = usualCutoff(log);
    return log.equals(DEMO) ? List.of(usual, 7_500) : List.of(1, usual, 10 * usual);
  }

  static int usualCutoff(String log) throws IOException {
    JobConfig job = LabJobs.parse(LabJobs.with(job(log), CollideArms.cutoff()));
    return Math.toIntExact(job.spec().hash().minRows());
  }

  static String job(String log) throws IOException {
    return switch (log) {
      case CRITEO ->
          LabJobs.alone(LabJobs.criteo()).replace("teacher:\n  dim: 4", "teacher:\n  dim: 2");
      case DEMO -> LabJobs.alone(LabJobs.demo());
      case TMALL ->
          upToArms(ProjectRoot.find().resolve("examples/tmall-123d/job.yaml"))
              .replace("student: {dim: 16}", "student: {dim: 16, linear: {share: 0}}");
      default -> upToArms(Path.of(System.getProperty("lab.job")));
    };
  }

  private static String upToArms(Path job) throws IOException {
    String text = Files.readString(job);
    return text.substring(0, text.indexOf("arms:"));
  }

  /** The runs of a job on a log, a world or all seeds each. */
  static List<Path> run(String name, String log, String job, List<String> arms) throws IOException {
    String text = LabJobs.with(job, arms);
    List<Path> runs = new ArrayList<>();
    if (log.equals(DEMO)) {
      for (long world : WORLDS) {
        Path events = Measured.generate("demo", world);
        runs.add(Measured.train(name + "-demo-" + world, text, events, List.of(world)));
      }
    } else {
      runs.add(Measured.train(name + "-" + log, text, events(log), SEEDS));
    }
    return runs;
  }

  /** The file of a log. */
  static Path events(String log) {
    return switch (log) {
      case CRITEO -> SharedData.find("data/criteo-80k/events.csv.gz");
      case TMALL -> SharedData.find("data/tmall-123d/log.csv.gz");
      default -> Path.of(System.getProperty("lab.events"));
    };
  }

  /** Figures 1, 3, 4 and 5. */
  static List<Path> main(String log) throws IOException {
    return run("collide", log, job(log), CollideArms.main());
  }

  /** Figure 2; the usual cutoff is among {@link #main}. */
  static List<Path> cutoff(String log, int rows) throws IOException {
    String job = job(log).replace("min_rows: " + usualCutoff(log), "min_rows: " + rows);
    return run("collide-cutoff-" + rows, log, job, CollideArms.cutoff());
  }

  /** Figures 6 and 7; both uses of frequency are among {@link #main}. */
  static List<Path> frequency(String log, String use) throws IOException {
    String job = withCluster(job(log), FREQUENCY.get(use));
    return run("collide-" + use, log, job, CollideArms.frequency());
  }

  private static String withCluster(String job, String options) {
    return job.contains("  cluster: {")
        ? job.replace("  cluster: {", "  cluster: {" + options + ", ")
        : job.replace("hash:\n", "hash:\n  cluster: {" + options + "}\n");
  }

  /** Figure 8; all samples are among {@link #main} but for tmall-123d. */
  static List<Path> samples(String log, String share) throws IOException {
    String job =
        job(log)
            .replace("  sample: 1\n", "")
            .replace("teacher:\n", "teacher:\n  sample: " + share + "\n");
    job = job.replace("teacher: {", "teacher: {sample: " + share + ", ");
    return run("collide-sample-" + share, log, job, CollideArms.samples());
  }
}
