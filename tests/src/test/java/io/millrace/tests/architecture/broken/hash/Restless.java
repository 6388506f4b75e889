package io.millrace.tests.architecture.broken.hash;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.tests.architecture.broken.math.LooksAhead;
import java.util.Random;
import org.apache.parquet.schema.MessageType;

/**
 * Draws its own numbers, asks the clock, reads Parquet, binds data, and closes a cycle with math.
 */
public final class Restless {
  /** What must not be here. */
  public LooksAhead back;

  /** What must not be here. */
  public JsonNode tree;

  /** What must not be here. */
  public MessageType columns;

  /** What must not be here. */
  public long draw() {
    return new Random(1).nextLong() + System.currentTimeMillis();
  }
}
