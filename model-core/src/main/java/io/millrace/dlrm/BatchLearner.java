package io.millrace.dlrm;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Predict, score, learn: gathers events into mini-batches and runs a model over them.
 *
 * <p>Every prediction that is handed out was made before its event was learned from.
 *
 * <p>A batch whose loss is no number, or over {@value #MAX_LOSS} nats an event of a full batch (a
 * coin's is 0.69), is not learned from: an input out of all proportion would ruin the parameters
 * for good. Its events are counted by {@link #skipped}, and predictions that are no numbers are not
 * handed out.
 */
public final class BatchLearner {

  private static final double MAX_LOSS = 10;

  /** Receives each event with the prediction made before learning from it. */
  @FunctionalInterface
  public interface Scored {
    /** One event, its tag as given to {@link #add}, and its predicted click probability. */
    void accept(ClickEvent event, int tag, float p);
  }

  private final Dlrm model;
  private final int batchSize;
  private final Scored scored;
  private final List<ClickEvent> batch = new ArrayList<>();
  private int[] tags;
  private float[] p;
  private long learned;
  private long skipped;

  /**
   * A learner around a model.
   *
   * @param model the model that learns
   * @param batchSize events a step
   * @param scored told of every prediction
   */
  public BatchLearner(Dlrm model, int batchSize, Scored scored) {
    this.model = model;
    this.batchSize = batchSize;
    this.scored = scored;
    this.tags = new int[batchSize];
    this.p = new float[batchSize];
  }

  /**
   * Adds a labelled event.
   *
   * @param tag handed back with the prediction
   * @return true if this completed a batch, which has been learned
   */
  public boolean add(ClickEvent event, int tag) {
    tags[batch.size()] = tag;
    batch.add(event);
    if (batch.size() < batchSize) {
      return false;
    }
    flush();
    return true;
  }

  /** Learns what has gathered, be it less than a batch. */
  public void flush() {
    if (batch.isEmpty()) {
      return;
    }
    model.predict(batch, p);
    for (int b = 0; b < batch.size(); b++) {
      if (!Float.isNaN(p[b])) {
        scored.accept(batch.get(b), tags[b], p[b]);
      }
    }
    if (model.loss(batch) <= MAX_LOSS * batchSize) {
      model.learn(batch, p);
      learned += batch.size();
    } else {
      skipped += batch.size();
    }
    batch.clear();
  }

  /** Events that wait for their batch to be full. */
  public int gathered() {
    return batch.size();
  }

  /** Events learned from so far. */
  public long learned() {
    return learned;
  }

  /** Events of batches that were not learned from, as their loss was no number or too large. */
  public long skipped() {
    return skipped;
  }

  /** Writes the half-filled batch and the model. */
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(learned);
    out.writeLong(skipped);
    out.writeInt(batch.size());
    for (int b = 0; b < batch.size(); b++) {
      out.writeInt(tags[b]);
      EventBytes.write(batch.get(b), out);
    }
    model.writeState(out);
  }

  /**
   * Reads what {@link #writeState} wrote, with batches of this size or another: a batch that is
   * fuller than it may be is learned with the next event.
   */
  public void readState(DataInput in) throws IOException {
    learned = in.readLong();
    skipped = in.readLong();
    batch.clear();
    int n = in.readInt();
    tags = new int[Math.max(batchSize, n + 1)];
    p = new float[tags.length];
    for (int b = 0; b < n; b++) {
      tags[b] = in.readInt();
      batch.add(EventBytes.read(in));
    }
    model.readState(in);
  }
}
