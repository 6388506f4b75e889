package io.millrace.counts;

import java.io.IOException;

/** Where pages of counts rest while they are not on the heap, such as a state backend. */
public interface PageStore {

  /**
   * Reads a page.
   *
   * @param shard the shard it belongs to
   * @param table the table of that shard
   * @param page the page of that table
   * @return what was written last
   * @throws IOException if there is no such page, or it cannot be read
   */
  byte[] read(int shard, long table, int page) throws IOException;

  /** Writes a page, over the one that was there. The bytes are not changed afterwards. */
  void write(int shard, long table, int page, byte[] bytes) throws IOException;

  /** Removes a page that was written. */
  void remove(int shard, long table, int page) throws IOException;

  /** Removes all pages of a table. */
  void removeAll(int shard, long table) throws IOException;
}
