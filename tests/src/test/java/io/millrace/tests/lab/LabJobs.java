package io.millrace.tests.lab;

import io.millrace.jobfile.JobConfig;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Job files of figures: those of the examples with other arms. */
final class LabJobs {

  private static final String DEMO =
      "flink-jobs/src/main/resources/io/millrace/flink/cli/demo.yaml";

  private LabJobs() {}

  /** The job of examples/criteo-80k/equal-bytes.yaml up to its arms. */
  static String criteo() throws IOException {
    return before(read("examples/criteo-80k/equal-bytes.yaml"), "# Each arm is a student");
  }

  /** The job of the demo up to its arms, without the second teacher, which only measures. */
  static String demo() throws IOException {
    return before(read(DEMO), "# Maps of a second teacher");
  }

  /** A job without a linear part. */
  static String alone(String job) {
    return job.contains("  linear: {share: 0.5}\n")
        ? job.replace("  linear: {share: 0.5}\n", "  linear: {share: 0}\n")
        : job.replace("student:\n  dim: 16\n", "student:\n  dim: 16\n  linear: {share: 0}\n");
  }

  /** A job with arms, of which few versions are kept. */
  static String with(String job, List<String> arms) {
    return job
        + "publish: {keep: 1, keep_hours: 0}\n\narms:\n  - {"
        + String.join("}\n  - {", arms)
        + "}\n\nseeds: [40, 41, 42]\n";
  }

  static JobConfig parse(String job) {
    return JobConfig.parse(job, "job.yaml");
  }

  private static String read(String file) throws IOException {
    return Files.readString(ProjectRoot.find().resolve(file));
  }

  private static String before(String text, String mark) {
    return text.substring(0, text.indexOf(mark));
  }
}
