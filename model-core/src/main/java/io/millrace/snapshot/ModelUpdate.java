package io.millrace.snapshot;

import io.millrace.table.StoredRows;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What has changed in a served model since an earlier state of it, as absolute values, so that
 * applying it twice is right. Immutable by contract: arrays are shared, never written.
 *
 * @param header where it belongs
 * @param network changes of the network; empty if the model has none
 * @param linear changes of the linear part; empty if the model has none
 */
public record ModelUpdate(
    UpdateHeader header, Optional<NetworkChange> network, Optional<LinearChange> linear)
    implements UpdateRecord {

  /**
   * Changes of a network: all parameters of both MLPs, and rows that have changed.
   *
   * @param bottom parameters of the bottom MLP, as in {@link PublishedNetwork#bottomParameters}
   * @param top parameters of the top MLP
   * @param fields those with changed rows, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // shared on purpose
  public record NetworkChange(float[][] bottom, float[][] top, List<FieldChange> fields) {
    public NetworkChange {
      fields = List.copyOf(fields);
    }
  }

  /**
   * Changed rows of one field.
   *
   * @param field position in the schema
   * @param rows numbers of the rows, ascending, if ids share rows by a hash; else empty
   * @param ids ids of the rows, ascending, if each id owns a row, new ids among them; else empty
   * @param values the rows, in that order; with a projection if the field's rows have one, which
   *     then replaces the field's
   */
  @SuppressWarnings("ArrayRecordComponent") // shared on purpose
  public record FieldChange(int field, int[] rows, long[] ids, StoredRows values) {}

  /**
   * Changed weights of a linear part.
   *
   * @param slots their numbers, ascending; the bias has the number after the last slot
   * @param weights their values as served, {@code float[slots]}
   */
  @SuppressWarnings("ArrayRecordComponent") // shared on purpose
  public record LinearChange(int[] slots, float[] weights) {}

  /** Bytes of memory of the values, their numbers and ids. */
  public long bytes() {
    long floats = 0;
    long bytes = 0;
    if (network.isPresent()) {
      for (float[][] mlp : List.of(network.get().bottom(), network.get().top())) {
        floats += Arrays.stream(mlp).mapToLong(array -> array.length).sum();
      }
      for (FieldChange field : network.get().fields()) {
        bytes += field.values().bytes() + 4L * field.rows().length + 8L * field.ids().length;
      }
    }
    floats += linear.map(change -> 2L * change.slots().length).orElse(0L);
    return bytes + Float.BYTES * floats;
  }
}
