package io.millrace.tests.bench;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.flink.cli.Millrace;
import io.millrace.flink.graph.JobRun;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.RunFiles;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A command, or the job from a topic's first event to its last, as the only work of a process that
 * says at its end what it took: {@code SPENT processor-nanoseconds wall-nanoseconds}.
 */
final class MeasuredProcess {
  /** Begins the line that says it. */
  static final String SPENT = "SPENT";

  /** Begins a line of the time of a kind of threads: seconds, name. */
  static final String THREAD = "THREAD";

  private static final int SHOWN = 16;

  private MeasuredProcess() {}

  /** {@code job FILE RUN_DIR END}, or a command and its arguments. */
  public static void main(String[] args) throws Exception {
    ThreadTimes threads = ThreadTimes.start();
    if (args[0].equals("job")) {
      job(JobConfig.read(Path.of(args[1])), Path.of(args[2]), Long.parseLong(args[3]));
    } else if (Millrace.execute(args) != Millrace.OK) {
      System.exit(1);
    }
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long wall = ManagementFactory.getRuntimeMXBean().getUptime() * 1_000_000;
    System.out.println(SPENT + " " + system.getProcessCpuTime() + " " + wall);
    threads.seconds().entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(SHOWN)
        .forEach(e -> System.out.println(THREAD + " " + e.getValue() + " " + e.getKey()));
    System.exit(0);
  }

  private static void job(JobConfig job, Path runDir, long end) throws Exception {
    RunFiles.create(runDir);
    JobRun run = new JobRun(job, job.kafka().clients(), runDir.toString(), job.seeds().get(0));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(JobRun.localCluster(Optional.empty()));
    run.build(env, List.of(end), null);
    env.execute("measured");
  }
}
