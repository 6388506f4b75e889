package io.millrace.replica;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What one replica has done in one interval.
 *
 * @param replica its number, from 0
 * @param interval number of the interval
 * @param delta by how much it has changed the model that it began the interval with
 * @param predictions one for each event of the interval, in the order in which it got them, made
 *     before the event was learned; they may be NaN
 * @param learned events learned
 * @param skipped events in batches that were not learned because of their loss
 * @param outputVariance variance of the network's logits within a batch, summed over the batches
 * @param batches number of batches
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never written
public record Change(
    int replica,
    long interval,
    ModelValues delta,
    float[] predictions,
    long learned,
    long skipped,
    double outputVariance,
    int batches) {

  /**
   * Writes {@code i32 replica | i64 interval | i64 learned | i64 skipped | f64 variance | i32
   * batches | i32 predictions | f32 each | delta}.
   */
  void write(DataOutput out) throws IOException {
    out.writeInt(replica);
    out.writeLong(interval);
    out.writeLong(learned);
    out.writeLong(skipped);
    out.writeDouble(outputVariance);
    out.writeInt(batches);
    out.writeInt(predictions.length);
    FloatBlocks.write(out, predictions, predictions.length);
    delta.write(out);
  }

  /** Reads what {@link #write} wrote. */
  static Change read(DataInput in) throws IOException {
    int replica = in.readInt();
    long interval = in.readLong();
    long learned = in.readLong();
    long skipped = in.readLong();
    double variance = in.readDouble();
    int batches = in.readInt();
    float[] predictions = RowSet.readFloats(in);
    ModelValues delta = ModelValues.read(in);
    return new Change(replica, interval, delta, predictions, learned, skipped, variance, batches);
  }
}
