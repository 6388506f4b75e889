package io.millrace.tests.architecture.broken.jobfile;

import org.apache.flink.streaming.api.datastream.DataStream;
import picocli.CommandLine;

/** A job file that knows the command line, and Flink. */
public final class Starts {
  /** What must not be here. */
  public CommandLine line;

  /** What must not be here. */
  public DataStream<String> stream;
}
