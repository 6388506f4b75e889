package io.millrace.counts;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A store of pages on the heap, which notes what is written. */
public final class HeapPages implements PageStore {

  private final Map<String, byte[]> pages = new HashMap<>();
  private final Set<String> written = new HashSet<>();

  private static String key(int shard, long table, int page) {
    return shard + "/" + table + "/" + page;
  }

  @Override
  public byte[] read(int shard, long table, int page) {
    return pages.get(key(shard, table, page));
  }

  @Override
  public void write(int shard, long table, int page, byte[] bytes) {
    written.add(key(shard, table, page));
    pages.put(key(shard, table, page), bytes);
  }

  @Override
  public void remove(int shard, long table, int page) {
    if (pages.remove(key(shard, table, page)) == null) {
      throw new IllegalStateException("there is no page " + key(shard, table, page));
    }
  }

  @Override
  public void removeAll(int shard, long table) {
    pages.keySet().removeIf(key -> key.startsWith(shard + "/" + table + "/"));
  }

  Map<String, byte[]> pages() {
    return pages;
  }

  /** Keys of the pages written since this was last cleared. */
  Set<String> written() {
    return written;
  }

  long bytes() {
    return pages.values().stream().mapToLong(bytes -> bytes.length).sum();
  }
}
