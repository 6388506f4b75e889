package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A job that writes to the topics of a prefix, or wants to.
 *
 * @param claim names one submission of the job; restarts by Flink keep it
 * @param job the job's name
 * @param runDir its run directory, absolute
 * @param host where it was started
 * @param process the process that runs it on that host; 0 for a job on a cluster
 * @param since when it was started
 */
public record LeaseHolder(
    String claim, String job, String runDir, String host, long process, Instant since)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String PREFIX = "millrace.lease.";

  /**
   * A submission of now, from this host.
   *
   * @param here whether the job runs in this process
   */
  public static LeaseHolder of(String job, String runDir, boolean here) {
    return new LeaseHolder(
        UUID.randomUUID().toString(),
        job,
        runDir,
        thisHost(),
        here ? ProcessHandle.current().pid() : 0,
        Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private static String thisHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown host";
    }
  }

  /** Whether both are submissions of one run: the same job in the same run directory. */
  boolean sameRun(LeaseHolder other) {
    return job.equals(other.job) && runDir.equals(other.runDir);
  }

  /** Whether it ran in a process of this host that has ended. */
  boolean hasDied() {
    return process != 0
        && host.equals(thisHost())
        && ProcessHandle.of(process).filter(ProcessHandle::isAlive).isEmpty();
  }

  /** Who it is, in words. */
  String words() {
    return "job %s in run directory %s, started on %s%s at %s"
        .formatted(job, runDir, host, process == 0 ? "" : " as process " + process, since);
  }

  /** Writes all but the claim, which is the record's key. */
  void write(Headers headers) {
    put(headers, "job", job);
    put(headers, "run_dir", runDir);
    put(headers, "host", host);
    put(headers, "process", Long.toString(process));
    put(headers, "since", since.toString());
  }

  /** Reads what {@link #write} wrote. */
  static LeaseHolder read(String claim, Headers headers) {
    return new LeaseHolder(
        claim,
        get(headers, "job"),
        get(headers, "run_dir"),
        get(headers, "host"),
        Long.parseLong(get(headers, "process")),
        Instant.parse(get(headers, "since")));
  }

  private static void put(Headers headers, String name, String value) {
    headers.add(PREFIX + name, value.getBytes(UTF_8));
  }

  private static String get(Headers headers, String name) {
    Header header = headers.lastHeader(PREFIX + name);
    if (header == null) {
      throw new IllegalArgumentException("has no header " + PREFIX + name);
    }
    return new String(header.value(), UTF_8);
  }
}
