package io.millrace.state;

import io.millrace.counts.PageStore;
import java.io.IOException;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;

/**
 * Pages of counts in keyed state: the key is the shard, the namespace the table, and each page is
 * an entry of a map, so that pages are written, and stored by incremental checkpoints, one by one.
 *
 * <p>Every call makes its shard the backend's current key.
 */
public final class ShardPages implements PageStore {

  private static final MapStateDescriptor<Integer, byte[]> PAGES =
      new MapStateDescriptor<>(
          "pages", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE);

  private final KeyedStateBackend<Integer> backend;

  /** The pages in a backend whose keys are shards. */
  public ShardPages(KeyedStateBackend<Integer> backend) {
    this.backend = backend;
  }

  /** An action on the map of a table. */
  @FunctionalInterface
  private interface Access<T> {
    T of(MapState<Integer, byte[]> pages) throws Exception;
  }

  private <T> T access(int shard, long table, Access<T> access) throws IOException {
    backend.setCurrentKey(shard);
    try {
      return access.of(backend.getPartitionedState(table, LongSerializer.INSTANCE, PAGES));
    } catch (Exception e) {
      throw new IOException("pages of shard " + shard + ": " + e.getMessage(), e);
    }
  }

  @Override
  public byte[] read(int shard, long table, int page) throws IOException {
    byte[] bytes = access(shard, table, pages -> pages.get(page));
    if (bytes == null) {
      throw new IOException("page " + page + " of shard " + shard + " must be in state but is not");
    }
    return bytes;
  }

  @Override
  public void write(int shard, long table, int page, byte[] bytes) throws IOException {
    access(
        shard,
        table,
        pages -> {
          pages.put(page, bytes);
          return null;
        });
  }

  @Override
  public void remove(int shard, long table, int page) throws IOException {
    access(
        shard,
        table,
        pages -> {
          pages.remove(page);
          return null;
        });
  }

  @Override
  public void removeAll(int shard, long table) throws IOException {
    access(
        shard,
        table,
        pages -> {
          pages.clear();
          return null;
        });
  }
}
