package io.millrace.tests.architecture.broken.kafka;

import io.millrace.tests.architecture.broken.jobfile.Starts;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.server.common.MetadataVersion;

/** A codec that knows Flink, the job file, and the broker's insides. */
public final class Streams {
  /** What must not be here. */
  public DataStream<String> stream;

  /** What must not be here. */
  public Starts job;

  /** What must not be here. */
  public MetadataVersion version;
}
