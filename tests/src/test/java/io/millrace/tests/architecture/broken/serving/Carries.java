package io.millrace.tests.architecture.broken.serving;

import ai.djl.ndarray.NDArray;
import io.millrace.tests.architecture.broken.serving.http.Answers;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.bytedeco.javacpp.Pointer;

/** A scorer that carries a Flink, two engines and a server. */
public final class Carries {
  /** What must not be here. */
  public DataStream<String> stream;

  /** What must not be here. */
  public NDArray array;

  /** What must not be here. */
  public Pointer memory;

  /** What must not be here. */
  public Answers server;
}
