package io.millrace.dlrm;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Predict, score, learn: gathers events into mini-batches and runs a model over them.
 *
 * <p>Every reported prediction was made before its event was learned from.
 *
 * <p>A batch is not learned from if its loss is NaN or infinite, or above {@value #MAX_LOSS} nats
 * times the size of a full batch (a constant prediction of 1/2 has 0.69 nats per event): extreme
 * inputs would destroy the parameters permanently. {@link #skipped} counts its events, and
 * predictions that are NaN are not reported.
 */
public final class BatchLearner implements EventLearner {

  private static final double MAX_LOSS = 10;

  /** Receives each event with the prediction made before learning from it. */
  @FunctionalInterface
  public interface Scored {
    /** One event, its tag as given to {@link #add}, and its predicted click probability. */
    void accept(ClickEvent event, int tag, float p);
  }

  private final ClickModel model;
  private final int batchSize;
  private final boolean equalWeights;
  private final Scored scored;
  private final List<ClickEvent> batch = new ArrayList<>();
  private int[] tags;
  private final float[] p;
  private long learned;
  private long skipped;

  /**
   * A learner around a model, whose network steps with the mean gradient of a batch.
   *
   * @param model the model that learns
   * @param batchSize events per step
   * @param scored receives every prediction
   */
  public BatchLearner(ClickModel model, int batchSize, Scored scored) {
    this(model, batchSize, false, scored);
  }

  /**
   * The same, where batches may often be shorter.
   *
   * @param equalWeights whether each event weighs as much as one of a full batch, also in a shorter
   *     one; else a shorter batch weighs as much as a full one
   */
  public BatchLearner(ClickModel model, int batchSize, boolean equalWeights, Scored scored) {
    this.model = model;
    this.batchSize = batchSize;
    this.equalWeights = equalWeights;
    this.scored = scored;
    this.tags = new int[batchSize];
    this.p = new float[batchSize];
  }

  /** Learns what was restored beyond a batch, but for the rest that is less than one. */
  @Override
  public boolean advance(long eventTime) {
    return learnBatches();
  }

  private boolean learnBatches() {
    if (batch.size() < batchSize) {
      return false;
    }
    List<ClickEvent> events = List.copyOf(batch);
    int[] theirs = tags;
    batch.clear();
    tags = new int[batchSize];
    for (int i = 0; i < events.size(); i++) {
      add(events.get(i), theirs[i]);
    }
    return true;
  }

  /** Adds a labelled event; true if this completed a batch, which has been learned. */
  @Override
  public boolean add(ClickEvent event, int tag) {
    learnBatches();
    tags[batch.size()] = tag;
    batch.add(event);
    if (batch.size() < batchSize) {
      return false;
    }
    learnBatch();
    return true;
  }

  /** Learns the collected events, even if they are less than a batch. */
  @Override
  public void flush() {
    learnBatches();
    if (!batch.isEmpty()) {
      learnBatch();
    }
  }

  private void learnBatch() {
    model.predict(batch, p);
    for (int b = 0; b < batch.size(); b++) {
      if (!Float.isNaN(p[b])) {
        scored.accept(batch.get(b), tags[b], p[b]);
      }
    }
    if (model.loss(batch) <= MAX_LOSS * batchSize) {
      model.learn(batch, p, equalWeights ? batchSize : batch.size());
      learned += batch.size();
    } else {
      skipped += batch.size();
    }
    batch.clear();
  }

  /** Number of events that wait for a full batch. */
  @Override
  public int gathered() {
    return batch.size();
  }

  @Override
  public long learned() {
    return learned;
  }

  @Override
  public long skipped() {
    return skipped;
  }

  @Override
  public double outputVariance() {
    return model.outputVariance();
  }

  /**
   * Goes on with the half-filled batch and the counts of another learner; the model stays.
   *
   * @param moved returns an event as this one's model takes it
   */
  public void take(BatchLearner former, UnaryOperator<ClickEvent> moved) {
    learned = former.learned;
    skipped = former.skipped;
    tags = former.tags.clone();
    batch.clear();
    former.batch.forEach(event -> batch.add(moved.apply(event)));
  }

  /** Writes the half-filled batch and the model. */
  @Override
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
   * Reads what {@link #writeState} wrote, also with another batch size: what is more than a batch
   * is learned before the next event.
   */
  @Override
  public void readState(DataInput in) throws IOException {
    learned = in.readLong();
    skipped = in.readLong();
    batch.clear();
    int n = in.readInt();
    tags = new int[Math.max(batchSize, n + 1)];
    for (int b = 0; b < n; b++) {
      tags[b] = in.readInt();
      batch.add(EventBytes.read(in));
    }
    model.readState(in);
  }

  /**
   * Goes on after {@link #readState} where others have learned meanwhile.
   *
   * @param learnedSince events that they have learned
   * @param skippedSince events in batches that they have not learned because of their loss
   * @param events that are still to be learned, before the next one; with their tags
   */
  public void goOnAfter(
      long learnedSince, long skippedSince, List<ClickEvent> events, int[] theirTags) {
    learned += learnedSince;
    skipped += skippedSince;
    int n = batch.size();
    tags = Arrays.copyOf(tags, Math.max(batchSize, n + events.size() + 1));
    System.arraycopy(theirTags, 0, tags, n, theirTags.length);
    batch.addAll(events);
  }
}
